// Reading messages.
#include "api/queues/message_request.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "storage/base/base64.h"
#include "storage/base/bytes.h"
#include "storage/base/digest.h"

namespace millrace::api {
namespace {

constexpr size_t kAttributesMax = 10;
constexpr size_t kAttributeNameMax = 256;
constexpr size_t kIdSizeMax = 128;
constexpr int64_t kDelayMax = 900;
// Longer headers are not of anybody who traces.
constexpr size_t kTraceHeaderMax = 1024;

constexpr std::array<ShapeMember, 3> kMessageAttributeMembers = {{
    {"DataType", &kStringShape},
    {"StringValue", &kStringShape},
    {"BinaryValue", &kBlobShape},
}};
constexpr Shape kMessageAttributeShape = {ShapeKind::kStructure, "MessageAttributeValue", nullptr,
                                          kMessageAttributeMembers};

QueueStatus Invalid(std::string message) {
  return {QueueErrorType::kInvalidParameterValue, std::move(message)};
}

// XML's characters: no control characters but tab and line breaks, no U+FFFE and U+FFFF.
bool HasAllowedCharacters(std::string_view text) {
  for (size_t index = 0; index < text.size(); ++index) {
    const auto byte = static_cast<uint8_t>(text[index]);
    if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') {
      return false;
    }
    if (byte == 0xEF && text.substr(index, 2) == "\xEF\xBF" && index + 2 < text.size() &&
        static_cast<uint8_t>(text[index + 2]) >= 0xBE) {
      return false;
    }
  }
  return true;
}

bool HasIdCharacters(std::string_view text) {
  return !text.empty() && text.size() <= kIdSizeMax &&
         std::all_of(text.begin(), text.end(),
                     [](char letter) { return letter > ' ' && letter <= '~'; });
}

QueueStatus ReadAttribute(const json::Member& member, MessageAttribute* attribute) {
  const std::string name(member.name);
  const json::Value type = member.value.Find("DataType");
  const std::string_view data_type = type.present() ? type.AsString() : std::string_view();
  const std::string_view kind = data_type.substr(0, data_type.find('.'));
  if (kind != "String" && kind != "Number" && kind != "Binary") {
    return Invalid("The message attribute '" + name +
                   "' has an invalid message attribute type, the set of supported type prefixes is "
                   "Binary, Number, and String.");
  }
  if (name.empty() || name.size() > kAttributeNameMax) {
    return Invalid("Message (user) attribute name must be 1 to 256 characters long.");
  }
  attribute->name = name;
  attribute->data_type = data_type;
  const json::Value value = member.value.Find(kind == "Binary" ? "BinaryValue" : "StringValue");
  if (!value.present() || value.size() == 0) {
    return Invalid(
        "The message attribute '" + name +
        "' must contain a non-empty message attribute value for message attribute type '" +
        std::string(data_type) + "'.");
  }
  if (kind == "Binary") {
    // The shape has seen that it is base64.
    (void)DecodeBase64(value.AsString(), &attribute->value);
  } else {
    attribute->value = value.AsString();
    if (!HasAllowedCharacters(attribute->value)) {
      return {QueueErrorType::kInvalidMessageContents,
              "The message attribute '" + name + "' contains characters outside the allowed set."};
    }
  }
  return {};
}

QueueStatus ReadFifoMembers(json::Value input, const streams::Queue& queue,
                            streams::SendEntry* entry) {
  const json::Value group = input.Find("MessageGroupId");
  const json::Value id = input.Find("MessageDeduplicationId");
  if (group.present() && !HasIdCharacters(group.AsString())) {
    return Invalid(
        "MessageGroupId can only include alphanumeric and punctuation characters. 1 to "
        "128 in length.");
  }
  if (group.present()) {
    entry->message.group_id = group.AsString();
  }
  if (!queue.descriptor.fifo) {
    return id.present() ? Invalid(
                              "The request include parameter that is not valid for this queue "
                              "type")
                        : QueueStatus();
  }
  if (!group.present()) {
    return {QueueErrorType::kMissingParameter,
            "The request must contain the parameter MessageGroupId."};
  }
  if (id.present()) {
    if (!HasIdCharacters(id.AsString())) {
      return Invalid(
          "MessageDeduplicationId can only include alphanumeric and punctuation "
          "characters. 1 to 128 in length.");
    }
    entry->message.deduplication_id = id.AsString();
  } else if (queue.descriptor.settings.content_based_deduplication) {
    const auto digest = Sha256(entry->message.body);
    entry->message.deduplication_id =
        ToHex({reinterpret_cast<const char*>(digest.data()), digest.size()});
  } else {
    return Invalid(
        "The queue should either have ContentBasedDeduplication enabled or "
        "MessageDeduplicationId provided explicitly");
  }
  return {};
}

QueueStatus ReadDelay(json::Value input, const streams::Queue& queue, streams::SendEntry* entry) {
  const json::Value delay = input.Find("DelaySeconds");
  entry->delay_s = queue.descriptor.settings.delay_s;
  if (!delay.present()) {
    return {};
  }
  const int64_t seconds = delay.AsInt64();
  if (queue.descriptor.fifo && seconds != 0) {
    return Invalid("Value " + std::to_string(seconds) +
                   " for parameter DelaySeconds is invalid. Reason: The request include parameter "
                   "that is not valid for this queue type.");
  }
  if (seconds < 0 || seconds > kDelayMax) {
    return Invalid("Value " + std::to_string(seconds) +
                   " for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and "
                   "<= 900.");
  }
  entry->delay_s = queue.descriptor.fifo ? entry->delay_s : seconds;
  return {};
}

void AppendCounted(std::string_view bytes, std::string* out) {
  AppendBigEndian32(out, static_cast<uint32_t>(bytes.size()));
  out->append(bytes);
}

}  // namespace

