// What an environment writes to its function's log: the platform's lines (START, END, REPORT, as
// text or as JSON) around those of the handler, each given to the stream of the log group, to the
// ring that people look at, and to the tail of the invocation that runs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/random.h"
#include "streams/functions/function_source.h"
#include "streams/invoke/invocation.h"
#include "streams/invoke/log_capture.h"

namespace millrace::streams {

// Belongs to the loop. Lines wait here until Flush, so that an invocation costs one call of the
// sink.
class EnvironmentLog {
 public:
  // `sink` may be nullptr. `id`: 32 hexadecimal digits.
  EnvironmentLog(RunnableFunctionPointer function, LogSink* sink, const std::string& id,
                 bool provisioned, int64_t now_ms);

  const std::string& group() const { return function_->log_group; }
  const std::string& stream() const { return stream_; }
  std::vector<LogLine> Lines() const { return ring_.Lines(); }

  void InitStart(int64_t now_ms);
  void InitDone(bool success, int64_t now_ms);
  void Start(Invocation* invocation, int64_t now_ms);
  // Lines of the process; `invocation` is the one that runs, nullptr between two.
  void Add(std::vector<LogLine> lines, Invocation* invocation);
  void End(Invocation* invocation, const InvocationEnd& end, int64_t duration_us, int64_t now_ms);
  void Flush();

 private:
  void AddLine(LogLine line, Invocation* invocation);
  void AddLine(int64_t now_ms, std::string text, Invocation* invocation);
  void AddPlatformLine(int64_t now_ms, std::string_view type, std::string_view record,
                       Invocation* invocation);
  void EndAsText(Invocation* invocation, const InvocationEnd& end, int64_t duration_us,
                 int64_t now_ms);
  void EndAsJson(Invocation* invocation, const InvocationEnd& end, int64_t duration_us,
                 int64_t now_ms);

  const RunnableFunctionPointer function_;
  LogSink* const sink_;
  const bool provisioned_;
  const std::string stream_;
  LogRing ring_;
  std::vector<LogLine> waiting_;
};

// Random bytes as hexadecimal digits, a multiple of 16 of them.
std::string RandomHex(Random* random, size_t digits);

}  // namespace millrace::streams
