// DeleteResourcePolicy. That there is none is a success, too, unless a revision is expected.
#include "api/operations/delete_resource_policy.h"

#include <array>
#include <memory>
#include <utility>

#include "api/operations/catalog_change.h"
#include "api/operations/resource_policy.h"
#include "api/wire/constraints.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 2> kMembers = {{
    {"ResourceArn", &kStringShape},
    {"ExpectedRevisionId", &kStringShape},
}};

ApiStatus CheckRequest(const Services& services, json::Value input, PolicyHolder* holder) {
  ConstraintCollector constraints;
  constraints.RequirePresent(input.Find("ResourceArn"), "resourceArn");
  constraints.CheckLength(input.Find("ExpectedRevisionId"), "expectedRevisionId", 1, 255);
  RETURN_IF_API_ERROR(constraints.Finish());
  return ReadPolicyHolder(services, input, holder);
}

}  // namespace

const Shape kDeleteResourcePolicyShape = {ShapeKind::kStructure, "DeleteResourcePolicyInput",
                                          nullptr, kMembers};

void RunDeleteResourcePolicy(const Services& services, Call* call) {
  PolicyHolder holder;
  const ApiStatus status = CheckRequest(services, call->input, &holder);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const json::Value expected = call->input.Find("ExpectedRevisionId");
  // The last run of the edit is the one that counts, and it comes before the answer.
  auto removed = std::make_shared<std::string>();
  ChangeAnswers answers;
  answers.changed = [removed](const tables::Table&, Call* changed) {
    json::Writer writer(&changed->body);
    writer.BeginObject();
    if (!removed->empty()) {
      writer.Member("RevisionId", PolicyRevision(*removed));
    }
    writer.EndObject();
  };
  answers.not_found = [holder] { return PolicyHolderNotFound(holder); };
  const std::string table_name = holder.table_name;
  UpdateThroughCatalog(
      services, call, table_name,
      [removed, expected, holder = std::move(holder)](const TableDescriptor& current,
                                                      TableDescriptor* changed) {
        const std::string* const present = FindResourcePolicy(current, holder.stream_label);
        if (present == nullptr) {
          return PolicyHolderNotFound(holder);
        }
        RETURN_IF_API_ERROR(CheckExpectedRevision(expected, *present, holder));
        *removed = *present;
        FindResourcePolicy(changed, holder.stream_label)->clear();
        return ApiStatus::Ok();
      },
      false, std::move(answers));
}

}  // namespace millrace::api
