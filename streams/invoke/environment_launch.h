// Starting the process of an environment: everything that may take milliseconds or longer, for
// workers.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "storage/base/status.h"
#include "streams/functions/function_source.h"
#include "streams/invoke/child_process.h"
#include "streams/invoke/invoker_services.h"
#include "streams/invoke/runtime_port.h"

namespace millrace::streams {

struct LaunchRequest {
  RunnableFunctionPointer function;
  std::string id;
  std::string log_stream;
  bool provisioned = false;
  RuntimePorts::Handler called;
  ProcessWatcher::Output output;
  ProcessWatcher::Ended ended;
};

// An environment's possessions.
struct Launched {
  Status status;           // the server is to blame
  std::string error_type;  // not empty: the function is
  std::string cause;
  FunctionFiles files;
  std::string folder;  // for temporary files
  std::unique_ptr<RuntimePort> port;
  pid_t process = 0;  // 0: there is none
  int64_t spawned_us = 0;
};

// Thread-safe. After a failure what has been made already is in the result, too.
std::shared_ptr<Launched> LaunchEnvironment(const InvokerServices& services,
                                            const LaunchRequest& request);

}  // namespace millrace::streams
