// Functions for operators, under /_admin/functions/{name or ARN}/:
//   GET  environments         {"environments":[...]}: its processes, with their last log lines
//   GET  invocations?limit=N  {"invocations":[...]}: those that have ended, the newest first
//   POST recycle              {"environments":N}: ends all of them, idle ones now
//   POST attach               {"runtimeApi":"127.0.0.1:port","env":{...}}: what a process that a
//                             person starts needs to get the function's events
#pragma once

#include <string>
#include <vector>

#include "server/gate/route.h"
#include "storage/base/worker_pool.h"
#include "streams/functions/function_source.h"
#include "streams/invoke/function_invoker.h"

namespace millrace::server {

// All pointers outlive the routes.
struct FunctionRouteParts {
  streams::FunctionInvoker* invoker = nullptr;
  const streams::FunctionSource* functions = nullptr;
  WorkerPool* workers = nullptr;
  std::string region;
  std::string account;
};

// Adds the routes.
void AddFunctionRoutes(const FunctionRouteParts& parts, std::vector<Route>* routes);

}  // namespace millrace::server
