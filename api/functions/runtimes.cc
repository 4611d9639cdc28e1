// Lists.
#include "api/functions/runtimes.h"

#include <algorithm>
#include <array>
#include <string>

namespace millrace::api {
namespace {

constexpr auto kRuntimes = std::to_array<std::string_view>({
    "nodejs",          "nodejs4.3",     "nodejs6.10",     "nodejs8.10", "nodejs10.x",
    "nodejs12.x",      "nodejs14.x",    "nodejs16.x",     "nodejs18.x", "nodejs20.x",
    "nodejs22.x",      "nodejs24.x",    "nodejs4.3-edge", "java8",      "java8.al2",
    "java11",          "java17",        "java21",         "java25",     "python2.7",
    "python3.6",       "python3.7",     "python3.8",      "python3.9",  "python3.10",
    "python3.11",      "python3.12",    "python3.13",     "python3.14", "dotnetcore1.0",
    "dotnetcore2.0",   "dotnetcore2.1", "dotnetcore3.1",  "dotnet6",    "dotnet8",
    "dotnet10",        "go1.x",         "ruby2.5",        "ruby2.7",    "ruby3.2",
    "ruby3.3",         "ruby3.4",       "ruby4.0",        "provided",   "provided.al2",
    "provided.al2023",
});

constexpr auto kReservedVariables = std::to_array<std::string_view>({
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
});

std::string JoinRuntimes() {
  std::string text("[");
  for (const std::string_view name : kRuntimes) {
    if (text.size() > 1) {
      text.append(", ");
    }
    text.append(name);
  }
  return text.append("]");
}

}  // namespace

std::span<const std::string_view> Runtimes() { return kRuntimes; }

bool IsRuntime(std::string_view name) {
  return std::find(kRuntimes.begin(), kRuntimes.end(), name) != kRuntimes.end();
}

std::string_view RuntimesText() {
  static const std::string text = JoinRuntimes();
  return text;
}

bool IsReservedVariable(std::string_view name) {
  return std::find(kReservedVariables.begin(), kReservedVariables.end(), name) !=
         kReservedVariables.end();
}

}  // namespace millrace::api
