// PutRetentionPolicy and DeleteRetentionPolicy.
#include <algorithm>
#include <array>

#include "api/logs/log_request.h"
#include "api/logs/operation_list.h"

namespace millrace::api {
namespace {

constexpr std::array<int64_t, 22> kDays = {1,    3,    5,    7,    14,   30,  60,  90,
                                           120,  150,  180,  365,  400,  545, 731, 1096,
                                           1827, 2192, 2557, 2922, 3288, 3653};

constexpr std::array<ShapeMember, 2> kPutMembers = {{
    {"logGroupName", &kStringShape},
    {"retentionInDays", &kIntegerShape},
}};
constexpr std::array<ShapeMember, 1> kDeleteMembers = {{{"logGroupName", &kStringShape}}};

LogStatus ReadDays(json::Value input, int64_t* days) {
  const json::Value value = input.Find("retentionInDays");
  if (!value.present()) {
    return InvalidLogParameter(
        "1 validation error detected: Value null at 'retentionInDays' failed to satisfy "
        "constraint: Member must not be null");
  }
  *days = value.AsInt64();
  if (std::find(kDays.begin(), kDays.end(), *days) != kDays.end()) {
    return {};
  }
  std::string allowed;
  for (const int64_t each : kDays) {
    allowed += (allowed.empty() ? "" : ", ") + std::to_string(each);
  }
  return InvalidLogParameter("1 validation error detected: Value '" + std::to_string(*days) +
                             "' at 'retentionInDays' failed to satisfy constraint: Member must "
                             "satisfy enum value set: [" +
                             allowed + "]");
}

void SetRetention(const Services& services, const LogStatus& status, const std::string& name,
                  int64_t days, Call* call) {
  if (!status.ok()) {
    FailLogCall(status, call);
    return;
  }
  services.logs->UpdateGroup(
      name,
      [days](LogGroup* group) {
        group->retention_days = days;
        return Status::Ok();
      },
      call->home, [call](const Status& done) { FinishLogCall(FromLogStore(done), call); });
}

}  // namespace

const Shape kPutRetentionPolicyShape = {ShapeKind::kStructure, "PutRetentionPolicyRequest", nullptr,
                                        kPutMembers};
const Shape kDeleteRetentionPolicyShape = {ShapeKind::kStructure, "DeleteRetentionPolicyRequest",
                                           nullptr, kDeleteMembers};

void RunPutRetentionPolicy(const Services& services, Call* call) {
  std::string name;
  int64_t days = 0;
  LogStatus status = ReadLogGroupName(call->input, &name);
  if (status.ok()) {
    status = ReadDays(call->input, &days);
  }
  SetRetention(services, status, name, days, call);
}

// Nothing is removed any more, not even after the time that the server's settings say.
void RunDeleteRetentionPolicy(const Services& services, Call* call) {
  std::string name;
  const LogStatus status = ReadLogGroupName(call->input, &name);
  SetRetention(services, status, name, kLogRetentionForever, call);
}

}  // namespace millrace::api
