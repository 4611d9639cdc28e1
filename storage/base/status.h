// Status and Result<T>: how an expected failure travels. Our code throws nothing; a function that
// can fail returns one of these, and both are [[nodiscard]]. Codes carry the meaning, the message
// is for people: nothing may ever be decided by looking into a message. An OK status is one null
// pointer, so it costs nothing to return.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "storage/base/check.h"

namespace millrace {

// What went wrong, seen from storage. The api layer maps these to AWS errors in one table.
enum class StatusCode {
  kOk = 0,
  kNotFound,            // no such key, table or file
  kAlreadyExists,       // the thing to create is there
  kInvalidArgument,     // the caller's input is wrong
  kFailedPrecondition,  // the state does not allow it (table being deleted, database in use by
                        // another process)
  kRefused,        // a plan of the commit pipeline decided not to write; its owner holds the reason
  kSchemaChanged,  // the table description used was replaced meanwhile; look it up again and repeat
  kResourceExhausted,  // a bound was reached (queue, memory, disk); a retry may help
  kCorruption,         // stored bytes are not what was written, or were written by a newer version
  kIoError,            // the operating system or the disk said no
  kReadOnly,           // writes have stopped after a failed write
  kShuttingDown,       // the component is stopping
  kInternal,           // a bug
};

// Name of a code for logs, for example "kNotFound" -> "NotFound". Thread-safe.
std::string_view StatusCodeName(StatusCode code);

// The outcome of an operation without a value. Copyable, movable; const methods are thread-safe.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string_view message);
  Status(const Status& other);
  Status& operator=(const Status& other);
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;
  ~Status() = default;

  static Status Ok() { return Status(); }

  bool ok() const { return state_ == nullptr; }
  StatusCode code() const { return state_ == nullptr ? StatusCode::kOk : state_->code; }
  // The text for people; empty when ok().
  std::string_view message() const {
    return state_ == nullptr ? std::string_view() : state_->message;
  }
  // "NotFound: message", or "Ok".
  std::string ToString() const;
  // States that a failure here is of no consequence; say why in a comment at the call.
  void IgnoreError() const {}

 private:
  struct State {
    StatusCode code;
    std::string message;
  };
  std::unique_ptr<State> state_;
};

// A value or the reason why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT: implicit, so that `return value;` works
  Result(Status status) : status_(std::move(status)) {  // NOLINT: implicit likewise
    CHECK(!status_.ok());
  }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  // The value; CHECKs that there is one.
  T& value() & {
    CHECK(ok());
    return *value_;
  }
  const T& value() const& {
    CHECK(ok());
    return *value_;
  }
  T&& value() && {
    CHECK(ok());
    return *std::move(value_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::optional<T> value_;
  Status status_;
};

// Returns from the enclosing function when `expression` is not OK.
#define RETURN_IF_ERROR(expression)                           \
  do {                                                        \
    ::millrace::Status return_if_error_status = (expression); \
    if (!return_if_error_status.ok()) [[unlikely]] {          \
      return return_if_error_status;                          \
    }                                                         \
  } while (false)

#define MILLRACE_CONCATENATE_INNER(a, b) a##b
#define MILLRACE_CONCATENATE(a, b) MILLRACE_CONCATENATE_INNER(a, b)

// ASSIGN_OR_RETURN(auto x, Function()): binds the value, or returns the failure from the enclosing
// function.
#define ASSIGN_OR_RETURN(declaration, expression)                                               \
  ASSIGN_OR_RETURN_INNER(MILLRACE_CONCATENATE(assign_or_return_result_, __LINE__), declaration, \
                         expression)
#define ASSIGN_OR_RETURN_INNER(result, declaration, expression) \
  auto result = (expression);                                   \
  if (!result.ok()) [[unlikely]] {                              \
    return result.status();                                     \
  }                                                             \
  declaration = std::move(result).value()

}  // namespace millrace
