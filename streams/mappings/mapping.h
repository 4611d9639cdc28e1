// Event source mappings, as plain values: what they are, and how far the lanes of those of table
// streams have come. The names are those of the Lambda API, without its units in words.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace millrace::streams {

// Where a mapping begins. The values reach disk.
enum class StartingPosition : uint8_t { kTrimHorizon = 1, kLatest = 2, kAtTimestamp = 3 };

// What can be changed of a mapping. Limits are checked by who takes them from clients.
struct MappingSettings {
  std::string function_name;
  std::string qualifier;  // empty: the unpublished version
  bool enabled = true;
  int64_t batch_size = 100;
  int64_t batching_window_s = 0;
  int64_t parallelization_factor = 1;  // lanes of each hash range of the stream
  int64_t record_age_max_s = -1;       // -1: no limit
  int64_t retry_attempts_max = -1;     // -1: no limit
  bool bisect_on_error = false;        // halve batches that fail
  int64_t tumbling_window_s = 0;       // 0: none
  bool report_item_failures = false;   // the response says which records have failed
  bool count_events = false;           // MetricsConfig
  bool numeric_attributes = false;     // see PatternOptions
  bool paused = false;                 // by an operator; does not show in the API
  std::vector<std::string> filters;    // patterns; empty: everything
  std::string on_failure_arn;          // empty: nowhere
  std::string key_arn;                 // stored only
  int64_t concurrency_max = 0;         // of queues: batches at a time; 0: not said
  int64_t pollers_min = 0;             // of queues, stored only; 0: not said
  int64_t pollers_max = 0;             // likewise
  friend bool operator==(const MappingSettings&, const MappingSettings&) = default;
};

struct Mapping {
  std::string uuid;
  std::string event_source_arn;
  uint32_t stream_id = 0;         // 0: the source is a queue
  uint16_t hash_range_count = 1;  // of the stream; 0 for queues
  StartingPosition starting_position = StartingPosition::kTrimHorizon;
  int64_t starting_timestamp_ms = 0;  // kAtTimestamp
  int64_t creation_ms = 0;
  int64_t modified_ms = 0;
  MappingSettings settings;
  std::vector<std::pair<std::string, std::string>> tags;  // in order of their keys
  bool is_of_queue() const { return stream_id == 0; }
  friend bool operator==(const Mapping&, const Mapping&) = default;
};

// Whether an invocation is the last one of a tumbling window, which has no records. The values
// reach disk.
enum class WindowClosing : uint8_t {
  kNone = 0,
  kTimeIsOver = 1,
  kStateTooLarge = 2,  // before the window's time is over
};

// Records of a lane that are on their way to the function together: from the first to the last
// sequence, both included, whatever of other lanes or filtered out lies between.
struct PendingBatch {
  uint64_t from = 0;
  uint64_t to = 0;
  int64_t attempts = 0;  // that have failed
  WindowClosing closing = WindowClosing::kNone;
  friend bool operator==(const PendingBatch&, const PendingBatch&) = default;
};

// What lanes of an earlier parallelization factor had finished: the records of lane i up to
// positions[i] are not delivered again.
struct SkipMark {
  std::vector<uint64_t> positions;
  friend bool operator==(const SkipMark&, const SkipMark&) = default;
};

// How far a lane has come. Stored; `version` grows with every write, so that whoever writes knows
// whether somebody else has in between.
struct LaneCheckpoint {
  uint64_t version = 0;
  uint16_t lane_count = 1;
  uint64_t position = 0;              // everything up to here is finished
  std::vector<PendingBatch> pending;  // in order; nothing behind them has been delivered
  int64_t next_try_ms = 0;            // of the first pending batch
  int64_t window_start_ms = -1;       // of the tumbling window that is open; -1: none
  std::string window_state;           // JSON that the function has returned
  std::vector<SkipMark> skip_marks;
  friend bool operator==(const LaneCheckpoint&, const LaneCheckpoint&) = default;
};

// Names a lane.
struct LaneName {
  std::string uuid;  // of the mapping
  uint16_t hash_range = 0;
  uint16_t lane = 0;
  friend bool operator==(const LaneName&, const LaneName&) = default;
};

// Why records were given up. The texts are the protocol's.
inline constexpr char kRetryAttemptsExhausted[] = "RetryAttemptsExhausted";
inline constexpr char kRecordAgeExceeded[] = "RecordAgeExceeded";

// Records that were given up: kept in the ledger until somebody deletes them, and told to the
// mapping's destination.
struct Discard {
  uint64_t id = 0;  // the commit sequence of giving up
  std::string uuid;
  std::string function_arn;
  std::string stream_arn;
  std::string shard_id;
  uint16_t hash_range = 0;
  uint16_t lane = 0;
  uint16_t lane_count = 1;
  std::string condition;
  uint64_t from = 0;
  uint64_t to = 0;
  int64_t record_count = 0;
  int64_t first_arrival_ms = 0;
  int64_t last_arrival_ms = 0;
  int64_t attempts = 0;
  int64_t time_ms = 0;
  std::string request_id;        // of the last attempt; empty if there was none
  std::string executed_version;  // likewise
  std::string failure;           // its failure document
  // What became of handing the records to the function once more.
  int64_t redrive_count = 0;
  int64_t redriven_ms = 0;         // the last time
  bool redrive_succeeded = false;  // then
  std::string redrive_message;     // for people
  friend bool operator==(const Discard&, const Discard&) = default;
};

}  // namespace millrace::streams
