// The plan of a write of several items: tables, token, rider, items, in this order.
#include "storage/tables/multi_item_mutation.h"

#include <algorithm>
#include <utility>

#include "storage/base/check.h"

namespace millrace::tables {

namespace {

using engine::Space;

bool HasDuplicates(std::vector<std::string_view> keys) {
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

}  // namespace

bool HasDuplicateItems(std::span<const ItemTarget> targets, uint64_t hash_seed) {
  std::string keys;
  std::vector<std::string_view> views;
  AppendItemKeys(targets, hash_seed, &keys, &views);
  return HasDuplicates(std::move(views));
}

void MultiItemMutation::Prepare(std::vector<ItemTarget> targets, uint64_t hash_seed) {
  targets_ = std::move(targets);
  key_bytes_.clear();
  std::vector<std::string_view> views;
  AppendItemKeys(targets_, hash_seed, &key_bytes_, &views);
  keys_.clear();
  keys_.reserve(views.size() + 2);
  for (const std::string_view view : views) {
    keys_.push_back({Space::kItems, view});
  }
  old_items_.resize(targets_.size());
  decisions_.resize(targets_.size());
  token_key_.clear();
  token_outcome_ = TokenOutcome::kNew;
  rider_.reset();
  refused_by_rider_ = false;
}

void MultiItemMutation::UseToken(const IdempotencyToken& token) {
  CHECK(keys_.size() == targets_.size());
  AppendTokenKey(token.scope, token.token, &token_key_);
  keys_.push_back({Space::kMeta, token_key_});
  parameters_hash_ = token.parameters_hash;
  now_ms_ = token.now_ms;
}

void MultiItemMutation::UseRider(std::unique_ptr<CommitRider> rider) {
  rider_ = std::move(rider);
  keys_.push_back(rider_->key());
}

bool MultiItemMutation::HasDuplicateKeys() const {
  std::vector<std::string_view> keys;
  keys.reserve(targets_.size());
  for (size_t index = 0; index < targets_.size(); ++index) {
    keys.push_back(keys_[index].key);
  }
  return HasDuplicates(std::move(keys));
}

Status MultiItemMutation::Plan(std::span<const engine::PinnedValue> current,
                               engine::WriteSet* writes) {
  for (const ItemTarget& target : targets_) {
    if (target.table->superseded()) {
      return Status(StatusCode::kSchemaChanged, "the table has changed");
    }
  }
  token_outcome_ = TokenOutcome::kNew;
  if (!token_key_.empty()) {
    RETURN_IF_ERROR(CheckToken(current[targets_.size()], writes));
    if (token_outcome_ == TokenOutcome::kReplayed) {
      return Status::Ok();
    }
  }
  if (rider_ != nullptr) {
    const Status status = rider_->Plan(current.back(), writes);
    refused_by_rider_ = status.code() == StatusCode::kRefused;
    RETURN_IF_ERROR(status);
  }
  RETURN_IF_ERROR(ViewOldItems(current));
  std::fill(decisions_.begin(), decisions_.end(), ItemDecision());
  RETURN_IF_ERROR(Apply(old_items_, decisions_));
  for (size_t index = 0; index < targets_.size(); ++index) {
    const ItemTarget& target = targets_[index];
    const ItemPlace place = {target.table.get(), target.partition_key, target.sort_key,
                             keys_[index].key};
    RETURN_IF_ERROR(WriteItemChange(place, old_items_[index], decisions_[index], writes));
  }
  if (!token_key_.empty()) {
    WriteToken(writes);
  }
  return Status::Ok();
}

Status MultiItemMutation::ViewOldItems(std::span<const engine::PinnedValue> current) {
  for (size_t index = 0; index < targets_.size(); ++index) {
    old_items_[index] = ItemView();
    if (current[index].found()) {
      const ItemTarget& target = targets_[index];
      RETURN_IF_ERROR(ViewItem(*target.table, current[index].bytes(), target.partition_key,
                               target.sort_key, &old_items_[index]));
    }
  }
  return Status::Ok();
}

Status MultiItemMutation::CheckToken(const engine::PinnedValue& current, engine::WriteSet* writes) {
  if (!current.found()) {
    return Status::Ok();
  }
  ASSIGN_OR_RETURN(const TokenRecord record, DecodeTokenRecord(current.bytes()));
  if (now_ms_ - record.recorded_ms > kTokenLifeMs) {
    // Its time is over but nobody has removed it yet: its listing goes with it.
    std::string listing;
    AppendTokenTimeKey(record.recorded_ms, token_key_, &listing);
    writes->Delete(Space::kMeta, listing);
    return Status::Ok();
  }
  if (record.parameters_hash != parameters_hash_) {
    token_outcome_ = TokenOutcome::kMismatch;
    return Status(StatusCode::kRefused, "the token belongs to another call");
  }
  token_outcome_ = TokenOutcome::kReplayed;
  replayed_payload_.assign(record.payload);
  return Status::Ok();
}

void MultiItemMutation::WriteToken(engine::WriteSet* writes) {
  TokenRecord record;
  record.recorded_ms = now_ms_;
  record.parameters_hash = parameters_hash_;
  record.payload = TokenPayload();
  std::string bytes;
  EncodeTokenRecord(record, &bytes);
  writes->Put(Space::kMeta, token_key_, bytes);
  bytes.clear();
  AppendTokenTimeKey(now_ms_, token_key_, &bytes);
  writes->Put(Space::kMeta, bytes, TokenTimeValue());
}

}  // namespace millrace::tables
