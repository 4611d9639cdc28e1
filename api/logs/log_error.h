// Errors of the logs protocol, which have names and sentences of their own.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "api/wire/call.h"
#include "storage/base/status.h"

namespace millrace::api {

enum class LogErrorType {
  kInvalidParameter,
  kResourceAlreadyExists,
  kResourceNotFound,
  kTooManyTags,
  kServiceUnavailable,
};

// What went wrong, or nothing: like ApiStatus, for this protocol.
class [[nodiscard]] LogStatus {
 public:
  LogStatus() = default;
  LogStatus(LogErrorType type, std::string message)
      : ok_(false), type_(type), message_(std::move(message)) {}
  bool ok() const { return ok_; }
  LogErrorType type() const { return type_; }
  const std::string& message() const { return message_; }

 private:
  bool ok_ = true;
  LogErrorType type_ = LogErrorType::kInvalidParameter;
  std::string message_;
};

// Answers the call with the error.
void FailLogCall(const LogStatus& status, Call* call);
// The end of a call: the error, or what is in call->body.
void FinishLogCall(const LogStatus& status, Call* call);

LogStatus InvalidLogParameter(std::string message);
LogStatus LogGroupMissing();
LogStatus LogStreamMissing();
// What a failure of the store means for the caller: kNotFound is a missing group,
// kFailedPrecondition a missing stream.
LogStatus FromLogStore(const Status& status);

#define RETURN_IF_LOG_ERROR(expression)                \
  do {                                                 \
    ::millrace::api::LogStatus status_ = (expression); \
    if (!status_.ok()) {                               \
      return status_;                                  \
    }                                                  \
  } while (false)

}  // namespace millrace::api
