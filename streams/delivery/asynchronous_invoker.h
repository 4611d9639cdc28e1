// Taking events for functions that nobody waits for.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "storage/base/status.h"
#include "storage/base/task.h"

namespace millrace::streams {

struct AsynchronousEvent {
  std::string function_name;
  std::string qualifier;       // as the caller gave it
  std::string payload;         // JSON
  std::string trace_id;        // empty: one is made
  std::string client_context;  // JSON text; empty: none
};

// Thread-safe.
class AsynchronousInvoker {
 public:
  virtual ~AsynchronousInvoker() = default;
  // Stores the event; `done` runs once it is durable, on `home`, or on an internal thread, where it
  // must be brief, if that is nullptr. Gives the request id of the invocation. The caller has
  // checked that the function exists, and the size of the event.
  virtual void Enqueue(AsynchronousEvent event, TaskQueue* home,
                       std::function<void(Result<std::string> request_id)> done) = 0;
};

}  // namespace millrace::streams
