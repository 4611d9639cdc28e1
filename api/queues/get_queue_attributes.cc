// GetQueueAttributes. Counting messages is a walk, so it is done by the worker pool.
#include <array>
#include <memory>

#include "api/queues/operation_list.h"
#include "api/queues/queue_attributes.h"
#include "api/queues/queue_request.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 2> kMembers = {{
    {"QueueUrl", &kStringShape},
    {"AttributeNames", &kStringListShape},
}};

// First on a worker, then on the home thread.
class AttributesRead final : public Call::State, public Task {
 public:
  AttributesRead(const Services& services, streams::QueuePointer queue, Call* call)
      : services_(services), queue_(std::move(queue)), call_(call) {}

  void Run() override {
    if (!done_) {
      Write();
      done_ = true;
      call_->home->PostOne(this);
      return;
    }
    FinishQueueCall(status_, call_);
  }

 private:
  void Write() {
    json::Writer writer(&call_->body);
    writer.BeginObject();
    const json::Value names = call_->input.Find("AttributeNames");
    if (names.present() && names.size() > 0) {
      writer.Key("Attributes");
      status_ = WriteQueueAttributes(services_, *queue_, names, &writer);
    }
    writer.EndObject();
  }

  const Services& services_;
  const streams::QueuePointer queue_;
  Call* const call_;
  QueueStatus status_;
  bool done_ = false;
};

}  // namespace

const Shape kGetQueueAttributesShape = {ShapeKind::kStructure, "GetQueueAttributesInput", nullptr,
                                        kMembers};

void RunGetQueueAttributes(const Services& services, Call* call) {
  streams::QueuePointer queue;
  QueueStatus status = FindQueue(services, call->input, &queue);
  if (status.ok()) {
    status = CheckQueueAttributeNames(call->input.Find("AttributeNames"));
  }
  if (!status.ok()) {
    FailQueueCall(status, call);
    return;
  }
  auto read = std::make_unique<AttributesRead>(services, std::move(queue), call);
  AttributesRead* const started = read.get();
  call->state = std::move(read);
  if (!services.workers->TryPost(started)) {
    FailQueueCall({QueueErrorType::kInternalError, "Too many long reads are waiting"}, call);
  }
}

}  // namespace millrace::api
