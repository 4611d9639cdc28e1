// Checks of TransactItems and the wording of cancellations.
#include "api/operations/transact_request.h"

#include <utility>

#include "api/wire/attribute_json.h"
#include "api/wire/input_text.h"
#include "storage/base/bytes.h"
#include "storage/model/limits.h"

namespace millrace::api {
namespace {

constexpr std::string_view kNone = "None";

std::string_view CodeOf(const CancellationReason& reason) {
  if (reason.failure == nullptr || reason.failure->ok()) {
    return kNone;
  }
  if (!reason.code.empty()) {
    return reason.code;
  }
  switch (reason.failure->error().type) {
    case ErrorType::kConditionalCheckFailed:
      return "ConditionalCheckFailed";
    case ErrorType::kDuplicateItem:
      return "DuplicateItem";
    case ErrorType::kItemCollectionSizeLimitExceeded:
      return "ItemCollectionSizeLimitExceeded";
    case ErrorType::kProvisionedThroughputExceeded:
      return "ProvisionedThroughputExceeded";
    case ErrorType::kThrottling:
      return "ThrottlingError";
    default:
      return "ValidationError";
  }
}

}  // namespace

void CheckTransactItems(const Shape& shape, json::Value items, ConstraintCollector* constraints) {
  constexpr std::string_view kPath = "transactItems";
  if (!items.present()) {
    constraints->AddNull(kPath);
    return;
  }
  if (items.size() > limits::kTransactionActionsMax) {
    std::string text;
    AppendInputText(shape, items, &text);
    constraints->AddValue(text, kPath, "Member must have length less than or equal to 100");
    return;
  }
  constraints->CheckLength(items, kPath, 1, limits::kTransactionActionsMax);
  int index = 0;
  for (const json::Value item : items.elements()) {
    ++index;
    if (item.IsNull()) {
      constraints->AddNull("transactItems." + std::to_string(index) + ".member");
    }
  }
}

std::string ActionPath::Text(std::string_view rest) const {
  std::string path = "transactItems." + std::to_string(index_ + 1) + ".member.";
  return path.append(action_).append(rest);
}

void RequireActionMember(json::Value parameters, std::string_view name, std::string_view path_name,
                         const ActionPath& path, ConstraintCollector* constraints) {
  if (!parameters.Find(name).present()) {
    constraints->AddNull(path.Text("." + std::string(path_name)));
  }
}

void CheckActionTableName(json::Value parameters, const ActionPath& path,
                          ConstraintCollector* constraints) {
  // Once for the usual answer, and only if it is not that, again with the path.
  ConstraintCollector probe;
  CheckItemTableName(parameters.Find("TableName"), &probe);
  if (!probe.empty()) {
    CheckItemTableName(parameters.Find("TableName"), constraints, path.Text(".tableName"));
  }
}

ApiStatus TransactionCanceled(std::span<const CancellationReason> reasons) {
  ApiError error;
  error.type = ErrorType::kTransactionCanceled;
  error.message = "Transaction cancelled, please refer cancellation reasons for specific reasons [";
  error.members = "\"CancellationReasons\":";
  json::Writer writer(&error.members);
  writer.BeginArray();
  bool first = true;
  for (const CancellationReason& reason : reasons) {
    const std::string_view code = CodeOf(reason);
    error.message.append(first ? "" : ", ").append(code);
    first = false;
    writer.BeginObject();
    writer.Member("Code", code);
    if (code != kNone) {
      writer.Member("Message", reason.failure->error().message);
    }
    if (reason.item.present()) {
      writer.Key("Item");
      WriteAttributes(reason.item.attributes(), &writer);
    }
    writer.EndObject();
  }
  writer.EndArray();
  error.message.push_back(']');
  return ApiStatus(std::move(error));
}

ApiStatus CheckpointConflict(size_t action_count) {
  const ApiStatus conflict(ErrorType::kTransactionConflict,
                           "The batch that the checkpoint token belongs to is no longer current");
  const std::vector<CancellationReason> reasons(
      action_count, CancellationReason{&conflict, ItemView(), "CheckpointConflict"});
  return TransactionCanceled(reasons);
}

ApiStatus TokenMismatch() {
  return ApiStatus(ErrorType::kIdempotentParameterMismatch,
                   "The provided client token has already been used with a different set of "
                   "parameters.");
}

void AppendChargedSize(uint32_t size_bytes, std::string* payload) {
  AppendVarint32(payload, size_bytes);
}

uint32_t ChargedSizes::Next() {
  uint32_t size = 0;
  if (!damaged()) {
    next_ = ReadVarint32(next_, end_, &size);
  }
  return damaged() ? 0 : size;
}

ApiStatus ChargedSizes::Damage() {
  return FromStorage(
      Status(StatusCode::kCorruption, "the payload of an idempotency token is damaged"));
}

}  // namespace millrace::api
