// ListTagsOfResource: all tags of a table in one page.
#include "api/operations/list_tags_of_resource.h"

#include <array>
#include <string>

#include "api/operations/table_tags.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 2> kMembers = {{
    {"ResourceArn", &kStringShape},
    {"NextToken", &kStringShape},
}};

// AWS does not tell whether a table exists to those who may not know.
ApiStatus RefuseAccess(const Services& services, std::string_view arn) {
  return ApiStatus(ErrorType::kAccessDenied,
                   "User: arn:aws:iam::" + services.account +
                       ":root is not authorized to perform: dynamodb:ListTagsOfResource on "
                       "resource: " +
                       std::string(arn));
}

ApiStatus ListTags(const Services& services, Call* call) {
  const json::Value arn = call->input.Find("ResourceArn");
  RETURN_IF_API_ERROR(CheckTableResource(arn));
  const tables::TablePointer table = FindResource(services, arn.AsString());
  if (table == nullptr) {
    return RefuseAccess(services, arn.AsString());
  }
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Key("Tags");
  writer.BeginArray();
  for (const Tag& tag : table->descriptor().tags) {
    writer.BeginObject();
    writer.Member("Key", tag.key);
    writer.Member("Value", tag.value);
    writer.EndObject();
  }
  writer.EndArray();
  writer.EndObject();
  return ApiStatus::Ok();
}

}  // namespace

const Shape kListTagsOfResourceShape = {ShapeKind::kStructure, "ListTagsOfResourceInput", nullptr,
                                        kMembers};

void RunListTagsOfResource(const Services& services, Call* call) {
  const ApiStatus status = ListTags(services, call);
  if (status.ok()) {
    call->Finish();
  } else {
    call->Fail(status);
  }
}

}  // namespace millrace::api
