// TagResource.
#include "api/operations/tag_resource.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "api/operations/catalog_change.h"
#include "api/operations/table_constraints.h"
#include "api/operations/table_shapes.h"
#include "api/operations/table_tags.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 2> kMembers = {{
    {"ResourceArn", &kStringShape},
    {"Tags", &kTagListShape},
}};

ApiStatus CheckRequest(json::Value input, std::vector<Tag>* added) {
  RETURN_IF_API_ERROR(CheckTableResource(input.Find("ResourceArn")));
  const json::Value tags = input.Find("Tags");
  ConstraintCollector constraints;
  constraints.RequirePresent(tags, "tags");
  RETURN_IF_API_ERROR(constraints.Finish());
  if (tags.size() == 0) {
    return ValidationError("Atleast one Tag needs to be provided as Input.");
  }
  CheckTagConstraints(tags, &constraints);
  RETURN_IF_API_ERROR(constraints.Finish());
  return ReadTags(tags, added);
}

ApiStatus NotFound(const std::string& arn) {
  return ApiStatus(ErrorType::kResourceNotFound,
                   "Requested resource not found: ResourcArn: " + arn + " not found");
}

}  // namespace

const Shape kTagResourceShape = {ShapeKind::kStructure, "TagResourceInput", nullptr, kMembers};

void RunTagResource(const Services& services, Call* call) {
  std::vector<Tag> added;
  const ApiStatus status = CheckRequest(call->input, &added);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const std::string arn(call->input.Find("ResourceArn").AsString());
  const tables::TablePointer table = FindResource(services, arn);
  if (table == nullptr) {
    call->Fail(NotFound(arn));
    return;
  }
  ChangeAnswers answers;
  answers.changed = [](const tables::Table&, Call*) {};
  answers.not_found = [arn] { return NotFound(arn); };
  UpdateThroughCatalog(
      services, call, table->descriptor().name,
      [added = std::move(added)](const TableDescriptor&, TableDescriptor* changed) {
        return MergeTags(added, &changed->tags);
      },
      false, std::move(answers));
}

}  // namespace millrace::api
