// The lanes of one mapping of a table's stream: started and stopped together, and made anew when
// their number changes.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "storage/base/status.h"
#include "streams/mappings/lane.h"
#include "streams/mappings/mapping_runner.h"

namespace millrace::streams {

// On the lanes' thread.
class LaneSet final : public MappingRunner {
 public:
  // Both outlive it.
  LaneSet(const LaneServices& services, MappingProgress* progress);
  ~LaneSet() override;

  void Apply(std::shared_ptr<const Mapping> mapping, int64_t change) override;
  void Stop() override;
  void Abandon() override;
  bool stopped() const override { return ended_ && lanes_.empty() && !reshaping_; }
  int64_t Tick(int64_t now_ms) override;
  void Describe(MappingView* view) const override;

 private:
  void StopLanes();
  void LaneStopped();
  void StartLanesIfStopped();
  Status StartLanes();
  void Reshape(uint16_t old_lane_count, uint16_t lane_count);
  void Reshaped(const Status& status);
  void TryAgainLater(const Status& status);
  void NoteLag(int64_t now_ms);

  const LaneServices& services_;
  MappingProgress* const progress_;
  // Callbacks that come after the object has gone find this empty.
  std::shared_ptr<LaneSet*> self_;
  std::shared_ptr<const Mapping> mapping_;
  int64_t change_ = 0;
  ReadAhead read_ahead_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  size_t stopping_ = 0;  // lanes that have been asked to stop and have not yet
  bool reshaping_ = false;
  bool ended_ = false;
  int64_t lag_noted_ms_ = 0;
  int64_t retry_ms_ = INT64_MAX;  // when to try again to start the lanes
};

}  // namespace millrace::streams
