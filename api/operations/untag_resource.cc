// UntagResource.
#include "api/operations/untag_resource.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "api/operations/catalog_change.h"
#include "api/operations/table_tags.h"
#include "api/wire/constraints.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 2> kMembers = {{
    {"ResourceArn", &kStringShape},
    {"TagKeys", &kStringListShape},
}};

ApiStatus CheckRequest(json::Value input, std::vector<std::string>* keys) {
  RETURN_IF_API_ERROR(CheckTableResource(input.Find("ResourceArn")));
  const json::Value tag_keys = input.Find("TagKeys");
  ConstraintCollector constraints;
  constraints.RequirePresent(tag_keys, "tagKeys");
  RETURN_IF_API_ERROR(constraints.Finish());
  if (tag_keys.size() == 0) {
    return ValidationError("Atleast one Tag Key needs to be provided as Input.");
  }
  for (const json::Value key : tag_keys.elements()) {
    keys->emplace_back(key.AsString());
  }
  return ApiStatus::Ok();
}

ApiStatus NotFound() {
  return ApiStatus(ErrorType::kResourceNotFound, "Requested resource not found");
}

}  // namespace

const Shape kUntagResourceShape = {ShapeKind::kStructure, "UntagResourceInput", nullptr, kMembers};

void RunUntagResource(const Services& services, Call* call) {
  std::vector<std::string> keys;
  const ApiStatus status = CheckRequest(call->input, &keys);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const tables::TablePointer table =
      FindResource(services, call->input.Find("ResourceArn").AsString());
  if (table == nullptr) {
    call->Fail(NotFound());
    return;
  }
  ChangeAnswers answers;
  answers.changed = [](const tables::Table&, Call*) {};
  answers.not_found = [] { return NotFound(); };
  UpdateThroughCatalog(
      services, call, table->descriptor().name,
      [keys = std::move(keys)](const TableDescriptor&, TableDescriptor* changed) {
        RemoveTags(keys, &changed->tags);
        return ApiStatus::Ok();
      },
      false, std::move(answers));
}

}  // namespace millrace::api
