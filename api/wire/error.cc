// The table of errors and how each is written on the wire, and what failures of the storage layers
// mean to a client.
#include "api/wire/error.h"

#include <array>
#include <atomic>

#include "storage/base/clock.h"
#include "storage/base/json.h"
#include "storage/base/log.h"
#include "storage/base/utf8.h"

namespace millrace::api {
namespace {

// How the message member is called.
enum class MessageKey { kNone, kLower, kUpper };

struct ErrorRow {
  ErrorType type;
  std::string_view name;  // with its namespace
  MessageKey key;
  int http_status;
};

#define SERVICE "com.amazon.coral.service#"
#define VALIDATE "com.amazon.coral.validate#"
#define DYNAMODB "com.amazonaws.dynamodb.v20120810#"

// In the order of ErrorType.
constexpr std::array<ErrorRow, 28> kRows = {{
    {ErrorType::kValidation, VALIDATE "ValidationException", MessageKey::kLower, 400},
    {ErrorType::kSerialization, SERVICE "SerializationException", MessageKey::kUpper, 400},
    {ErrorType::kUnknownOperation, SERVICE "UnknownOperationException", MessageKey::kNone, 400},
    {ErrorType::kMissingAuthenticationToken, SERVICE "MissingAuthenticationTokenException",
     MessageKey::kLower, 400},
    {ErrorType::kIncompleteSignature, SERVICE "IncompleteSignatureException", MessageKey::kLower,
     400},
    {ErrorType::kInvalidSignature, SERVICE "InvalidSignatureException", MessageKey::kLower, 400},
    {ErrorType::kUnrecognizedClient, SERVICE "UnrecognizedClientException", MessageKey::kLower,
     400},
    {ErrorType::kExpiredToken, SERVICE "ExpiredTokenException", MessageKey::kLower, 400},
    {ErrorType::kAccessDenied, SERVICE "AccessDeniedException", MessageKey::kUpper, 400},
    {ErrorType::kThrottling, SERVICE "ThrottlingException", MessageKey::kLower, 400},
    {ErrorType::kInternalFailure, SERVICE "InternalFailure", MessageKey::kLower, 500},
    {ErrorType::kServiceUnavailable, SERVICE "ServiceUnavailable", MessageKey::kLower, 503},
    {ErrorType::kResourceNotFound, DYNAMODB "ResourceNotFoundException", MessageKey::kLower, 400},
    {ErrorType::kResourceInUse, DYNAMODB "ResourceInUseException", MessageKey::kLower, 400},
    {ErrorType::kConditionalCheckFailed, DYNAMODB "ConditionalCheckFailedException",
     MessageKey::kLower, 400},
    {ErrorType::kTransactionCanceled, DYNAMODB "TransactionCanceledException", MessageKey::kUpper,
     400},
    {ErrorType::kTransactionConflict, DYNAMODB "TransactionConflictException", MessageKey::kLower,
     400},
    {ErrorType::kTransactionInProgress, DYNAMODB "TransactionInProgressException",
     MessageKey::kUpper, 400},
    {ErrorType::kIdempotentParameterMismatch, DYNAMODB "IdempotentParameterMismatchException",
     MessageKey::kUpper, 400},
    {ErrorType::kItemCollectionSizeLimitExceeded,
     DYNAMODB "ItemCollectionSizeLimitExceededException", MessageKey::kLower, 400},
    {ErrorType::kProvisionedThroughputExceeded, DYNAMODB "ProvisionedThroughputExceededException",
     MessageKey::kLower, 400},
    {ErrorType::kRequestLimitExceeded, DYNAMODB "RequestLimitExceeded", MessageKey::kLower, 400},
    {ErrorType::kLimitExceeded, DYNAMODB "LimitExceededException", MessageKey::kLower, 400},
    {ErrorType::kDuplicateItem, DYNAMODB "DuplicateItemException", MessageKey::kLower, 400},
    {ErrorType::kPolicyNotFound, DYNAMODB "PolicyNotFoundException", MessageKey::kLower, 400},
    {ErrorType::kExpiredIterator, DYNAMODB "ExpiredIteratorException", MessageKey::kLower, 400},
    {ErrorType::kTrimmedDataAccess, DYNAMODB "TrimmedDataAccessException", MessageKey::kLower, 400},
    {ErrorType::kInternalServerError, DYNAMODB "InternalServerError", MessageKey::kLower, 500},
}};

#undef SERVICE
#undef VALIDATE
#undef DYNAMODB

constexpr bool RowsAreInOrder() {
  for (size_t index = 0; index < kRows.size(); ++index) {
    if (static_cast<size_t>(kRows[index].type) != index) {
      return false;
    }
  }
  return static_cast<size_t>(ErrorType::kInternalServerError) + 1 == kRows.size();
}
static_assert(RowsAreInOrder(), "kRows is indexed by ErrorType");

ApiStatus Internal(const Status& status) {
  Log(LogLevel::kError, "storage failure answered as InternalServerError: " + status.ToString());
  return ApiStatus(ErrorType::kInternalServerError, "Internal server error");
}

// An overloaded server refuses thousands of requests a second. A line a second tells as much, and
// leaves the log to others.
void LogRefusal(const Status& status) {
  constexpr int64_t kMicrosecondsPerSecond = 1'000'000;
  static std::atomic<int64_t> last_second{-1};
  const int64_t second = SystemClock().MonotonicUs() / kMicrosecondsPerSecond;
  if (last_second.exchange(second, std::memory_order_relaxed) != second) {
    Log(LogLevel::kWarning, "request refused: " + status.ToString());
  }
}

}  // namespace

ApiStatus::ApiStatus(ErrorType type, std::string_view message)
    : error_(std::make_unique<ApiError>()) {
  error_->type = type;
  error_->message = message;
}

ApiStatus ValidationError(std::string_view message) {
  return ApiStatus(ErrorType::kValidation, message);
}

ApiStatus EnvelopedValidationError(std::string_view message) {
  ApiStatus status(ErrorType::kValidation, message);
  status.error().enveloped_on_writes = true;
  return status;
}

ApiStatus WithWriteEnvelope(ApiStatus status) {
  if (!status.ok() && status.error().enveloped_on_writes) {
    status.error().message.insert(0, "1 validation error detected: ");
    status.error().enveloped_on_writes = false;
  }
  return status;
}

ApiStatus FromStorage(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
      return ApiStatus::Ok();
    case StatusCode::kNotFound:
      return ApiStatus(ErrorType::kResourceNotFound, "Requested resource not found");
    case StatusCode::kAlreadyExists:
    case StatusCode::kFailedPrecondition:
      return ApiStatus(ErrorType::kResourceInUse,
                       "Attempt to change a resource which is still in use");
    case StatusCode::kResourceExhausted:
    case StatusCode::kShuttingDown:
      // Clients repeat such a request after a pause, which is all that is needed.
      LogRefusal(status);
      return ApiStatus(ErrorType::kServiceUnavailable,
                       "The service is temporarily unable to handle the request");
    case StatusCode::kInvalidArgument:
    case StatusCode::kRefused:
    case StatusCode::kSchemaChanged:
    case StatusCode::kCorruption:
    case StatusCode::kIoError:
    case StatusCode::kReadOnly:
    case StatusCode::kInternal:
      return Internal(status);
  }
  return Internal(status);
}

int WriteErrorBody(const ApiError& error, std::string* body) {
  const ErrorRow& row = kRows[static_cast<size_t>(error.type)];
  json::Writer writer(body);
  writer.BeginObject();
  writer.Member("__type", row.name);
  // TransactionCanceledException has its reasons in front of the message, other errors their
  // members behind it.
  const bool members_first = error.type == ErrorType::kTransactionCanceled;
  if (members_first && !error.members.empty()) {
    writer.Raw(error.members);
  }
  if (row.key != MessageKey::kNone && !error.message.empty()) {
    const std::string_view name = row.key == MessageKey::kUpper ? "Message" : "message";
    // Messages repeat what the client sent, and its header fields may be any bytes.
    if (IsValidUtf8(error.message)) {
      writer.Member(name, error.message);
    } else {
      writer.Member(name, ToValidUtf8(error.message));
    }
  }
  if (!members_first && !error.members.empty()) {
    writer.Raw(error.members);
  }
  writer.EndObject();
  return row.http_status;
}

}  // namespace millrace::api
