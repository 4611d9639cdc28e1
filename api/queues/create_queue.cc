// CreateQueue. Asking for a queue that is there is fine as long as it is the same.
#include <array>
#include <utility>

#include "api/queues/operation_list.h"
#include "api/queues/queue_attributes.h"
#include "api/queues/queue_request.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 3> kMembers = {{
    {"QueueName", &kStringShape},
    {"Attributes", &kStringMapShape},
    {"tags", &kStringMapShape},
}};

void WriteUrl(const Services& services, std::string_view name, Call* call) {
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Key("QueueUrl");
  writer.String(QueueUrl(services, *call, name));
  writer.EndObject();
}

QueueStatus ReadQueue(const Services& services, json::Value input, QueueDescriptor* queue) {
  RETURN_IF_QUEUE_ERROR(CheckQueueName(input.Find("QueueName")));
  queue->name = input.Find("QueueName").AsString();
  queue->fifo = queue->name.ends_with(".fifo");
  RETURN_IF_QUEUE_ERROR(ApplyQueueAttributes(services, input.Find("Attributes"), queue));
  const json::Value tags = input.Find("tags");
  if (tags.present()) {
    for (const json::Member& tag : tags.members()) {
      queue->tags.push_back({std::string(tag.name), std::string(tag.value.AsString())});
    }
  }
  return {};
}

// There is a queue of the name.
void AnswerExisting(const Services& services, const streams::Queue& queue, Call* call) {
  if (!HasQueueAttributes(services, call->input.Find("Attributes"), queue.descriptor)) {
    FailQueueCall({QueueErrorType::kQueueNameExists,
                   "A queue already exists with the same name and a different value for an "
                   "attribute."},
                  call);
    return;
  }
  WriteUrl(services, queue.descriptor.name, call);
  call->Finish();
}

}  // namespace

const Shape kCreateQueueShape = {ShapeKind::kStructure, "CreateQueueInput", nullptr, kMembers};

void RunCreateQueue(const Services& services, Call* call) {
  QueueDescriptor queue;
  const QueueStatus status = ReadQueue(services, call->input, &queue);
  if (!status.ok()) {
    FailQueueCall(status, call);
    return;
  }
  const std::string name = queue.name;
  const streams::QueuePointer existing = services.queues->Find(name);
  if (existing != nullptr) {
    AnswerExisting(services, *existing, call);
    return;
  }
  services.queues->Create(std::move(queue), call->home,
                          [&services, name, call](const Result<streams::QueuePointer>& created) {
                            const streams::QueuePointer there =
                                created.status().code() == StatusCode::kAlreadyExists
                                    ? services.queues->Find(name)
                                    : nullptr;
                            if (there != nullptr) {
                              AnswerExisting(services, *there, call);
                            } else if (!created.ok()) {
                              FailQueueCall(FromQueueStore(created.status()), call);
                            } else {
                              WriteUrl(services, name, call);
                              call->Finish();
                            }
                          });
}

}  // namespace millrace::api
