// Turns what a process writes into lines of its function's log.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::streams {

struct LogLine {
  int64_t time_ms = 0;
  std::string text;  // without the line break
  // The line stands for so many that were dropped, which are not to be forgotten if it is, too.
  int64_t dropped = 0;
  // Written by the platform, not by a handler: no flood of a handler's lines displaces it.
  bool is_platform = false;
};

// Where lines of logs go. Thread-safe.
class LogSink {
 public:
  virtual ~LogSink() = default;
  // Adds lines to a stream of a group, making both if they are not there. Never blocks: lines that
  // cannot be taken are dropped and counted by the sink.
  virtual void Append(const std::string& group, const std::string& stream,
                      std::vector<LogLine> lines) = 0;
};

// Cuts output into lines. Not thread-safe.
class LineSplitter {
 public:
  // A longer line is cut here.
  static constexpr size_t kLineSizeMax = 256 * 1024;

  // Appends the lines that `bytes` completes, stamped with `now_ms`.
  void Add(std::string_view bytes, int64_t now_ms, std::vector<LogLine>* lines);
  // Appends what is left of a last line without an end.
  void Finish(int64_t now_ms, std::vector<LogLine>* lines);

 private:
  std::string rest_;
};

// The last lines of an invocation, bounded in bytes. Not thread-safe.
class LogTail {
 public:
  static constexpr size_t kSizeMax = 4096;

  void Clear();
  void Add(std::string_view line);
  // The end of what was added, at most kSizeMax bytes; the first line of all, and then the end, if
  // both fit.
  std::string Text() const;

 private:
  std::string first_;
  std::deque<std::string> lines_;
  size_t size_ = 0;
  bool dropped_ = false;
};

// The last lines of an environment, for people who look. Not thread-safe.
class LogRing {
 public:
  static constexpr size_t kLinesMax = 200;
  void Add(const LogLine& line);
  std::vector<LogLine> Lines() const { return {lines_.begin(), lines_.end()}; }

 private:
  std::deque<LogLine> lines_;
};

}  // namespace millrace::streams
