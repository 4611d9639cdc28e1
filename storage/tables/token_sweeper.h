// Removes idempotency tokens whose time is over.
#pragma once

#include <atomic>
#include <cstdint>

#include "storage/base/clock.h"
#include "storage/base/status.h"
#include "storage/engine/engine.h"

namespace millrace::tables {

// Used by one background thread. The engine and the clock must outlive it.
class TokenSweeper {
 public:
  TokenSweeper(engine::Engine* engine, Clock* clock) : engine_(engine), clock_(clock) {}

  // Deletes all tokens that are older than kTokenLifeMs, in commits of a bounded size. Call every
  // few seconds to minutes. Returns early, without failure, once `stop` is true. A failure is of no
  // consequence but that tokens stay until the next run.
  Status Run(const std::atomic<bool>& stop);

  // Tokens deleted in one commit.
  static constexpr int kChunkSize = 256;

 private:
  engine::Engine* const engine_;
  Clock* const clock_;
  // Everything listed before this time has been swept: the next run need not walk over what is left
  // of deleted rows.
  int64_t swept_until_ms_ = 0;
};

}  // namespace millrace::tables
