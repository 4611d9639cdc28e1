// The table of the functions service's errors.
#include "api/functions/rest_error.h"

#include "api/wire/constraints.h"
#include "storage/base/json.h"
#include "storage/base/log.h"
#include "storage/base/utf8.h"

namespace millrace::api {
namespace {

// Who is at fault, as the body says it.
enum class Fault { kUser, kService, kUnsaid };

struct ErrorRow {
  std::string_view name;
  int http_status = 500;
  Fault fault = Fault::kUser;
  bool has_upper_message = false;  // the member `Message` besides `message`
};

ErrorRow RowOf(RestErrorType type) {
  switch (type) {
    case RestErrorType::kInvalidParameterValue:
      return {"InvalidParameterValueException", 400};
    case RestErrorType::kInvalidRequestContent:
      return {"InvalidRequestContentException", 400};
    case RestErrorType::kValidation:
      return {"ValidationException", 400, Fault::kUnsaid};
    case RestErrorType::kSerialization:
      return {"SerializationException", 400, Fault::kUser, true};
    case RestErrorType::kCodeStorageExceeded:
      return {"CodeStorageExceededException", 400};
    case RestErrorType::kPolicyLengthExceeded:
      return {"PolicyLengthExceededException", 400};
    case RestErrorType::kResourceInUse:
      return {"ResourceInUseException", 400, Fault::kUser, true};
    case RestErrorType::kRecursiveInvocation:
      return {"RecursiveInvocationException", 400, Fault::kUser, true};
    case RestErrorType::kAccessDenied:
      return {"AccessDeniedException", 403, Fault::kUser, true};
    case RestErrorType::kMissingAuthenticationToken:
      return {"MissingAuthenticationTokenException", 403, Fault::kUnsaid, true};
    case RestErrorType::kIncompleteSignature:
      return {"IncompleteSignatureException", 403, Fault::kUnsaid, true};
    case RestErrorType::kInvalidSignature:
      return {"InvalidSignatureException", 403, Fault::kUnsaid, true};
    case RestErrorType::kUnrecognizedClient:
      return {"UnrecognizedClientException", 403, Fault::kUnsaid, true};
    case RestErrorType::kExpiredToken:
      return {"ExpiredTokenException", 403, Fault::kUnsaid, true};
    case RestErrorType::kUnknownOperation:
      return {"UnknownOperationException", 404, Fault::kUser, true};
    case RestErrorType::kResourceNotFound:
      return {"ResourceNotFoundException", 404, Fault::kUser, true};
    case RestErrorType::kProvisionedConcurrencyConfigNotFound:
      return {"ProvisionedConcurrencyConfigNotFoundException", 404};
    case RestErrorType::kResourceConflict:
      return {"ResourceConflictException", 409};
    case RestErrorType::kPreconditionFailed:
      return {"PreconditionFailedException", 412};
    case RestErrorType::kRequestTooLarge:
      return {"RequestTooLargeException", 413};
    case RestErrorType::kRequestEntityTooLarge:
      return {"RequestEntityTooLargeException", 413};
    case RestErrorType::kUnsupportedMediaType:
      return {"UnsupportedMediaTypeException", 415};
    case RestErrorType::kTooManyRequests:
      return {"TooManyRequestsException", 429};
    case RestErrorType::kInvalidRuntime:
      return {"InvalidRuntimeException", 502, Fault::kUser, true};
    case RestErrorType::kInvalidZipFile:
      return {"InvalidZipFileException", 502, Fault::kUser, true};
    case RestErrorType::kResourceNotReady:
      return {"ResourceNotReadyException", 502, Fault::kService, true};
    case RestErrorType::kServiceUnavailable:
      return {"ServiceUnavailableException", 503, Fault::kService, true};
    case RestErrorType::kService:
      break;
  }
  return {"ServiceException", 500, Fault::kService, true};
}

RestErrorType TypeOf(ErrorType type) {
  switch (type) {
    case ErrorType::kValidation:
      return RestErrorType::kValidation;
    case ErrorType::kSerialization:
      return RestErrorType::kSerialization;
    case ErrorType::kUnknownOperation:
      return RestErrorType::kUnknownOperation;
    case ErrorType::kMissingAuthenticationToken:
      return RestErrorType::kMissingAuthenticationToken;
    case ErrorType::kIncompleteSignature:
      return RestErrorType::kIncompleteSignature;
    case ErrorType::kInvalidSignature:
      return RestErrorType::kInvalidSignature;
    case ErrorType::kUnrecognizedClient:
      return RestErrorType::kUnrecognizedClient;
    case ErrorType::kExpiredToken:
      return RestErrorType::kExpiredToken;
    case ErrorType::kAccessDenied:
      return RestErrorType::kAccessDenied;
    case ErrorType::kServiceUnavailable:
      return RestErrorType::kServiceUnavailable;
    default:
      return RestErrorType::kService;
  }
}

}  // namespace

RestStatus InvalidParameterValue(std::string message) {
  return {RestErrorType::kInvalidParameterValue, std::move(message)};
}

RestStatus RestNotFound(std::string message) {
  return {RestErrorType::kResourceNotFound, std::move(message)};
}

RestStatus RestConstraintError(std::string_view value, std::string_view path,
                               std::string_view constraint) {
  ConstraintCollector constraints;
  constraints.AddValue(value, path, constraint);
  return FromApi(constraints.Finish());
}

RestStatus FromApi(const ApiStatus& status) {
  if (status.ok()) {
    return {};
  }
  return {TypeOf(status.error().type), status.error().message};
}

RestStatus FromFunctionStore(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
      return {};
    case StatusCode::kNotFound:
      return RestNotFound("The resource you requested does not exist.");
    case StatusCode::kInvalidArgument:
      return InvalidParameterValue(std::string(status.message()));
    case StatusCode::kResourceExhausted:
    case StatusCode::kShuttingDown:
      // Clients repeat such a request after a pause, which is all that is needed.
      Log(LogLevel::kWarning, "request refused: " + status.ToString());
      return {RestErrorType::kServiceUnavailable,
              "The service is temporarily unable to handle the request."};
    default:
      Log(LogLevel::kError, "failure answered as ServiceException: " + status.ToString());
      return {RestErrorType::kService, "An error occurred and the request cannot be processed."};
  }
}

int WriteRestError(const RestStatus& status, std::string* headers, std::string* body) {
  const ErrorRow row = RowOf(status.type());
  headers->append("x-amzn-ErrorType: ").append(row.name).append("\r\n");
  body->clear();
  json::Writer writer(body);
  writer.BeginObject();
  if (row.fault != Fault::kUnsaid) {
    writer.Member("Type", row.fault == Fault::kUser ? "User" : "Service");
  }
  // As in other services: messages repeat header fields, which may be any bytes.
  const std::string message = ToValidUtf8(status.message());
  writer.Member("message", message);
  if (row.has_upper_message) {
    writer.Member("Message", message);
  }
  if (status.type() == RestErrorType::kTooManyRequests) {
    headers->append("Retry-After: 1\r\n");
    if (!status.reason().empty()) {
      writer.Member("Reason", status.reason());
    }
  }
  writer.EndObject();
  return row.http_status;
}

void FailRestCall(const RestStatus& status, Call* call) {
  call->http_status = WriteRestError(status, &call->extra_headers, &call->body);
  call->Finish();
}

}  // namespace millrace::api
