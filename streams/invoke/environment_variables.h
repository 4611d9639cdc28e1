// What a handler's process finds in its environment.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "streams/functions/function_source.h"
#include "streams/invoke/invoke_options.h"

namespace millrace::streams {

using EnvironmentVariables = std::vector<std::pair<std::string, std::string>>;

// What is known of an environment before its process exists.
struct EnvironmentFacts {
  FunctionFiles files;
  std::string runtime_api;  // "127.0.0.1:port"
  std::string log_stream;
  std::string temporary_folder;  // empty: TMPDIR is not set
  std::string run_directory;
  bool provisioned = false;
};

// Sorted by name. The function's own variables win over what may be set otherwise, and lose against
// reserved ones.
EnvironmentVariables VariablesOf(const RunnableFunction& function, const EnvironmentFacts& facts,
                                 const InvokerOptions& options);

}  // namespace millrace::streams
