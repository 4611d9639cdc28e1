// Lines between the thread that reads them and the loop.
#include "streams/invoke/output_collector.h"

#include <string>
#include <utility>

namespace millrace::streams {

bool OutputCollector::Add(std::string_view bytes, int64_t now_ms) {
  MutexLock lock(&mutex_);
  const bool was_empty = lines_.empty();
  std::vector<LogLine> lines;
  splitter_.Add(bytes, now_ms, &lines);
  for (LogLine& line : lines) {
    // A line costs more than its text: many empty ones are a flood, too.
    const size_t size = line.text.size() + sizeof(LogLine);
    if (size_ + size > kWaitingBytesMax) {
      ++dropped_;
      continue;
    }
    size_ += size;
    lines_.push_back(std::move(line));
  }
  return was_empty && !lines_.empty();
}

std::vector<LogLine> OutputCollector::Take(bool finish, int64_t now_ms) {
  MutexLock lock(&mutex_);
  if (finish) {
    splitter_.Finish(now_ms, &lines_);
  }
  if (dropped_ > 0) {
    lines_.push_back({now_ms, std::to_string(dropped_) + " lines were dropped", dropped_});
    dropped_ = 0;
  }
  size_ = 0;
  return std::exchange(lines_, {});
}

}  // namespace millrace::streams
