// TagQueue, UntagQueue and ListQueueTags: three small operations on one list.
#include <algorithm>
#include <array>

#include "api/queues/operation_list.h"
#include "api/queues/queue_request.h"

namespace millrace::api {
namespace {

constexpr size_t kTagsMax = 50;

constexpr std::array<ShapeMember, 2> kTagMembers = {{
    {"QueueUrl", &kStringShape},
    {"Tags", &kStringMapShape},
}};
constexpr std::array<ShapeMember, 2> kUntagMembers = {{
    {"QueueUrl", &kStringShape},
    {"TagKeys", &kStringListShape},
}};
constexpr std::array<ShapeMember, 1> kListMembers = {{{"QueueUrl", &kStringShape}}};

// Changes the tags of the queue that the call is about.
void ChangeTags(const Services& services, std::function<void(std::vector<Tag>*)> change,
                Call* call) {
  streams::QueuePointer queue;
  const QueueStatus status = FindQueue(services, call->input, &queue);
  if (!status.ok()) {
    FailQueueCall(status, call);
    return;
  }
  services.queues->Update(
      queue->descriptor.name,
      [change = std::move(change)](QueueDescriptor* changed) {
        change(&changed->tags);
        std::sort(changed->tags.begin(), changed->tags.end(),
                  [](const Tag& a, const Tag& b) { return a.key < b.key; });
        return changed->tags.size() <= kTagsMax ? Status::Ok()
                                                : Status(StatusCode::kRefused, "too many tags");
      },
      call->home,
      [call](const Result<streams::QueuePointer>& changed) {
        if (changed.status().code() == StatusCode::kRefused) {
          FailQueueCall({QueueErrorType::kInvalidParameterValue, "Too many tags added for queue."},
                        call);
        } else {
          FinishQueueCall(FromQueueStore(changed.status()), call);
        }
      });
}

}  // namespace

const Shape kTagQueueShape = {ShapeKind::kStructure, "TagQueueInput", nullptr, kTagMembers};
const Shape kUntagQueueShape = {ShapeKind::kStructure, "UntagQueueInput", nullptr, kUntagMembers};
const Shape kListQueueTagsShape = {ShapeKind::kStructure, "ListQueueTagsInput", nullptr,
                                   kListMembers};

void RunTagQueue(const Services& services, Call* call) {
  std::vector<Tag> added;
  const json::Value tags = call->input.Find("Tags");
  if (tags.present()) {
    for (const json::Member& tag : tags.members()) {
      added.push_back({std::string(tag.name), std::string(tag.value.AsString())});
    }
  }
  ChangeTags(
      services,
      [added](std::vector<Tag>* changed) {
        for (const Tag& tag : added) {
          std::erase_if(*changed, [&](const Tag& old) { return old.key == tag.key; });
          changed->push_back(tag);
        }
      },
      call);
}

void RunUntagQueue(const Services& services, Call* call) {
  std::vector<std::string> removed;
  const json::Value keys = call->input.Find("TagKeys");
  if (keys.present()) {
    for (const json::Value key : keys.elements()) {
      removed.emplace_back(key.AsString());
    }
  }
  ChangeTags(
      services,
      [removed](std::vector<Tag>* changed) {
        std::erase_if(*changed, [&](const Tag& tag) {
          return std::find(removed.begin(), removed.end(), tag.key) != removed.end();
        });
      },
      call);
}

void RunListQueueTags(const Services& services, Call* call) {
  streams::QueuePointer queue;
  const QueueStatus status = FindQueue(services, call->input, &queue);
  if (!status.ok()) {
    FailQueueCall(status, call);
    return;
  }
  json::Writer writer(&call->body);
  writer.BeginObject();
  if (!queue->descriptor.tags.empty()) {
    writer.Key("Tags");
    writer.BeginObject();
    for (const Tag& tag : queue->descriptor.tags) {
      writer.Key(tag.key);
      writer.String(tag.value);
    }
    writer.EndObject();
  }
  writer.EndObject();
  call->Finish();
}

}  // namespace millrace::api
