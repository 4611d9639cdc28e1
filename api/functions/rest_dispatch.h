// From method and path to the operation of the functions service.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "api/functions/rest_call.h"
#include "api/functions/rest_error.h"
#include "api/wire/services.h"
#include "api/wire/shape.h"

namespace millrace::api {

// Where an operation begins. One on a worker may take its time; one on the I/O thread must be brief
// (it may still go to a worker later, with RestCall::RunOnWorker).
enum class RestThread : uint8_t { kHome, kWorker };

// How long bodies may be.
inline constexpr size_t kRestBodySizeMax = size_t{1} << 20;
inline constexpr size_t kRestCodeSizeMax = 70'167'211;
inline constexpr size_t kRestEventSizeMax = 6'291'456;

// One operation is one file of this folder and one line of a list.
struct RestOperation {
  std::string_view name;
  std::string_view method;
  std::string_view path;         // "/2015-03-31/functions/{FunctionName}/code"
  const Shape* input = nullptr;  // of the JSON body; nullptr: the body is not looked at
  // Answers the call now or later, on any thread.
  void (*run)(const Services& services, RestCall* call) = nullptr;
  RestThread thread = RestThread::kHome;
  // Longer bodies are refused unread, with this error.
  size_t body_size_max = kRestBodySizeMax;
  RestErrorType too_large = RestErrorType::kRequestTooLarge;
};

// The question whether a caller may do what is asked; see AccessCheck. Thread-safe.
class RestAccessCheck {
 public:
  virtual ~RestAccessCheck() = default;
  // AccessDeniedException if not. `carrier` is what carries the call, and notes the denial.
  virtual RestStatus Check(const Services& services, const RestCall& call, Call* carrier) const = 0;
};

// Immutable after construction, so thread-safe.
class RestDispatcher {
 public:
  // Without `access` every caller may do everything.
  RestDispatcher(const Services& services, std::vector<RestOperation> operations,
                 const RestAccessCheck* access = nullptr);

  // The operation for a request line, and the open segments of the path; nullptr if there is none.
  const RestOperation* Find(std::string_view method, std::string_view path,
                            RestSegments* segments) const;
  // How long the body of such a request may be.
  size_t BodySizeMax(std::string_view method, std::string_view path) const;
  // Runs the operation that Find has given; the call's answer is its own.
  void Run(const RestOperation& operation, RestSegments segments, const RestRequest& request,
           Call* call) const;

  // The errors of requests that no operation sees.
  RestStatus UnknownOperation() const;
  RestStatus BodyTooLarge(std::string_view method, std::string_view path) const;
  // Answers such a request, on the call's home thread.
  void Fail(const RestStatus& status, Call* call) const;

 private:
  // Ids of this service's answers are UUIDs.
  void SetRequestId(Call* call) const;

  const Services services_;
  const std::vector<RestOperation> operations_;
  const RestAccessCheck* const access_;
};

}  // namespace millrace::api
