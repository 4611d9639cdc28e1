// What is done about logs in the background; see LogStore::RunMaintenance.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/status.h"
#include "storage/engine/engine.h"
#include "storage/model/log_group.h"

namespace millrace::streams {

// Belongs to one thread.
class LogMaintenance {
 public:
  LogMaintenance(engine::Engine* engine, const Clock* clock, int64_t retention_days)
      : engine_(engine), clock_(clock), retention_days_(retention_days) {}

  Status Run(const std::atomic<bool>& stop);

 private:
  Status RemoveDropped(const std::atomic<bool>& stop);
  Status RemoveEventsOf(uint64_t group_id, const std::vector<uint64_t>& stream_ids,
                        const std::atomic<bool>& stop);
  Status Sweep(const LogGroup& group);
  Status RemoveEmptyStreams(const LogGroup& group, int64_t horizon_ms);

  engine::Engine* const engine_;
  const Clock* const clock_;
  const int64_t retention_days_;
  int64_t next_sweep_ms_ = 0;
};

}  // namespace millrace::streams
