// Tags of log groups, in two forms: by ARN, and the older one by name.
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "api/logs/log_request.h"
#include "api/logs/operation_list.h"

namespace millrace::api {
namespace {

constexpr size_t kTagsMax = 50;

constexpr std::array<ShapeMember, 2> kTagGroupMembers = {{
    {"logGroupName", &kStringShape},
    {"tags", &kStringMapShape},
}};
constexpr std::array<ShapeMember, 2> kUntagGroupMembers = {{
    {"logGroupName", &kStringShape},
    {"tags", &kStringListShape},
}};
constexpr std::array<ShapeMember, 1> kListGroupMembers = {{{"logGroupName", &kStringShape}}};
constexpr std::array<ShapeMember, 2> kTagMembers = {{
    {"resourceArn", &kStringShape},
    {"tags", &kStringMapShape},
}};
constexpr std::array<ShapeMember, 2> kUntagMembers = {{
    {"resourceArn", &kStringShape},
    {"tagKeys", &kStringListShape},
}};
constexpr std::array<ShapeMember, 1> kListMembers = {{{"resourceArn", &kStringShape}}};

// The group that resourceArn names.
LogStatus ReadResource(const Services& services, json::Value input, std::string* name) {
  const std::string_view arn = LogTextOf(input, "resourceArn");
  if (!arn.starts_with("arn:")) {
    return InvalidLogParameter("The resource ARN is not valid.");
  }
  const std::optional<std::string_view> group = LogGroupOfArn(services, arn);
  if (!group.has_value()) {
    return {LogErrorType::kResourceNotFound, "The specified resource does not exist."};
  }
  *name = *group;
  return {};
}

using Change = std::function<void(std::vector<Tag>*)>;

void ChangeTags(const Services& services, const LogStatus& status, const std::string& name,
                Change change, Call* call) {
  if (!status.ok()) {
    FailLogCall(status, call);
    return;
  }
  services.logs->UpdateGroup(
      name,
      [change = std::move(change)](LogGroup* group) {
        change(&group->tags);
        std::sort(group->tags.begin(), group->tags.end(),
                  [](const Tag& a, const Tag& b) { return a.key < b.key; });
        return group->tags.size() <= kTagsMax ? Status::Ok()
                                              : Status(StatusCode::kRefused, "too many tags");
      },
      call->home,
      [call](const Status& changed) {
        if (changed.code() == StatusCode::kRefused) {
          FailLogCall({LogErrorType::kTooManyTags, "A resource can have up to 50 tags."}, call);
        } else {
          FinishLogCall(FromLogStore(changed), call);
        }
      });
}

Change Adding(std::vector<Tag> added) {
  return [added = std::move(added)](std::vector<Tag>* changed) {
    for (const Tag& tag : added) {
      std::erase_if(*changed, [&](const Tag& old) { return old.key == tag.key; });
      changed->push_back(tag);
    }
  };
}

Change Removing(json::Value keys) {
  std::vector<std::string> removed;
  if (keys.present()) {
    for (const json::Value key : keys.elements()) {
      removed.emplace_back(key.AsString());
    }
  }
  return [removed = std::move(removed)](std::vector<Tag>* changed) {
    std::erase_if(*changed, [&](const Tag& tag) {
      return std::find(removed.begin(), removed.end(), tag.key) != removed.end();
    });
  };
}

void AnswerTags(const Services& services, const LogStatus& status, const std::string& name,
                Call* call) {
  if (!status.ok()) {
    FailLogCall(status, call);
    return;
  }
  ReadLogOnWorker(services, call, [&services, name, call]() -> LogStatus {
    const Result<LogGroup> group = services.logs->FindGroup(name);
    if (!group.ok()) {
      return FromLogStore(group.status());
    }
    json::Writer writer(&call->body);
    writer.BeginObject();
    writer.Key("tags");
    writer.BeginObject();
    for (const Tag& tag : group.value().tags) {
      writer.Member(tag.key, tag.value);
    }
    writer.EndObject();
    writer.EndObject();
    return {};
  });
}

}  // namespace

const Shape kTagLogGroupShape = {ShapeKind::kStructure, "TagLogGroupRequest", nullptr,
                                 kTagGroupMembers};
const Shape kUntagLogGroupShape = {ShapeKind::kStructure, "UntagLogGroupRequest", nullptr,
                                   kUntagGroupMembers};
const Shape kListTagsLogGroupShape = {ShapeKind::kStructure, "ListTagsLogGroupRequest", nullptr,
                                      kListGroupMembers};
const Shape kTagLogResourceShape = {ShapeKind::kStructure, "TagResourceRequest", nullptr,
                                    kTagMembers};
const Shape kUntagLogResourceShape = {ShapeKind::kStructure, "UntagResourceRequest", nullptr,
                                      kUntagMembers};
const Shape kListTagsForLogResourceShape = {ShapeKind::kStructure, "ListTagsForResourceRequest",
                                            nullptr, kListMembers};

void RunTagLogGroup(const Services& services, Call* call) {
  std::string name;
  std::vector<Tag> added;
  LogStatus status = ReadLogGroupName(call->input, &name);
  if (status.ok()) {
    status = ReadLogTags(call->input.Find("tags"), &added);
  }
  ChangeTags(services, status, name, Adding(std::move(added)), call);
}

void RunUntagLogGroup(const Services& services, Call* call) {
  std::string name;
  const LogStatus status = ReadLogGroupName(call->input, &name);
  ChangeTags(services, status, name, Removing(call->input.Find("tags")), call);
}

void RunListTagsLogGroup(const Services& services, Call* call) {
  std::string name;
  const LogStatus status = ReadLogGroupName(call->input, &name);
  AnswerTags(services, status, name, call);
}

void RunTagLogResource(const Services& services, Call* call) {
  std::string name;
  std::vector<Tag> added;
  LogStatus status = ReadResource(services, call->input, &name);
  if (status.ok()) {
    status = ReadLogTags(call->input.Find("tags"), &added);
  }
  ChangeTags(services, status, name, Adding(std::move(added)), call);
}

void RunUntagLogResource(const Services& services, Call* call) {
  std::string name;
  const LogStatus status = ReadResource(services, call->input, &name);
  ChangeTags(services, status, name, Removing(call->input.Find("tagKeys")), call);
}

void RunListTagsForLogResource(const Services& services, Call* call) {
  std::string name;
  const LogStatus status = ReadResource(services, call->input, &name);
  AnswerTags(services, status, name, call);
}

}  // namespace millrace::api
