// Walks the listings of tokens in the order of their times and deletes them chunk by chunk.
#include "storage/tables/token_sweeper.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/codec/idempotency_codec.h"
#include "storage/tables/multi_item_mutation.h"

namespace millrace::tables {
namespace {

using engine::Space;

struct Listing {
  std::string key;
  TokenTime token;
};

// Deletes listings and their tokens. A token that was used again since has a newer record, which
// stays.
class ForgetTokens final : public engine::Mutation {
 public:
  explicit ForgetTokens(std::vector<Listing> listings) : listings_(std::move(listings)) {
    keys_.reserve(listings_.size());
    for (const Listing& listing : listings_) {
      keys_.push_back({Space::kMeta, listing.token.token_key});
    }
  }
  std::span<const engine::MutationKey> keys() const override { return keys_; }
  size_t weight_bytes() const override { return listings_.size() * 128; }
  Status Plan(std::span<const engine::PinnedValue> current, engine::WriteSet* writes) override {
    for (size_t index = 0; index < listings_.size(); ++index) {
      const Listing& listing = listings_[index];
      writes->Delete(Space::kMeta, listing.key);
      if (!current[index].found()) {
        continue;
      }
      ASSIGN_OR_RETURN(const TokenRecord record, DecodeTokenRecord(current[index].bytes()));
      if (record.recorded_ms == listing.token.recorded_ms) {
        writes->Delete(Space::kMeta, listing.token.token_key);
      }
    }
    return Status::Ok();
  }
  TaskQueue* completion_queue() override { return nullptr; }
  void Complete(const Status&) override {}

 private:
  const std::vector<Listing> listings_;
  std::vector<engine::MutationKey> keys_;
};

// The first listings of the range.
Result<std::vector<Listing>> ReadListings(const engine::Engine& engine, std::string_view from,
                                          std::string_view to) {
  engine::ScanRange range;
  range.space = Space::kMeta;
  range.from = from;
  range.to = to;
  std::vector<Listing> listings;
  const std::unique_ptr<engine::Scanner> rows = engine.Scan(range);
  for (; rows->Valid() && listings.size() < TokenSweeper::kChunkSize; rows->Next()) {
    ASSIGN_OR_RETURN(TokenTime token, ParseTokenTimeKey(rows->key()));
    listings.push_back({std::string(rows->key()), std::move(token)});
  }
  RETURN_IF_ERROR(rows->status());
  return listings;
}

}  // namespace

Status TokenSweeper::Run(const std::atomic<bool>& stop) {
  const int64_t end_ms = std::max<int64_t>(0, clock_->NowMs() - kTokenLifeMs);
  if (end_ms < swept_until_ms_) {
    // The clock was put back; there may be listings of any time.
    swept_until_ms_ = 0;
  }
  std::string from = TokenTimeBegin(swept_until_ms_);
  const std::string to = TokenTimeBegin(end_ms);
  while (from < to && !stop.load(std::memory_order_relaxed)) {
    ASSIGN_OR_RETURN(std::vector<Listing> listings, ReadListings(*engine_, from, to));
    if (listings.empty()) {
      swept_until_ms_ = end_ms;
      break;
    }
    from = listings.back().key;
    ForgetTokens forget(std::move(listings));
    RETURN_IF_ERROR(engine_->SubmitAndWait(&forget));
  }
  return Status::Ok();
}

}  // namespace millrace::tables
