// ListQueues: pages in order of the names; the token is the last name of the page.
#include <array>

#include "api/queues/operation_list.h"
#include "api/queues/queue_request.h"

namespace millrace::api {
namespace {

constexpr int64_t kPageMax = 1000;

constexpr std::array<ShapeMember, 3> kMembers = {{
    {"QueueNamePrefix", &kStringShape},
    {"NextToken", &kStringShape},
    {"MaxResults", &kIntegerShape},
}};

std::string_view TextOf(json::Value value) {
  return value.present() ? value.AsString() : std::string_view();
}

}  // namespace

const Shape kListQueuesShape = {ShapeKind::kStructure, "ListQueuesInput", nullptr, kMembers};

void RunListQueues(const Services& services, Call* call) {
  int64_t count = kPageMax;
  const QueueStatus status = ReadRange(call->input, "MaxResults", 1, kPageMax, &count);
  if (!status.ok()) {
    FailQueueCall(status, call);
    return;
  }
  bool more = false;
  const std::vector<std::string> names = services.queues->List(
      TextOf(call->input.Find("QueueNamePrefix")), TextOf(call->input.Find("NextToken")),
      static_cast<size_t>(count), &more);
  json::Writer writer(&call->body);
  writer.BeginObject();
  if (!names.empty()) {
    writer.Key("QueueUrls");
    writer.BeginArray();
    for (const std::string& name : names) {
      writer.String(QueueUrl(services, *call, name));
    }
    writer.EndArray();
  }
  // Only who asks for pages gets them.
  if (more && call->input.Find("MaxResults").present()) {
    writer.Key("NextToken");
    writer.String(names.back());
  }
  writer.EndObject();
  call->Finish();
}

}  // namespace millrace::api
