// How a function is run, said by its tags: millrace:executor, millrace:url, millrace:command.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"
#include "streams/functions/function_source.h"

namespace millrace::streams {

inline constexpr std::string_view kExecutorTag = "millrace:executor";  // process, command, ...
inline constexpr std::string_view kUrlTag = "millrace:url";            // for http
inline constexpr std::string_view kCommandTag = "millrace:command";    // for command

struct ExecutorSettings {
  Executor executor = Executor::kProcess;
  std::string url;
  std::vector<std::string> command;
  bool operator==(const ExecutorSettings&) const = default;
};

using FunctionTags = std::map<std::string, std::string, std::less<>>;

// What the tags say; without the first one `otherwise` is the executor. The command is a JSON array
// of strings, or words with spaces between them. kInvalidArgument, with a text for the client, if
// they are not sound or not complete: http needs a URL, command a command.
Result<ExecutorSettings> ReadExecutorTags(const FunctionTags& tags, Executor otherwise);

// A text that differs for settings that differ; empty for those of processes.
std::string ExecutorDigest(const ExecutorSettings& settings);

}  // namespace millrace::streams
