// DescribeLogGroups: pages in the order of the names; the token is the last name of the page.
#include <algorithm>
#include <array>
#include <vector>

#include "api/logs/log_request.h"
#include "api/logs/operation_list.h"

namespace millrace::api {
namespace {

constexpr int64_t kPageMax = 50;

constexpr std::array<ShapeMember, 7> kMembers = {{
    {"logGroupNamePrefix", &kStringShape},
    {"logGroupNamePattern", &kStringShape},
    {"nextToken", &kStringShape},
    {"limit", &kIntegerShape},
    {"includeLinkedAccounts", &kBooleanShape},
    {"logGroupClass", &kStringShape},
    {"logGroupIdentifiers", &kStringListShape},
}};

LogStatus WriteGroup(const Services& services, const LogGroup& group, json::Writer* writer) {
  const Result<uint64_t> size = services.logs->SizeOf(group.group_id);
  if (!size.ok()) {
    return FromLogStore(size.status());
  }
  const std::string arn = LogGroupArn(services, group.name);
  writer->BeginObject();
  writer->Member("logGroupName", group.name);
  writer->Key("creationTime");
  writer->Int(group.creation_ms);
  if (group.retention_days > 0) {
    writer->Key("retentionInDays");
    writer->Int(group.retention_days);
  }
  writer->Key("metricFilterCount");
  writer->Int(0);
  writer->Member("arn", arn + ":*");
  writer->Key("storedBytes");
  writer->Int(static_cast<int64_t>(size.value()));
  if (!group.key_arn.empty()) {
    writer->Member("kmsKeyId", group.key_arn);
  }
  writer->Member("logGroupClass", group.group_class.empty() ? "STANDARD" : group.group_class);
  writer->Member("logGroupArn", arn);
  writer->EndObject();
  return {};
}

// Whether a request is about the group, apart from the beginning of its name.
bool Accepts(const Services& services, json::Value input, const LogGroup& group) {
  const std::string_view wanted_class = LogTextOf(input, "logGroupClass");
  const std::string_view own_class =
      group.group_class.empty() ? std::string_view("STANDARD") : group.group_class;
  if (group.name.find(LogTextOf(input, "logGroupNamePattern")) == std::string::npos ||
      (!wanted_class.empty() && wanted_class != own_class)) {
    return false;
  }
  const json::Value identifiers = input.Find("logGroupIdentifiers");
  if (!identifiers.present()) {
    return true;
  }
  for (const json::Value identifier : identifiers.elements()) {
    const std::string_view text = identifier.AsString();
    if (text == group.name || LogGroupOfArn(services, text) == group.name) {
      return true;
    }
  }
  return false;
}

LogStatus Describe(const Services& services, size_t count, Call* call) {
  const json::Value input = call->input;
  const auto groups = services.logs->ListGroups(
      LogTextOf(input, "logGroupNamePrefix"), LogTextOf(input, "nextToken"), count,
      [&](const LogGroup& group) { return Accepts(services, input, group); });
  if (!groups.ok()) {
    return FromLogStore(groups.status());
  }
  const size_t shown = std::min(count, groups.value().size());
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Key("logGroups");
  writer.BeginArray();
  for (size_t index = 0; index < shown; ++index) {
    RETURN_IF_LOG_ERROR(WriteGroup(services, groups.value()[index], &writer));
  }
  writer.EndArray();
  if (shown < groups.value().size()) {
    writer.Member("nextToken", groups.value()[shown - 1].name);
  }
  writer.EndObject();
  return {};
}

}  // namespace

const Shape kDescribeLogGroupsShape = {ShapeKind::kStructure, "DescribeLogGroupsRequest", nullptr,
                                       kMembers};

void RunDescribeLogGroups(const Services& services, Call* call) {
  int64_t count = kPageMax;
  LogStatus status = ReadLogRange(call->input, "limit", 1, kPageMax, &count);
  if (status.ok() && call->input.Find("logGroupNamePrefix").present() &&
      call->input.Find("logGroupNamePattern").present()) {
    status = InvalidLogParameter(
        "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  }
  if (!status.ok()) {
    FailLogCall(status, call);
    return;
  }
  ReadLogOnWorker(services, call, [&services, count, call] {
    return Describe(services, static_cast<size_t>(count), call);
  });
}

}  // namespace millrace::api
