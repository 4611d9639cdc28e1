// Lines, tails and rings.
#include "streams/invoke/log_capture.h"

#include <algorithm>
#include <utility>

namespace millrace::streams {
namespace {

constexpr size_t kRingLineSizeMax = 4096;

}  // namespace

void LineSplitter::Add(std::string_view bytes, int64_t now_ms, std::vector<LogLine>* lines) {
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    const size_t room = kLineSizeMax - rest_.size();
    if (end != std::string_view::npos && end <= room) {
      rest_.append(bytes.substr(0, end));
      bytes.remove_prefix(end + 1);
    } else if (bytes.size() > room) {
      rest_.append(bytes.substr(0, room));
      bytes.remove_prefix(room);
    } else {
      rest_.append(bytes);
      return;
    }
    lines->push_back({now_ms, std::move(rest_)});
    rest_.clear();
  }
}

void LineSplitter::Finish(int64_t now_ms, std::vector<LogLine>* lines) {
  if (!rest_.empty()) {
    lines->push_back({now_ms, std::move(rest_)});
    rest_.clear();
  }
}

void LogTail::Clear() {
  first_.clear();
  lines_.clear();
  size_ = 0;
  dropped_ = false;
}

void LogTail::Add(std::string_view line) {
  if (lines_.empty() && first_.empty()) {
    first_ = std::string(line.substr(0, kSizeMax - 1)) + "\n";
    return;
  }
  // Of a line that is too long the end is kept.
  const size_t size = std::min(line.size(), kSizeMax);
  lines_.push_back(std::string(line.substr(line.size() - size)) + "\n");
  size_ += lines_.back().size();
  while (size_ > kSizeMax && lines_.size() > 1) {
    size_ -= lines_.front().size();
    lines_.pop_front();
    dropped_ = true;
  }
}

std::string LogTail::Text() const {
  std::string text;
  for (const std::string& line : lines_) {
    text += line;
  }
  if (!dropped_ || first_.size() + text.size() <= kSizeMax) {
    text.insert(0, first_);
  }
  return text.size() <= kSizeMax ? text : text.substr(text.size() - kSizeMax);
}

void LogRing::Add(const LogLine& line) {
  lines_.push_back({line.time_ms, line.text.substr(0, kRingLineSizeMax)});
  if (lines_.size() > kLinesMax) {
    lines_.pop_front();
  }
}

}  // namespace millrace::streams
