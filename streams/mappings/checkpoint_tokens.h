// Tokens by which a function can have its own transaction note that a batch is finished: the
// transaction and the position of the lane are one commit then, and a batch that was taken back
// cannot be applied late. Kept in memory: a token that is not known any more is refused.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "storage/base/mutex.h"
#include "storage/base/random.h"
#include "storage/tables/commit_rider.h"

namespace millrace::streams {

// What a token stands for: the row of a lane, which version of it the batch belongs to, and what
// the row is when the batch is finished.
struct TokenTarget {
  std::string key;
  uint64_t expected_version = 0;
  std::string finished_row;
};

// Thread-safe.
class CheckpointTokens final : public tables::CommitRiders {
 public:
  CheckpointTokens() = default;

  // A new token of 36 characters, valid until Retire. `random` is used on the calling thread.
  std::string Issue(Random* random, TokenTarget target) EXCLUDES(mutex_);
  void Retire(const std::string& token) EXCLUDES(mutex_);

  // tables::CommitRiders. A rider for every text that has the form of a token; it refuses if the
  // token is unknown or its batch is no longer the lane's first.
  std::unique_ptr<tables::CommitRider> Board(std::string_view token) const override
      EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<const TokenTarget>, std::less<>> targets_
      GUARDED_BY(mutex_);
};

}  // namespace millrace::streams