const Shape kMessageAttributesShape = {ShapeKind::kMap, {}, &kMessageAttributeShape, {}};

QueueStatus ReadMessage(json::Value input, const streams::Queue& queue, streams::SendEntry* entry) {
  QueueMessage& message = entry->message;
  const json::Value body = input.Find("MessageBody");
  if (!body.present() || body.size() == 0) {
    return {QueueErrorType::kMissingParameter,
            "The request must contain the parameter MessageBody."};
  }
  message.body = body.AsString();
  if (!HasAllowedCharacters(message.body)) {
    return {QueueErrorType::kInvalidMessageContents,
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to "
            "#xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"};
  }
  const json::Value attributes = input.Find("MessageAttributes");
  if (attributes.present()) {
    if (attributes.size() > kAttributesMax) {
      return Invalid("Number of message attributes [" + std::to_string(attributes.size()) +
                     "] exceeds the allowed maximum [10].");
    }
    for (const json::Member& member : attributes.members()) {
      RETURN_IF_QUEUE_ERROR(ReadAttribute(member, &message.attributes.emplace_back()));
    }
    std::sort(message.attributes.begin(), message.attributes.end(),
              [](const MessageAttribute& a, const MessageAttribute& b) { return a.name < b.name; });
  }
  int64_t size = static_cast<int64_t>(message.body.size());
  for (const MessageAttribute& attribute : message.attributes) {
    size += static_cast<int64_t>(attribute.name.size() + attribute.data_type.size() +
                                 attribute.value.size());
  }
  if (size > queue.descriptor.settings.message_size_max) {
    return Invalid("One or more parameters are invalid. Reason: Message must be shorter than " +
                   std::to_string(queue.descriptor.settings.message_size_max) + " bytes.");
  }
  RETURN_IF_QUEUE_ERROR(ReadFifoMembers(input, queue, entry));
  return ReadDelay(input, queue, entry);
}

std::string TraceHeaderOf(const Call& call) {
  const std::string_view header = call.Header("x-amzn-trace-id");
  const bool is_text = std::all_of(header.begin(), header.end(),
                                   [](char letter) { return letter >= ' ' && letter <= '~'; });
  return is_text && header.size() <= kTraceHeaderMax ? std::string(header) : std::string();
}

std::string AttributesMd5(const std::vector<MessageAttribute>& attributes) {
  if (attributes.empty()) {
    return {};
  }
  std::string bytes;
  for (const MessageAttribute& attribute : attributes) {
    AppendCounted(attribute.name, &bytes);
    AppendCounted(attribute.data_type, &bytes);
    bytes.push_back(attribute.is_binary() ? 2 : 1);
    AppendCounted(attribute.value, &bytes);
  }
  return Md5Hex(bytes);
}

void WriteSendOutcome(const streams::Queue& queue, const QueueMessage& sent,
                      const streams::SendOutcome& outcome, json::Writer* writer) {
  writer->Key("MessageId");
  writer->String(outcome.message_id);
  writer->Key("MD5OfMessageBody");
  writer->String(Md5Hex(sent.body));
  if (!sent.attributes.empty()) {
    writer->Key("MD5OfMessageAttributes");
    writer->String(AttributesMd5(sent.attributes));
  }
  if (queue.descriptor.fifo) {
    std::array<char, 24> digits;
    std::snprintf(digits.data(), digits.size(), "%020llu",
                  static_cast<unsigned long long>(outcome.number));
    writer->Key("SequenceNumber");
    writer->String(digits.data());
  }
}

}  // namespace millrace::api
