// The table of queue errors.
#include "api/queues/queue_error.h"

#include "storage/base/json.h"
#include "storage/base/log.h"

namespace millrace::api {
namespace {

struct ErrorRow {
  std::string_view name;  // of the shape
  std::string_view code;  // of the older protocol
  int http_status = 400;
};

ErrorRow RowOf(QueueErrorType type) {
  switch (type) {
    case QueueErrorType::kBatchEntryIdsNotDistinct:
      return {"BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"};
    case QueueErrorType::kBatchRequestTooLong:
      return {"BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong"};
    case QueueErrorType::kEmptyBatchRequest:
      return {"EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest"};
    case QueueErrorType::kInvalidAddress:
      return {"InvalidAddress", "InvalidAddress"};
    case QueueErrorType::kInvalidAttributeName:
      return {"InvalidAttributeName", "InvalidAttributeName"};
    case QueueErrorType::kInvalidAttributeValue:
      return {"InvalidAttributeValue", "InvalidAttributeValue"};
    case QueueErrorType::kInvalidBatchEntryId:
      return {"InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId"};
    case QueueErrorType::kInvalidMessageContents:
      return {"InvalidMessageContents", "InvalidMessageContents"};
    case QueueErrorType::kInvalidParameterValue:
      return {"InvalidParameterValue", "InvalidParameterValue"};
    case QueueErrorType::kMessageNotInflight:
      return {"MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight"};
    case QueueErrorType::kMissingParameter:
      return {"MissingParameter", "MissingParameter"};
    case QueueErrorType::kOverLimit:
      return {"OverLimit", "OverLimit"};
    case QueueErrorType::kPurgeQueueInProgress:
      return {"PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress"};
    case QueueErrorType::kQueueDoesNotExist:
      return {"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"};
    case QueueErrorType::kQueueNameExists:
      return {"QueueNameExists", "QueueAlreadyExists"};
    case QueueErrorType::kReceiptHandleIsInvalid:
      return {"ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid"};
    case QueueErrorType::kTooManyEntriesInBatchRequest:
      return {"TooManyEntriesInBatchRequest",
              "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"};
    case QueueErrorType::kUnsupportedOperation:
      return {"UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation"};
    case QueueErrorType::kInternalError:
      break;
  }
  return {"InternalError", "InternalError", 500};
}

}  // namespace

std::string_view QueueErrorCode(QueueErrorType type) { return RowOf(type).name; }

bool IsSenderFault(QueueErrorType type) { return type != QueueErrorType::kInternalError; }

void FailQueueCall(const QueueStatus& status, Call* call) {
  const ErrorRow row = RowOf(status.type());
  call->http_status = row.http_status;
  call->extra_headers.append("x-amzn-query-error: ")
      .append(row.code)
      .append(IsSenderFault(status.type()) ? ";Sender\r\n" : ";Receiver\r\n");
  call->body.clear();
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Key("__type");
  writer.String(std::string("com.amazonaws.sqs#").append(row.name));
  writer.Key("message");
  writer.String(status.message());
  writer.EndObject();
  call->Finish();
}

QueueStatus QueueMissing() {
  return {QueueErrorType::kQueueDoesNotExist, "The specified queue does not exist."};
}

QueueStatus FromQueueStore(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
      return {};
    case StatusCode::kNotFound:
      return QueueMissing();
    case StatusCode::kResourceExhausted:
      return {QueueErrorType::kOverLimit, std::string(status.message())};
    default:
      Log(LogLevel::kError, "a queue could not be used status=\"" + status.ToString() + "\"");
      return {QueueErrorType::kInternalError, "Internal error"};
  }
}

}  // namespace millrace::api
