// Documents that say how invocations failed, where no handler could say it.
#include "streams/invoke/invocation.h"

#include <array>
#include <cstdio>
#include <utility>

#include "storage/base/json.h"

namespace millrace::streams {
namespace {

InvocationEnd Failure(const std::string& type, const std::string& message) {
  InvocationEnd end;
  end.status = InvocationEnd::Status::kError;
  end.error_type = type;
  json::Writer writer(&end.payload);
  writer.BeginObject();
  writer.Member("errorType", type);
  writer.Member("errorMessage", message);
  writer.EndObject();
  return end;
}

}  // namespace

std::string_view StatusName(InvocationEnd::Status status) {
  switch (status) {
    case InvocationEnd::Status::kSuccess:
      return "success";
    case InvocationEnd::Status::kTimeout:
      return "timeout";
    case InvocationEnd::Status::kError:
      break;
  }
  return "error";
}

InvocationEnd TimedOut(const std::string& id, int64_t limit_ms) {
  std::array<char, 32> seconds;
  std::snprintf(seconds.data(), seconds.size(), "%.2f", static_cast<double>(limit_ms) / 1000);
  InvocationEnd end =
      Failure("Sandbox.Timedout",
              "RequestId: " + id + " Error: Task timed out after " + seconds.data() + " seconds");
  end.status = InvocationEnd::Status::kTimeout;
  end.limit_ms = limit_ms;
  return end;
}

InvocationEnd RuntimeExited(const std::string& id, const std::string& how, bool out_of_memory) {
  const std::string cause = how.empty() ? "Runtime exited without providing a reason"
                                        : "Runtime exited with error: " + how;
  return Failure(out_of_memory ? "Runtime.OutOfMemory" : "Runtime.ExitError",
                 "RequestId: " + id + " Error: " + cause);
}

InvocationEnd ResponseTooLarge() {
  return Failure("Function.ResponseSizeTooLarge",
                 "Response payload size exceeded maximum allowed payload size (6291556 bytes).");
}

InvocationEnd CannotStart(const std::string& id, const std::string& type,
                          const std::string& cause) {
  return Failure(type, "RequestId: " + id + " Error: " + cause);
}

InvocationEnd HandlerFailed(std::string document, std::string error_type) {
  InvocationEnd end;
  end.status = InvocationEnd::Status::kError;
  end.payload = std::move(document);
  end.error_type = error_type.empty() ? "Unhandled" : std::move(error_type);
  return end;
}

}  // namespace millrace::streams
