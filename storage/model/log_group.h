// Log groups, their streams and events, as plain values. The names are those of CloudWatch Logs.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "storage/model/table_descriptor.h"

namespace millrace {

// How long a group keeps its events, if not a number of days.
inline constexpr int64_t kLogRetentionOfServer = -1;  // as long as the server's settings say
inline constexpr int64_t kLogRetentionForever = 0;

// A log group. `group_id` is the commit sequence under which it was made: a group that is made
// again under the same name has another one, so that nobody looks at what the first one has left.
struct LogGroup {
  uint64_t group_id = 0;
  std::string name;
  int64_t creation_ms = 0;
  int64_t retention_days = kLogRetentionOfServer;
  int64_t swept_to_ms = 0;  // older events are gone, and none are taken
  std::string group_class;  // stored and shown
  std::string key_arn;      // likewise
  std::vector<Tag> tags;    // sorted by key
  friend bool operator==(const LogGroup&, const LogGroup&) = default;
};

// A stream of a group: where one source writes. Times are -1 as long as there is no event.
struct LogStream {
  uint64_t stream_id = 0;  // a commit sequence, like the group's
  std::string name;
  int64_t creation_ms = 0;
  int64_t first_event_ms = -1;
  int64_t last_event_ms = -1;
  int64_t last_ingestion_ms = -1;
  friend bool operator==(const LogStream&, const LogStream&) = default;
};

// Where an event stands in its group: by time, then by stream, then in the order of writing.
struct LogPosition {
  int64_t time_ms = 0;
  uint64_t stream_id = 0;
  uint64_t sequence = 0;  // the commit that wrote it
  uint16_t index = 0;     // of the event in that commit
  friend auto operator<=>(const LogPosition&, const LogPosition&) = default;
};

struct LogEvent {
  LogPosition position;
  int64_t ingestion_ms = 0;
  std::string message;
  friend bool operator==(const LogEvent&, const LogEvent&) = default;
};

}  // namespace millrace
