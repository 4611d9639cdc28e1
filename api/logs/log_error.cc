// The errors of the logs protocol on the wire.
#include "api/logs/log_error.h"

#include "storage/base/json.h"
#include "storage/base/log.h"

namespace millrace::api {
namespace {

std::string_view NameOf(LogErrorType type) {
  switch (type) {
    case LogErrorType::kInvalidParameter:
      return "InvalidParameterException";
    case LogErrorType::kResourceAlreadyExists:
      return "ResourceAlreadyExistsException";
    case LogErrorType::kResourceNotFound:
      return "ResourceNotFoundException";
    case LogErrorType::kTooManyTags:
      return "TooManyTagsException";
    case LogErrorType::kServiceUnavailable:
      break;
  }
  return "ServiceUnavailableException";
}

}  // namespace

void FailLogCall(const LogStatus& status, Call* call) {
  call->http_status = status.type() == LogErrorType::kServiceUnavailable ? 500 : 400;
  call->body.clear();
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Member("__type", NameOf(status.type()));
  writer.Member("message", status.message());
  writer.EndObject();
  call->Finish();
}

void FinishLogCall(const LogStatus& status, Call* call) {
  if (status.ok()) {
    call->Finish();
  } else {
    FailLogCall(status, call);
  }
}

LogStatus InvalidLogParameter(std::string message) {
  return {LogErrorType::kInvalidParameter, std::move(message)};
}

LogStatus LogGroupMissing() {
  return {LogErrorType::kResourceNotFound, "The specified log group does not exist."};
}

LogStatus LogStreamMissing() {
  return {LogErrorType::kResourceNotFound, "The specified log stream does not exist."};
}

LogStatus FromLogStore(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
      return {};
    case StatusCode::kNotFound:
      return LogGroupMissing();
    case StatusCode::kFailedPrecondition:
      return LogStreamMissing();
    default:
      Log(LogLevel::kError, "a log could not be used status=\"" + status.ToString() + "\"");
      return {LogErrorType::kServiceUnavailable, "The service cannot complete the request."};
  }
}

}  // namespace millrace::api
