// Replays as they are stored: a piece of a stream that is handed to a function once more, beside
// all mappings and their positions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/status.h"

namespace millrace::streams {

enum class ReplayState : uint8_t { kRunning, kDone, kCancelled, kFailed };
// "running" and so on, as stored and as shown.
std::string_view ReplayStateText(ReplayState state);

struct ReplayJob {
  std::string id;  // a UUID
  std::string stream_arn;
  uint32_t stream_id = 0;
  std::string function_name;
  std::string qualifier;
  std::string filter;           // a pattern; empty: everything
  uint64_t from = 0;            // first sequence
  uint64_t to = 0;              // last sequence
  int64_t rate_per_second = 0;  // records; 0: as fast as it goes
  bool dry_run = false;         // reads and counts only

  ReplayState state = ReplayState::kRunning;
  uint64_t position = 0;  // everything up to here is done
  int64_t read_records = 0;
  int64_t matched_records = 0;
  int64_t invocations = 0;
  int64_t failed_invocations = 0;
  int64_t failed_records = 0;  // of those
  int64_t creation_ms = 0;
  int64_t end_ms = 0;   // 0: it has not ended
  std::string message;  // the last failure, for people
  friend bool operator==(const ReplayJob&, const ReplayJob&) = default;
};

// Rows of the family `functions`. FORMAT.md is normative.
inline constexpr char kReplayRow = 0x13;
std::string ReplayKey(std::string_view id);
std::string ReplayKeysBegin();
std::string ReplayKeysEnd();
void EncodeReplay(const ReplayJob& job, std::string* out);
Result<ReplayJob> DecodeReplay(std::string_view bytes);

// The job as JSON: what is stored, and what people are shown.
std::string ReplayJson(const ReplayJob& job);

}  // namespace millrace::streams
