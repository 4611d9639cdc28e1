// Reading and checking, for the three operations and CreateTable.
#include "api/operations/resource_policy.h"

#include <cstring>

#include "api/access/policy.h"
#include "api/wire/arn.h"
#include "api/wire/constraints.h"
#include "storage/base/digest.h"

namespace millrace::api {
namespace {

constexpr std::string_view kInvalid = "One or more parameter values were invalid: ";
constexpr std::string_view kNoPolicy = "NO_POLICY";

}  // namespace

ApiStatus ReadPolicyHolder(const Services& services, json::Value input, PolicyHolder* holder) {
  const json::Value arn = input.Find("ResourceArn");
  ConstraintCollector constraints;
  constraints.RequirePresent(arn, "resourceArn");
  constraints.CheckLength(arn, "resourceArn", 1, 1283);
  RETURN_IF_API_ERROR(constraints.Finish());
  const std::string_view text = arn.AsString();
  holder->arn = text;
  std::string_view table = text;
  if (const std::optional<StreamArn> stream = ParseStreamArn(text); stream.has_value()) {
    holder->stream_label = stream->label;
    table = text.substr(0, text.find("/stream/"));
  } else if (!ParseTableArn(text).has_value()) {
    return ValidationError("Invalid ResourceArn: " + holder->arn);
  }
  holder->table_name = TableNameFromParameter(services, table);
  return ApiStatus::Ok();
}

ApiStatus CheckResourcePolicy(std::string_view text) {
  if (text.size() > access::Policy::kDocumentSizeMax) {
    return ValidationError(std::string(kInvalid) +
                           "Resource policy exceeds the size limit of 20480 bytes");
  }
  access::Policy policy;
  const Status status = policy.AddText(text, access::PolicyKind::kResource);
  if (!status.ok()) {
    return ValidationError(std::string(kInvalid) +
                           "Invalid policy document: " + std::string(status.message()));
  }
  return ApiStatus::Ok();
}

const std::string* FindResourcePolicy(const TableDescriptor& table, std::string_view stream_label) {
  if (stream_label.empty()) {
    return &table.resource_policy;
  }
  return table.stream.has_value() && table.stream->label == stream_label ? &table.stream->policy
                                                                         : nullptr;
}

std::string* FindResourcePolicy(TableDescriptor* table, std::string_view stream_label) {
  return const_cast<std::string*>(
      FindResourcePolicy(static_cast<const TableDescriptor&>(*table), stream_label));
}

std::string PolicyRevision(std::string_view text) {
  const std::array<uint8_t, 32> digest = Sha256(text);
  uint64_t number = 0;
  std::memcpy(&number, digest.data(), sizeof(number));
  return std::to_string(number);
}

ApiStatus CheckExpectedRevision(json::Value expected, std::string_view present,
                                const PolicyHolder& holder) {
  if (!expected.present()) {
    return ApiStatus::Ok();
  }
  const bool fits = present.empty() ? expected.AsString() == kNoPolicy
                                    : expected.AsString() == PolicyRevision(present);
  return fits ? ApiStatus::Ok() : PolicyNotFound(holder);
}

ApiStatus PolicyNotFound(const PolicyHolder& holder) {
  return ApiStatus(ErrorType::kPolicyNotFound,
                   "Resource-based policy not found for the provided ResourceArn: " + holder.arn);
}

ApiStatus PolicyHolderNotFound(const PolicyHolder& holder) {
  return ApiStatus(ErrorType::kResourceNotFound,
                   "Requested resource not found: ResourcArn: " + holder.arn + " not found");
}

}  // namespace millrace::api
