// GetResourcePolicy.
#include "api/operations/get_resource_policy.h"

#include <array>

#include "api/operations/resource_policy.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 1> kMembers = {{{"ResourceArn", &kStringShape}}};

ApiStatus GetPolicy(const Services& services, Call* call) {
  PolicyHolder holder;
  RETURN_IF_API_ERROR(ReadPolicyHolder(services, call->input, &holder));
  const tables::TablePointer table = services.catalog->Find(holder.table_name);
  if (table == nullptr || table->Gone(services.clock->NowMs())) {
    return PolicyHolderNotFound(holder);
  }
  const std::string* const policy = FindResourcePolicy(table->descriptor(), holder.stream_label);
  if (policy == nullptr) {
    return PolicyHolderNotFound(holder);
  }
  if (policy->empty()) {
    return PolicyNotFound(holder);
  }
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Member("Policy", *policy);
  writer.Member("RevisionId", PolicyRevision(*policy));
  writer.EndObject();
  return ApiStatus::Ok();
}

}  // namespace

const Shape kGetResourcePolicyShape = {ShapeKind::kStructure, "GetResourcePolicyInput", nullptr,
                                       kMembers};

void RunGetResourcePolicy(const Services& services, Call* call) {
  const ApiStatus status = GetPolicy(services, call);
  if (status.ok()) {
    call->Finish();
  } else {
    call->Fail(status);
  }
}

}  // namespace millrace::api
