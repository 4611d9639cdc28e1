// The platform's lines in the log of a function.
#include "streams/invoke/environment_log.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

#include "storage/base/iso_time.h"
#include "storage/base/json.h"

namespace millrace::streams {
namespace {

constexpr double kMicrosecondsPerMs = 1000.0;
constexpr int64_t kBytesPerMb = int64_t{1} << 20;
// More lines of a handler than that go to the sink at once: it is the sink that has a bound.
constexpr size_t kWaitingLinesMax = 1000;

std::tm Calendar(int64_t epoch_ms) {
  const std::time_t seconds = static_cast<std::time_t>(epoch_ms / 1000);
  std::tm calendar = {};
  gmtime_r(&seconds, &calendar);
  return calendar;
}

std::string StreamName(int64_t now_ms, const std::string& version, const std::string& id) {
  const std::tm calendar = Calendar(now_ms);
  std::array<char, 32> day;
  std::strftime(day.data(), day.size(), "%Y/%m/%d/", &calendar);
  return std::string(day.data()) + "[" + version + "]" + id;
}

std::string Milliseconds(int64_t duration_us) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.2f",
                static_cast<double>(duration_us) / kMicrosecondsPerMs);
  return text.data();
}

int64_t BilledMs(int64_t duration_us) { return (duration_us + 999) / 1000; }

int64_t MegabytesUsed(int64_t bytes) { return (bytes + kBytesPerMb - 1) / kBytesPerMb; }

std::string RuntimeArn(const RunnableFunction& function) {
  return "arn:aws:lambda:" + function.region + "::runtime:" + function.runtime;
}

}  // namespace

std::string RandomHex(Random* random, size_t digits) {
  std::string text;
  while (text.size() < digits) {
    std::array<char, 17> part;
    std::snprintf(part.data(), part.size(), "%016llx",
                  static_cast<unsigned long long>(random->Next64()));
    text += part.data();
  }
  text.resize(digits);
  return text;
}

EnvironmentLog::EnvironmentLog(RunnableFunctionPointer function, LogSink* sink,
                               const std::string& id, bool provisioned, int64_t now_ms)
    : function_(std::move(function)),
      sink_(sink),
      provisioned_(provisioned),
      stream_(StreamName(now_ms, function_->version, id)) {}

void EnvironmentLog::AddLine(LogLine line, Invocation* invocation) {
  if (invocation != nullptr && invocation->request.wants_log_tail) {
    invocation->tail.Add(line.text);
  }
  ring_.Add(line);
  waiting_.push_back(std::move(line));
}

void EnvironmentLog::AddLine(int64_t now_ms, std::string text, Invocation* invocation) {
  AddLine({now_ms, std::move(text), 0, true}, invocation);
}

void EnvironmentLog::AddPlatformLine(int64_t now_ms, std::string_view type, std::string_view record,
                                     Invocation* invocation) {
  std::string text;
  json::Writer writer(&text);
  writer.BeginObject();
  writer.Member("time", FormatIsoTime(now_ms));
  writer.Member("type", type);
  writer.Key("record");
  writer.Raw(record);
  writer.EndObject();
  AddLine(now_ms, std::move(text), invocation);
}

void EnvironmentLog::InitStart(int64_t now_ms) {
  if (!function_->json_logs) {
    AddLine(now_ms,
            "INIT_START Runtime Version: " + function_->runtime +
                "\tRuntime Version ARN: " + RuntimeArn(*function_),
            nullptr);
    return;
  }
  std::string record;
  json::Writer writer(&record);
  writer.BeginObject();
  writer.Member("initializationType", provisioned_ ? "provisioned-concurrency" : "on-demand");
  writer.Member("phase", "init");
  writer.Member("runtimeVersion", function_->runtime);
  writer.Member("runtimeVersionArn", RuntimeArn(*function_));
  writer.Member("functionName", function_->name);
  writer.Member("functionVersion", function_->version);
  writer.EndObject();
  AddPlatformLine(now_ms, "platform.initStart", record, nullptr);
}

void EnvironmentLog::InitDone(bool success, int64_t now_ms) {
  if (!function_->json_logs) {
    return;
  }
  std::string record;
  json::Writer writer(&record);
  writer.BeginObject();
  writer.Member("initializationType", provisioned_ ? "provisioned-concurrency" : "on-demand");
  writer.Member("phase", "init");
  writer.Member("status", success ? "success" : "error");
  writer.EndObject();
  AddPlatformLine(now_ms, "platform.initRuntimeDone", record, nullptr);
}

