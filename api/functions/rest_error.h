// Errors of the functions service: a name, an HTTP status and a message, with the one table that
// says how each is written. Like ApiStatus, for a protocol that spells errors its own way.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "api/wire/call.h"
#include "api/wire/error.h"
#include "storage/base/status.h"

namespace millrace::api {

enum class RestErrorType {
  kInvalidParameterValue,
  kInvalidRequestContent,
  kValidation,
  kSerialization,
  kCodeStorageExceeded,
  kPolicyLengthExceeded,
  kResourceInUse,
  kRecursiveInvocation,
  kAccessDenied,
  kMissingAuthenticationToken,
  kIncompleteSignature,
  kInvalidSignature,
  kUnrecognizedClient,
  kExpiredToken,
  kUnknownOperation,
  kResourceNotFound,
  kProvisionedConcurrencyConfigNotFound,
  kResourceConflict,
  kPreconditionFailed,
  kRequestTooLarge,
  kRequestEntityTooLarge,
  kUnsupportedMediaType,
  kTooManyRequests,
  kService,
  kInvalidRuntime,
  kInvalidZipFile,
  kResourceNotReady,
  kServiceUnavailable,
};

// What went wrong, or nothing.
class [[nodiscard]] RestStatus {
 public:
  RestStatus() = default;
  RestStatus(RestErrorType type, std::string message)
      : ok_(false), type_(type), message_(std::move(message)) {}
  // kTooManyRequests, with what it is that there are too many of, as the protocol names it.
  static RestStatus Throttled(std::string reason) {
    RestStatus status(RestErrorType::kTooManyRequests, "Rate Exceeded.");
    status.reason_ = std::move(reason);
    return status;
  }

  bool ok() const { return ok_; }
  RestErrorType type() const { return type_; }
  const std::string& message() const { return message_; }
  const std::string& reason() const { return reason_; }

 private:
  bool ok_ = true;
  RestErrorType type_ = RestErrorType::kService;
  std::string message_;
  std::string reason_;
};

// The most frequent kinds.
RestStatus InvalidParameterValue(std::string message);
RestStatus RestNotFound(std::string message);
// "1 validation error detected: Value '<value>' at '<path>' failed to satisfy constraint:
// <constraint>"; several at once: ConstraintCollector, and FromApi of its outcome.
RestStatus RestConstraintError(std::string_view value, std::string_view path,
                               std::string_view constraint);

// An error of the checks that all protocols share (shapes, constraints, authentication).
RestStatus FromApi(const ApiStatus& status);
// What a failure of a store means for the caller, apart from those that the operation knows better.
RestStatus FromFunctionStore(const Status& status);

// Writes the error's body, appends its header lines, and returns its HTTP status. Thread-safe.
int WriteRestError(const RestStatus& status, std::string* headers, std::string* body);
// Answers the call with the error, on its home thread.
void FailRestCall(const RestStatus& status, Call* call);

#define RETURN_IF_REST_ERROR(expression)                \
  do {                                                  \
    ::millrace::api::RestStatus status_ = (expression); \
    if (!status_.ok()) {                                \
      return status_;                                   \
    }                                                   \
  } while (false)

}  // namespace millrace::api
