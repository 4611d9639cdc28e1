// What a transaction with a token adds to its commit.
#include "streams/mappings/checkpoint_tokens.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "streams/mappings/mapping_codec.h"

namespace millrace::streams {
namespace {

constexpr std::string_view kPrefix = "chk-";
constexpr size_t kTokenSize = 36;

bool IsToken(std::string_view text) {
  return text.size() == kTokenSize && text.starts_with(kPrefix) &&
         std::all_of(text.begin() + kPrefix.size(), text.end(), [](char letter) {
           return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
         });
}

class Rider final : public tables::CommitRider {
 public:
  // `target` is nullptr for a token that is not known.
  Rider(std::shared_ptr<const TokenTarget> target, std::string_view token)
      : target_(std::move(target)), key_(target_ == nullptr ? std::string(token) : target_->key) {}

  engine::MutationKey key() const override { return {engine::Space::kCheckpoints, key_}; }

  Status Plan(const engine::PinnedValue& current, engine::WriteSet* writes) override {
    if (target_ == nullptr || !current.found()) {
      return Status(StatusCode::kRefused, "no such batch is under way");
    }
    ASSIGN_OR_RETURN(const LaneCheckpoint stored, DecodeCheckpoint(current.bytes()));
    if (stored.version != target_->expected_version) {
      return Status(StatusCode::kRefused, "the batch is no longer under way");
    }
    writes->Put(engine::Space::kCheckpoints, key_, target_->finished_row);
    return Status::Ok();
  }

 private:
  const std::shared_ptr<const TokenTarget> target_;
  const std::string key_;
};

}  // namespace

std::string CheckpointTokens::Issue(Random* random, TokenTarget target) {
  std::array<char, kTokenSize + 1> token;
  std::snprintf(token.data(), token.size(), "%s%016llx%016llx", kPrefix.data(),
                static_cast<unsigned long long>(random->Next64()),
                static_cast<unsigned long long>(random->Next64()));
  MutexLock lock(&mutex_);
  targets_[token.data()] = std::make_shared<const TokenTarget>(std::move(target));
  return token.data();
}

void CheckpointTokens::Retire(const std::string& token) {
  MutexLock lock(&mutex_);
  targets_.erase(token);
}

std::unique_ptr<tables::CommitRider> CheckpointTokens::Board(std::string_view token) const {
  if (!IsToken(token)) {
    return nullptr;
  }
  std::shared_ptr<const TokenTarget> target;
  {
    MutexLock lock(&mutex_);
    if (const auto found = targets_.find(token); found != targets_.end()) {
      target = found->second;
    }
  }
  return std::make_unique<Rider>(std::move(target), token);
}

}  // namespace millrace::streams
