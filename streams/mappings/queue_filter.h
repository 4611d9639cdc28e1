// Filters of queue messages: patterns matched against the record of a message. A pattern whose
// `body` is an object sees the body as JSON, any other one sees it as text.
#pragma once

#include <string>
#include <vector>

#include "storage/base/status.h"
#include "streams/mappings/mapping.h"
#include "streams/mappings/queue_event.h"
#include "streams/pattern/pattern.h"

namespace millrace::streams {

// Immutable, so thread-safe.
class QueueFilter {
 public:
  // Matches everything.
  QueueFilter() = default;
  // Refuses what Pattern::Compile refuses. No patterns at all: everything matches.
  static Result<QueueFilter> Compile(const MappingSettings& settings);

  // Whether any of the patterns matches the message. `record`: as `writer` writes it.
  bool Matches(const QueueRecordWriter& writer, const QueueMessage& message,
               const std::string& record) const;

 private:
  std::vector<Pattern> text_patterns_;  // of those that see the body as text
  std::vector<Pattern> json_patterns_;
};

}  // namespace millrace::streams
