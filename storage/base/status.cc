// Status: names of codes, and the parts that allocate.
#include "storage/base/status.h"

namespace millrace {

std::string_view StatusCodeName(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return "Ok";
    case StatusCode::kNotFound:
      return "NotFound";
    case StatusCode::kAlreadyExists:
      return "AlreadyExists";
    case StatusCode::kInvalidArgument:
      return "InvalidArgument";
    case StatusCode::kFailedPrecondition:
      return "FailedPrecondition";
    case StatusCode::kRefused:
      return "Refused";
    case StatusCode::kSchemaChanged:
      return "SchemaChanged";
    case StatusCode::kResourceExhausted:
      return "ResourceExhausted";
    case StatusCode::kCorruption:
      return "Corruption";
    case StatusCode::kIoError:
      return "IoError";
    case StatusCode::kReadOnly:
      return "ReadOnly";
    case StatusCode::kShuttingDown:
      return "ShuttingDown";
    case StatusCode::kInternal:
      return "Internal";
  }
  return "Unknown";
}

Status::Status(StatusCode code, std::string_view message) {
  // An OK status has no state, so that comparing with nullptr is all that ok() does.
  if (code != StatusCode::kOk) {
    state_ = std::make_unique<State>(State{code, std::string(message)});
  }
}

Status::Status(const Status& other)
    : state_(other.state_ == nullptr ? nullptr : std::make_unique<State>(*other.state_)) {}

Status& Status::operator=(const Status& other) {
  if (this != &other) {
    state_ = other.state_ == nullptr ? nullptr : std::make_unique<State>(*other.state_);
  }
  return *this;
}

std::string Status::ToString() const {
  std::string text(StatusCodeName(code()));
  if (!ok()) {
    text.append(": ").append(state_->message);
  }
  return text;
}

}  // namespace millrace