void EnvironmentLog::Start(Invocation* invocation, int64_t now_ms) {
  if (!function_->json_logs) {
    AddLine(now_ms, "START RequestId: " + invocation->id + " Version: " + function_->version,
            invocation);
    return;
  }
  std::string record;
  json::Writer writer(&record);
  writer.BeginObject();
  writer.Member("requestId", invocation->id);
  writer.Member("version", function_->version);
  writer.EndObject();
  AddPlatformLine(now_ms, "platform.start", record, invocation);
}

void EnvironmentLog::Add(std::vector<LogLine> lines, Invocation* invocation) {
  for (LogLine& line : lines) {
    AddLine(std::move(line), invocation);
  }
  if (waiting_.size() > kWaitingLinesMax) {
    Flush();
  }
}

void EnvironmentLog::End(Invocation* invocation, const InvocationEnd& end, int64_t duration_us,
                         int64_t now_ms) {
  if (function_->json_logs) {
    EndAsJson(invocation, end, duration_us, now_ms);
  } else {
    EndAsText(invocation, end, duration_us, now_ms);
  }
}

void EnvironmentLog::EndAsText(Invocation* invocation, const InvocationEnd& end,
                               int64_t duration_us, int64_t now_ms) {
  const std::string& id = invocation->id;
  if (end.status == InvocationEnd::Status::kTimeout) {
    AddLine(now_ms,
            FormatIsoTime(now_ms) + " " + id + " Task timed out after " +
                Milliseconds(end.limit_ms) + " seconds",
            invocation);
  }
  AddLine(now_ms, "END RequestId: " + id, invocation);
  std::string report =
      "REPORT RequestId: " + id + "\tDuration: " + Milliseconds(duration_us) +
      " ms\tBilled Duration: " + std::to_string(BilledMs(duration_us)) +
      " ms\tMemory Size: " + std::to_string(function_->memory_mb) +
      " MB\tMax Memory Used: " + std::to_string(MegabytesUsed(end.max_memory_bytes)) + " MB\t";
  if (invocation->init_duration_us >= 0) {
    report += "Init Duration: " + Milliseconds(invocation->init_duration_us) + " ms\t";
  }
  if (end.status == InvocationEnd::Status::kTimeout) {
    report += "Status: timeout";
  } else if (end.status == InvocationEnd::Status::kError) {
    report += "Status: error\tError Type: " + end.error_type;
  }
  AddLine(now_ms, std::move(report), invocation);
}

void EnvironmentLog::EndAsJson(Invocation* invocation, const InvocationEnd& end,
                               int64_t duration_us, int64_t now_ms) {
  const auto outcome = [&end](json::Writer* writer) {
    writer->Member("status", StatusName(end.status));
    if (end.status == InvocationEnd::Status::kError) {
      writer->Member("errorType", end.error_type);
    }
  };
  std::string done;
  json::Writer done_writer(&done);
  done_writer.BeginObject();
  done_writer.Member("requestId", invocation->id);
  outcome(&done_writer);
  done_writer.Key("metrics");
  done_writer.BeginObject();
  done_writer.Key("durationMs");
  done_writer.Raw(Milliseconds(duration_us));
  done_writer.Key("producedBytes");
  done_writer.Int(static_cast<int64_t>(end.payload.size()));
  done_writer.EndObject();
  done_writer.EndObject();
  AddPlatformLine(now_ms, "platform.runtimeDone", done, invocation);

  std::string report;
  json::Writer writer(&report);
  writer.BeginObject();
  writer.Member("requestId", invocation->id);
  writer.Key("metrics");
  writer.BeginObject();
  writer.Key("durationMs");
  writer.Raw(Milliseconds(duration_us));
  writer.Key("billedDurationMs");
  writer.Int(BilledMs(duration_us));
  writer.Key("memorySizeMB");
  writer.Int(function_->memory_mb);
  writer.Key("maxMemoryUsedMB");
  writer.Int(MegabytesUsed(end.max_memory_bytes));
  if (invocation->init_duration_us >= 0) {
    writer.Key("initDurationMs");
    writer.Raw(Milliseconds(invocation->init_duration_us));
  }
  writer.EndObject();
  outcome(&writer);
  writer.EndObject();
  AddPlatformLine(now_ms, "platform.report", report, invocation);
}

void EnvironmentLog::Flush() {
  if (!waiting_.empty() && sink_ != nullptr && !function_->log_group.empty()) {
    sink_->Append(function_->log_group, stream_, std::move(waiting_));
  }
  waiting_.clear();
}

}  // namespace millrace::streams
