// Structured, leveled logging (spdlog behind it, in log.cc only). One line per event; fields are
// part of the text as key=value. Secrets and item contents are never logged.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Sends lines at `level` and above to stderr, or to `file` when it is not empty. Call once at
// start-up, before other threads exist; until then lines at kWarning and above go to stderr.
void StartLogging(LogLevel level, const std::string& file);
// Writes out what is buffered.
void FlushLog();

// Writes one line. Thread-safe.
void Log(LogLevel level, std::string_view text);

// Whether `level` is written at all: lets callers skip building the text. Thread-safe.
bool LogEnabled(LogLevel level);

}  // namespace millrace
