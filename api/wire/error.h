// Errors as AWS clients see them: a name, an HTTP status and a message, with the one table that
// says how each is written on the wire. Operations return ApiStatus; an OK one costs nothing.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "storage/base/status.h"

namespace millrace::api {

// The errors this server can answer with. error.cc has name, namespace, key and HTTP status of
// each, tested row by row.
enum class ErrorType {
  kValidation,
  kSerialization,
  kUnknownOperation,
  kMissingAuthenticationToken,
  kIncompleteSignature,
  kInvalidSignature,
  kUnrecognizedClient,
  kExpiredToken,
  kAccessDenied,
  kThrottling,
  kInternalFailure,     // transport level, HTTP 500
  kServiceUnavailable,  // transport level, HTTP 503
  kResourceNotFound,
  kResourceInUse,
  kConditionalCheckFailed,
  kTransactionCanceled,
  kTransactionConflict,
  kTransactionInProgress,
  kIdempotentParameterMismatch,
  kItemCollectionSizeLimitExceeded,
  kProvisionedThroughputExceeded,
  kRequestLimitExceeded,
  kLimitExceeded,
  kDuplicateItem,
  kPolicyNotFound,
  kExpiredIterator,
  kTrimmedDataAccess,
  kInternalServerError,
};

struct ApiError {
  ErrorType type = ErrorType::kValidation;
  std::string message;  // empty: the error has none, and its key is absent
  // Further members of the error object as JSON text without braces, for example `"Item":{...}`;
  // usually empty.
  std::string members;
  // PutItem and UpdateItem put "1 validation error detected: " in front of such a message; others
  // leave it bare.
  bool enveloped_on_writes = false;
};

// The outcome of a step of an operation. Movable, not copyable.
class [[nodiscard]] ApiStatus {
 public:
  ApiStatus() = default;
  ApiStatus(ApiError error)
      : error_(std::make_unique<ApiError>(std::move(error))) {}  // NOLINT: implicit
  ApiStatus(ErrorType type, std::string_view message);

  static ApiStatus Ok() { return ApiStatus(); }
  bool ok() const { return error_ == nullptr; }
  const ApiError& error() const { return *error_; }
  ApiError& error() { return *error_; }

 private:
  std::unique_ptr<ApiError> error_;
};

// A ValidationException with this message.
ApiStatus ValidationError(std::string_view message);
// Likewise, one that PutItem and UpdateItem envelop.
ApiStatus EnvelopedValidationError(std::string_view message);
// Applies the envelope of PutItem and UpdateItem to an error that asks for it.
ApiStatus WithWriteEnvelope(ApiStatus status);

// What storage failures mean to a client (kNotFound -> ResourceNotFoundException, kIoError ->
// InternalServerError ...).
ApiStatus FromStorage(const Status& status);

// Writes the error object and returns the HTTP status. Thread-safe.
int WriteErrorBody(const ApiError& error, std::string* body);

#define RETURN_IF_API_ERROR(expression)                                   \
  do {                                                                    \
    ::millrace::api::ApiStatus return_if_api_error_status = (expression); \
    if (!return_if_api_error_status.ok()) [[unlikely]] {                  \
      return return_if_api_error_status;                                  \
    }                                                                     \
  } while (false)

}  // namespace millrace::api
