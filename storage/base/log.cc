// Logging through spdlog, which stays inside this file: it multiplies compile times.
#include "storage/base/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <utility>

#include "storage/base/clock.h"

namespace millrace {
namespace {

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::shared_ptr<spdlog::logger> NewLogger(LogLevel level, spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("millrace", std::move(sink));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  logger->set_level(ToSpdlog(level));
  // A line that is still in a buffer when the process dies is the one that was needed.
  logger->flush_on(spdlog::level::info);
  return logger;
}

// The logger in use. StartLogging replaces it before there are other threads. Never destroyed, so
// that destructors of static objects may log.
std::shared_ptr<spdlog::logger>& ActiveLogger() {
  static auto* const logger = new std::shared_ptr<spdlog::logger>(
      NewLogger(LogLevel::kWarning, std::make_shared<spdlog::sinks::stderr_sink_mt>()));
  return *logger;
}

bool HasControlCharacter(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      return true;
    }
  }
  return false;
}

// One event is one line, whatever it quotes: control characters become \xNN.
std::string EscapeControlCharacters(std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string escaped;
  escaped.reserve(text.size() + 16);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      escaped.append("\\x");
      escaped.push_back(kDigits[byte >> 4]);
      escaped.push_back(kDigits[byte & 0x0F]);
    } else {
      escaped.push_back(c);
    }
  }
  return escaped;
}

}  // namespace

LogBudget& LogBudget::OfProcess() {
  static LogBudget budget;
  return budget;
}

bool LogBudget::Take(int64_t now_us, int64_t* left_out) {
  const int64_t second = now_us / 1'000'000;
  MutexLock lock(&mutex_);
  if (second != second_) {
    second_ = second;
    lines_ = 0;
    *left_out = std::exchange(left_out_, 0);
  }
  if (lines_ == kLinesPerSecond) {
    ++left_out_;
    return false;
  }
  ++lines_;
  return true;
}

void StartLogging(LogLevel level, const std::string& file) {
  std::string failure;
  spdlog::sink_ptr sink;
  if (!file.empty()) {
    // The only way spdlog reports a file that cannot be opened.
    try {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
    } catch (const spdlog::spdlog_ex& error) {
      failure = error.what();
    }
  }
  if (sink == nullptr) {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  }
  ActiveLogger() = NewLogger(level, std::move(sink));
  if (!failure.empty()) {
    Log(LogLevel::kError, "log file cannot be opened, logging to stderr: " + failure);
  }
}

void FlushLog() { ActiveLogger()->flush(); }

void Log(LogLevel level, std::string_view text) {
  spdlog::logger& logger = *ActiveLogger();
  if (!logger.should_log(ToSpdlog(level))) {
    return;
  }
  int64_t left_out = 0;
  if (!LogBudget::OfProcess().Take(SystemClock::Instance()->MonotonicUs(), &left_out)) {
    return;
  }
  if (left_out > 0) {
    logger.warn("{} lines were left out of the log: too many in a second", left_out);
  }
  if (HasControlCharacter(text)) [[unlikely]] {
    logger.log(ToSpdlog(level), spdlog::string_view_t(EscapeControlCharacters(text)));
    return;
  }
  logger.log(ToSpdlog(level), spdlog::string_view_t(text.data(), text.size()));
}

bool LogEnabled(LogLevel level) { return ActiveLogger()->should_log(ToSpdlog(level)); }

}  // namespace millrace
