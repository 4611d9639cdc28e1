// PutResourcePolicy.
#include "api/operations/put_resource_policy.h"

#include <array>
#include <utility>

#include "api/operations/catalog_change.h"
#include "api/operations/resource_policy.h"
#include "api/wire/constraints.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 4> kMembers = {{
    {"ResourceArn", &kStringShape},
    {"Policy", &kStringShape},
    {"ExpectedRevisionId", &kStringShape},
    {"ConfirmRemoveSelfResourceAccess", &kBooleanShape},
}};

ApiStatus CheckRequest(const Services& services, json::Value input, PolicyHolder* holder) {
  ConstraintCollector constraints;
  constraints.RequirePresent(input.Find("Policy"), "policy");
  constraints.RequirePresent(input.Find("ResourceArn"), "resourceArn");
  constraints.CheckLength(input.Find("ExpectedRevisionId"), "expectedRevisionId", 1, 255);
  RETURN_IF_API_ERROR(constraints.Finish());
  RETURN_IF_API_ERROR(ReadPolicyHolder(services, input, holder));
  return CheckResourcePolicy(input.Find("Policy").AsString());
}

}  // namespace

const Shape kPutResourcePolicyShape = {ShapeKind::kStructure, "PutResourcePolicyInput", nullptr,
                                       kMembers};

void RunPutResourcePolicy(const Services& services, Call* call) {
  PolicyHolder holder;
  const ApiStatus status = CheckRequest(services, call->input, &holder);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  std::string text(call->input.Find("Policy").AsString());
  const json::Value expected = call->input.Find("ExpectedRevisionId");
  ChangeAnswers answers;
  answers.changed = [text](const tables::Table&, Call* changed) {
    json::Writer writer(&changed->body);
    writer.BeginObject();
    writer.Member("RevisionId", PolicyRevision(text));
    writer.EndObject();
  };
  answers.not_found = [holder] { return PolicyHolderNotFound(holder); };
  const std::string table_name = holder.table_name;
  UpdateThroughCatalog(
      services, call, table_name,
      [text = std::move(text), expected, holder = std::move(holder)](const TableDescriptor& current,
                                                                     TableDescriptor* changed) {
        const std::string* const present = FindResourcePolicy(current, holder.stream_label);
        if (present == nullptr) {
          return PolicyHolderNotFound(holder);
        }
        RETURN_IF_API_ERROR(CheckExpectedRevision(expected, *present, holder));
        *FindResourcePolicy(changed, holder.stream_label) = text;
        return ApiStatus::Ok();
      },
      false, std::move(answers));
}

}  // namespace millrace::api
