// One event on its way through the invoker.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "streams/functions/function_source.h"
#include "streams/invoke/invoker.h"
#include "streams/invoke/log_capture.h"

namespace millrace::streams {

// Belongs to the loop.
struct Invocation {
  InvokeRequest request;
  RunnableFunctionPointer function;
  std::string id;
  std::string trace_id;
  bool reserved = false;          // the function had a reservation when this was taken
  bool cold = false;              // an environment is being started for it
  int64_t delivered_us = -1;      // monotonic; -1: no handler has it
  int64_t delivered_ms = 0;       // wall time
  int64_t init_duration_us = -1;  // of the environment that was started for it
  LogTail tail;                   // filled if it is wanted
  std::function<void(InvokeResult)> done;
};
using InvocationPointer = std::shared_ptr<Invocation>;

// How it ended.
struct InvocationEnd {
  enum class Status : uint8_t { kSuccess, kError, kTimeout };
  Status status = Status::kSuccess;
  std::string payload;     // the response, or the failure document
  std::string error_type;  // unless kSuccess
  int64_t limit_ms = 0;    // kTimeout: which time was exceeded
  int64_t max_memory_bytes = 0;
};

// "success", "error", "timeout".
std::string_view StatusName(InvocationEnd::Status status);

// Failure documents that the server makes.
InvocationEnd TimedOut(const std::string& id, int64_t limit_ms);
// `how`: "exit status 1", "signal: killed"; empty: it ended well but without an answer.
InvocationEnd RuntimeExited(const std::string& id, const std::string& how, bool out_of_memory);
InvocationEnd ResponseTooLarge();
// `type` is "Runtime.InvalidRuntime" or "Runtime.InvalidEntrypoint".
InvocationEnd CannotStart(const std::string& id, const std::string& type, const std::string& cause);
// A document that came from the handler's side.
InvocationEnd HandlerFailed(std::string document, std::string error_type);

}  // namespace millrace::streams
