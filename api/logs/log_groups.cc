// CreateLogGroup and DeleteLogGroup.
#include <algorithm>
#include <array>
#include <utility>

#include "api/logs/log_request.h"
#include "api/logs/operation_list.h"

namespace millrace::api {
namespace {

constexpr size_t kTagsMax = 50;

constexpr std::array<ShapeMember, 4> kCreateMembers = {{
    {"logGroupName", &kStringShape},
    {"kmsKeyId", &kStringShape},
    {"tags", &kStringMapShape},
    {"logGroupClass", &kStringShape},
}};
constexpr std::array<ShapeMember, 1> kDeleteMembers = {{{"logGroupName", &kStringShape}}};

LogStatus ReadGroup(json::Value input, LogGroup* group) {
  RETURN_IF_LOG_ERROR(ReadLogGroupName(input, &group->name));
  group->key_arn = LogTextOf(input, "kmsKeyId");
  group->group_class = LogTextOf(input, "logGroupClass");
  constexpr std::array<std::string_view, 4> kClasses = {"", "STANDARD", "INFREQUENT_ACCESS",
                                                        "DELIVERY"};
  if (std::find(kClasses.begin(), kClasses.end(), group->group_class) == kClasses.end()) {
    return InvalidLogParameter(
        "1 validation error detected: Value '" + group->group_class +
        "' at 'logGroupClass' failed to satisfy constraint: Member must satisfy enum value set: "
        "[STANDARD, INFREQUENT_ACCESS, DELIVERY]");
  }
  RETURN_IF_LOG_ERROR(ReadLogTags(input.Find("tags"), &group->tags));
  std::sort(group->tags.begin(), group->tags.end(),
            [](const Tag& a, const Tag& b) { return a.key < b.key; });
  if (group->tags.size() > kTagsMax) {
    return InvalidLogParameter("A log group can have up to 50 tags.");
  }
  return {};
}

}  // namespace

const Shape kCreateLogGroupShape = {ShapeKind::kStructure, "CreateLogGroupRequest", nullptr,
                                    kCreateMembers};
const Shape kDeleteLogGroupShape = {ShapeKind::kStructure, "DeleteLogGroupRequest", nullptr,
                                    kDeleteMembers};

void RunCreateLogGroup(const Services& services, Call* call) {
  LogGroup group;
  const LogStatus status = ReadGroup(call->input, &group);
  if (!status.ok()) {
    FailLogCall(status, call);
    return;
  }
  services.logs->CreateGroup(std::move(group), call->home, [call](const Status& created) {
    if (created.code() == StatusCode::kAlreadyExists) {
      FailLogCall({LogErrorType::kResourceAlreadyExists, "The specified log group already exists"},
                  call);
    } else {
      FinishLogCall(FromLogStore(created), call);
    }
  });
}

void RunDeleteLogGroup(const Services& services, Call* call) {
  std::string name;
  const LogStatus status = ReadLogGroupName(call->input, &name);
  if (!status.ok()) {
    FailLogCall(status, call);
    return;
  }
  services.logs->DeleteGroup(
      name, call->home, [call](const Status& done) { FinishLogCall(FromLogStore(done), call); });
}

}  // namespace millrace::api
