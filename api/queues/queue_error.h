// Errors of the queue protocol. They have names of their own, and a header with the code that the
// same error had in the older form of the protocol, by which clients tell them apart.
#pragma once

#include <string>
#include <string_view>

#include "api/wire/call.h"
#include "storage/base/status.h"

namespace millrace::api {

enum class QueueErrorType {
  kBatchEntryIdsNotDistinct,
  kBatchRequestTooLong,
  kEmptyBatchRequest,
  kInvalidAddress,
  kInvalidAttributeName,
  kInvalidAttributeValue,
  kInvalidBatchEntryId,
  kInvalidMessageContents,
  kInvalidParameterValue,
  kMessageNotInflight,
  kMissingParameter,
  kOverLimit,
  kPurgeQueueInProgress,
  kQueueDoesNotExist,
  kQueueNameExists,
  kReceiptHandleIsInvalid,
  kTooManyEntriesInBatchRequest,
  kUnsupportedOperation,
  kInternalError,
};

// What went wrong, or nothing: like ApiStatus, for this protocol.
class [[nodiscard]] QueueStatus {
 public:
  QueueStatus() = default;
  QueueStatus(QueueErrorType type, std::string message)
      : ok_(false), type_(type), message_(std::move(message)) {}
  bool ok() const { return ok_; }
  QueueErrorType type() const { return type_; }
  const std::string& message() const { return message_; }

 private:
  bool ok_ = true;
  QueueErrorType type_ = QueueErrorType::kInternalError;
  std::string message_;
};

// The name as entries of batches carry it, and whether the sender is at fault.
std::string_view QueueErrorCode(QueueErrorType type);
bool IsSenderFault(QueueErrorType type);

// Answers the call with the error.
void FailQueueCall(const QueueStatus& status, Call* call);

QueueStatus QueueMissing();
// What a failure of the store means for the caller.
QueueStatus FromQueueStore(const Status& status);

#define RETURN_IF_QUEUE_ERROR(expression)                \
  do {                                                   \
    ::millrace::api::QueueStatus status_ = (expression); \
    if (!status_.ok()) {                                 \
      return status_;                                    \
    }                                                    \
  } while (false)

}  // namespace millrace::api
