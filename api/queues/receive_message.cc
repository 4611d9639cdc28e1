// ReceiveMessage. A long poll waits in the queue store, without a thread.
#include <array>
#include <cstdio>
#include <memory>
#include <utility>

#include "api/queues/message_request.h"
#include "api/queues/operation_list.h"
#include "api/queues/queue_request.h"
#include "storage/base/base64.h"
#include "storage/base/digest.h"

namespace millrace::api {
namespace {

constexpr int64_t kCountMax = 10;
constexpr int64_t kVisibilityMax = 43200;
constexpr int64_t kWaitMax = 20;

constexpr std::array<ShapeMember, 8> kMembers = {{
    {"QueueUrl", &kStringShape},
    {"AttributeNames", &kStringListShape},
    {"MessageSystemAttributeNames", &kStringListShape},
    {"MessageAttributeNames", &kStringListShape},
    {"MaxNumberOfMessages", &kIntegerShape},
    {"VisibilityTimeout", &kIntegerShape},
    {"WaitTimeSeconds", &kIntegerShape},
    {"ReceiveRequestAttemptId", &kStringShape},
}};

// Which attributes the client wants.
struct Wishes {
  std::vector<std::string> system;
  std::vector<std::string> user;

  static void Read(json::Value names, std::vector<std::string>* wishes) {
    if (names.present()) {
      for (const json::Value name : names.elements()) {
        wishes->emplace_back(name.AsString());
      }
    }
  }
  bool WantsSystem(std::string_view name) const {
    for (const std::string& wish : system) {
      if (wish == "All" || wish == name) {
        return true;
      }
    }
    return false;
  }
  bool WantsUser(std::string_view name) const {
    for (const std::string& wish : user) {
      const std::string_view text = wish;
      const bool by_prefix =
          text.ends_with(".*") && name.starts_with(text.substr(0, text.size() - 2));
      if (text == "All" || text == ".*" || text == name || by_prefix) {
        return true;
      }
    }
    return false;
  }
};

QueueStatus ReadRequest(const Services& services, json::Value input,
                        streams::ReceiveRequest* request, Wishes* wishes) {
  RETURN_IF_QUEUE_ERROR(FindQueue(services, input, &request->queue));
  const QueueSettings& settings = request->queue->descriptor.settings;
  int64_t count = 1;
  int64_t wait_s = settings.receive_wait_s;
  request->visibility_timeout_s = settings.visibility_timeout_s;
  RETURN_IF_QUEUE_ERROR(ReadRange(input, "MaxNumberOfMessages", 1, kCountMax, &count));
  RETURN_IF_QUEUE_ERROR(
      ReadRange(input, "VisibilityTimeout", 0, kVisibilityMax, &request->visibility_timeout_s));
  RETURN_IF_QUEUE_ERROR(ReadRange(input, "WaitTimeSeconds", 0, kWaitMax, &wait_s));
  request->count = static_cast<int>(count);
  request->wait_ms = wait_s * 1000;
  Wishes::Read(input.Find("AttributeNames"), &wishes->system);
  Wishes::Read(input.Find("MessageSystemAttributeNames"), &wishes->system);
  Wishes::Read(input.Find("MessageAttributeNames"), &wishes->user);
  return {};
}

void WriteSystemAttributes(const streams::Queue& queue, const QueueMessage& message,
                           const Wishes& wishes, json::Writer* writer) {
  if (wishes.system.empty()) {
    return;
  }
  writer->Key("Attributes");
  writer->BeginObject();
  const auto write = [&](std::string_view name, std::string_view text) {
    if (!text.empty() && wishes.WantsSystem(name)) {
      writer->Key(name);
      writer->String(text);
    }
  };
  write("SenderId", message.sender.empty() ? "anonymous" : message.sender);
  write("SentTimestamp", std::to_string(message.sent_ms));
  write("ApproximateReceiveCount", std::to_string(message.receive_count));
  write("ApproximateFirstReceiveTimestamp", std::to_string(message.first_received_ms));
  write("MessageGroupId", message.group_id);
  write("MessageDeduplicationId", message.deduplication_id);
  write("AWSTraceHeader", message.trace_header);
  write("DeadLetterQueueSourceArn", message.source_arn);
  if (queue.descriptor.fifo) {
    std::array<char, 24> digits;
    std::snprintf(digits.data(), digits.size(), "%020llu",
                  static_cast<unsigned long long>(message.number));
    write("SequenceNumber", digits.data());
  }
  writer->EndObject();
}

void WriteUserAttributes(const QueueMessage& message, const Wishes& wishes, json::Writer* writer) {
  std::vector<MessageAttribute> wanted;
  for (const MessageAttribute& attribute : message.attributes) {
    if (wishes.WantsUser(attribute.name)) {
      wanted.push_back(attribute);
    }
  }
  if (wanted.empty()) {
    return;
  }
  writer->Key("MD5OfMessageAttributes");
  writer->String(AttributesMd5(wanted));
  writer->Key("MessageAttributes");
  writer->BeginObject();
  for (const MessageAttribute& attribute : wanted) {
    writer->Key(attribute.name);
    writer->BeginObject();
    writer->Key("DataType");
    writer->String(attribute.data_type);
    writer->Key(attribute.is_binary() ? "BinaryValue" : "StringValue");
    if (attribute.is_binary()) {
      writer->Base64(attribute.value);
    } else {
      writer->String(attribute.value);
    }
    writer->EndObject();
  }
  writer->EndObject();
}

void WriteMessages(const streams::Queue& queue, const std::vector<QueueMessage>& messages,
                   const Wishes& wishes, std::string* body) {
  json::Writer writer(body);
  writer.BeginObject();
  if (!messages.empty()) {
    writer.Key("Messages");
    writer.BeginArray();
    for (const QueueMessage& message : messages) {
      writer.BeginObject();
      writer.Key("MessageId");
      writer.String(message.message_id);
      writer.Key("ReceiptHandle");
      writer.String(streams::FormatReceiptHandle(
          {queue.descriptor.queue_id, message.number, message.receipt}));
      writer.Key("MD5OfBody");
      writer.String(Md5Hex(message.body));
      writer.Key("Body");
      writer.String(message.body);
      WriteSystemAttributes(queue, message, wishes, &writer);
      WriteUserAttributes(message, wishes, &writer);
      writer.EndObject();
    }
    writer.EndArray();
  }
  writer.EndObject();
}

}  // namespace

const Shape kReceiveMessageShape = {ShapeKind::kStructure, "ReceiveMessageInput", nullptr,
                                    kMembers};

void RunReceiveMessage(const Services& services, Call* call) {
  streams::ReceiveRequest request;
  auto wishes = std::make_shared<Wishes>();
  const QueueStatus status = ReadRequest(services, call->input, &request, wishes.get());
  if (!status.ok()) {
    FailQueueCall(status, call);
    return;
  }
  const streams::QueuePointer queue = request.queue;
  services.queues->Receive(std::move(request), call->home,
                           [queue, wishes, call](const auto& result) {
                             if (result.status().code() == StatusCode::kSchemaChanged) {
                               // The queue was purged or deleted at this moment.
                               WriteMessages(*queue, {}, *wishes, &call->body);
                               call->Finish();
                               return;
                             }
                             if (!result.ok()) {
                               FailQueueCall(FromQueueStore(result.status()), call);
                               return;
                             }
                             WriteMessages(*queue, result.value(), *wishes, &call->body);
                             call->Finish();
                           });
}

}  // namespace millrace::api
