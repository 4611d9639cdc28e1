// Queue attributes, which travel as texts whatever they are.
#include "api/queues/queue_attributes.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace millrace::api {
namespace {

struct NumberAttribute {
  std::string_view name;
  int64_t QueueSettings::*setting;
  int64_t least;
  int64_t most;
};

constexpr std::array<NumberAttribute, 5> kNumbers = {{
    {"DelaySeconds", &QueueSettings::delay_s, 0, 900},
    {"MaximumMessageSize", &QueueSettings::message_size_max, 1024, 1048576},
    {"MessageRetentionPeriod", &QueueSettings::retention_s, 60, 1209600},
    {"ReceiveMessageWaitTimeSeconds", &QueueSettings::receive_wait_s, 0, 20},
    {"VisibilityTimeout", &QueueSettings::visibility_timeout_s, 0, 43200},
}};

constexpr std::array<std::string_view, 18> kReadable = {"All",
                                                        "ApproximateNumberOfMessages",
                                                        "ApproximateNumberOfMessagesDelayed",
                                                        "ApproximateNumberOfMessagesNotVisible",
                                                        "ContentBasedDeduplication",
                                                        "CreatedTimestamp",
                                                        "DeduplicationScope",
                                                        "DelaySeconds",
                                                        "FifoQueue",
                                                        "FifoThroughputLimit",
                                                        "LastModifiedTimestamp",
                                                        "MaximumMessageSize",
                                                        "MessageRetentionPeriod",
                                                        "Policy",
                                                        "QueueArn",
                                                        "ReceiveMessageWaitTimeSeconds",
                                                        "RedriveAllowPolicy",
                                                        "RedrivePolicy"};
constexpr std::array<std::string_view, 4> kReadableToo = {
    "SqsManagedSseEnabled", "VisibilityTimeout", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"};

constexpr int64_t kReceiveCountMax = 1000;

bool IsReadable(std::string_view name) {
  return std::find(kReadable.begin(), kReadable.end(), name) != kReadable.end() ||
         std::find(kReadableToo.begin(), kReadableToo.end(), name) != kReadableToo.end();
}

QueueStatus InvalidValue(std::string_view name) {
  return {QueueErrorType::kInvalidAttributeValue,
          "Invalid value for the parameter " + std::string(name) + "."};
}

std::optional<int64_t> ReadNumber(std::string_view text) {
  int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size()
             ? std::optional<int64_t>(number)
             : std::nullopt;
}

std::optional<bool> ReadTruth(std::string_view text) {
  return text == "true"    ? std::optional<bool>(true)
         : text == "false" ? std::optional<bool>(false)
                           : std::nullopt;
}

// The dead-letter queue must be there, of the same kind, and not the queue itself.
QueueStatus ApplyRedrivePolicy(const Services& services, std::string_view text,
                               QueueDescriptor* queue) {
  queue->settings.redrive_target_arn.clear();
  queue->settings.receive_count_max = 0;
  if (text.empty()) {
    return {};
  }
  std::string copy(text);
  json::Document document;
  if (!document.Parse({copy.data(), copy.size()}).ok() || !document.root().IsObject()) {
    return InvalidValue("RedrivePolicy");
  }
  const json::Value target = document.root().Find("deadLetterTargetArn");
  const json::Value count = document.root().Find("maxReceiveCount");
  if (!target.present() || !target.IsString() || !count.present() ||
      !(count.IsNumber() || count.IsString())) {
    return InvalidValue("RedrivePolicy");
  }
  const std::optional<int64_t> count_max =
      ReadNumber(count.IsNumber() ? count.NumberText() : count.AsString());
  if (!count_max.has_value() || *count_max < 1 || *count_max > kReceiveCountMax) {
    return InvalidValue("RedrivePolicy");
  }
  const streams::QueuePointer dead_letters = services.queues->FindByArn(target.AsString());
  if (dead_letters == nullptr || dead_letters->descriptor.fifo != queue->fifo) {
    return {QueueErrorType::kInvalidAttributeValue,
            "Value " + std::string(text) +
                " for parameter RedrivePolicy is invalid. Reason: Dead letter target does not "
                "exist."};
  }
  if (dead_letters->descriptor.name == queue->name) {
    return {QueueErrorType::kInvalidAttributeValue,
            "Value " + std::string(text) +
                " for parameter RedrivePolicy is invalid. Reason: A queue cannot be its own dead "
                "letter target."};
  }
  queue->settings.redrive_target_arn = target.AsString();
  queue->settings.receive_count_max = *count_max;
  return {};
}

QueueStatus ApplyFifoAttribute(std::string_view name, std::string_view text,
                               QueueDescriptor* queue) {
  QueueSettings& settings = queue->settings;
  if (name == "FifoQueue") {
    // A queue is what its name says.
    return ReadTruth(text) == queue->fifo ? QueueStatus() : InvalidValue(name);
  }
  if (!queue->fifo) {
    return {QueueErrorType::kInvalidAttributeName, "Unknown Attribute " + std::string(name) + "."};
  }
  if (name == "ContentBasedDeduplication") {
    const std::optional<bool> truth = ReadTruth(text);
    settings.content_based_deduplication = truth.value_or(false);
    return truth.has_value() ? QueueStatus() : InvalidValue(name);
  }
  if (name == "DeduplicationScope") {
    settings.deduplication_scope = text;
    return text == "queue" || text == "messageGroup" ? QueueStatus() : InvalidValue(name);
  }
  settings.fifo_throughput_limit = text;
  return text == "perQueue" || text == "perMessageGroupId" ? QueueStatus() : InvalidValue(name);
}

QueueStatus ApplyAttribute(const Services& services, std::string_view name, std::string_view text,
                           QueueDescriptor* queue) {
  QueueSettings& settings = queue->settings;
  for (const NumberAttribute& number : kNumbers) {
    if (number.name == name) {
      const std::optional<int64_t> value = ReadNumber(text);
      if (!value.has_value() || *value < number.least || *value > number.most) {
        return InvalidValue(name);
      }
      settings.*number.setting = *value;
      return {};
    }
  }
  if (name == "RedrivePolicy") {
    return ApplyRedrivePolicy(services, text, queue);
  }
  if (name == "FifoQueue" || name == "ContentBasedDeduplication" || name == "DeduplicationScope" ||
      name == "FifoThroughputLimit") {
    return ApplyFifoAttribute(name, text, queue);
  }
  if (name == "RedriveAllowPolicy") {
    settings.redrive_allow_policy = text;
  } else if (name == "Policy") {
    settings.policy = text;
  } else if (name == "SqsManagedSseEnabled") {
    const std::optional<bool> truth = ReadTruth(text);
    settings.managed_encryption = truth.value_or(true);
    return truth.has_value() ? QueueStatus() : InvalidValue(name);
  } else {
    return {QueueErrorType::kInvalidAttributeName, "Unknown Attribute " + std::string(name) + "."};
  }
  return {};
}

// Writes what is asked for; texts all of them.
class AttributeWriter {
 public:
  AttributeWriter(json::Value names, json::Writer* writer) : writer_(writer) {
    for (const json::Value name : names.elements()) {
      all_ = all_ || name.AsString() == "All";
      names_.push_back(name.AsString());
    }
  }
  bool Wants(std::string_view name) const {
    return all_ || std::find(names_.begin(), names_.end(), name) != names_.end();
  }
  void Text(std::string_view name, std::string_view text) {
    if (Wants(name)) {
      writer_->Key(name);
      writer_->String(text);
    }
  }
  void Number(std::string_view name, int64_t number) { Text(name, std::to_string(number)); }
  void Truth(std::string_view name, bool truth) { Text(name, truth ? "true" : "false"); }
  void TextIfAny(std::string_view name, std::string_view text) {
    if (!text.empty()) {
      Text(name, text);
    }
  }

 private:
  json::Writer* const writer_;
  bool all_ = false;
  std::vector<std::string_view> names_;
};

std::string RedrivePolicyText(const QueueSettings& settings) {
  if (settings.redrive_target_arn.empty()) {
    return {};
  }
  std::string text;
  json::Writer writer(&text);
  writer.BeginObject();
  writer.Key("deadLetterTargetArn");
  writer.String(settings.redrive_target_arn);
  writer.Key("maxReceiveCount");
  writer.Int(settings.receive_count_max);
  writer.EndObject();
  return text;
}

}  // namespace

QueueStatus ApplyQueueAttributes(const Services& services, json::Value attributes,
                                 QueueDescriptor* queue) {
  if (!attributes.present()) {
    return {};
  }
  for (const json::Member& attribute : attributes.members()) {
    RETURN_IF_QUEUE_ERROR(
        ApplyAttribute(services, attribute.name, attribute.value.AsString(), queue));
  }
  return {};
}

bool HasQueueAttributes(const Services& services, json::Value attributes,
                        const QueueDescriptor& queue) {
  QueueDescriptor changed = queue;
  return ApplyQueueAttributes(services, attributes, &changed).ok() && changed == queue;
}

QueueStatus CheckQueueAttributeNames(json::Value names) {
  if (!names.present()) {
    return {};
  }
  for (const json::Value name : names.elements()) {
    if (!IsReadable(name.AsString())) {
      return {QueueErrorType::kInvalidAttributeName,
              "Unknown Attribute " + std::string(name.AsString()) + "."};
    }
  }
  return {};
}

QueueStatus WriteQueueAttributes(const Services& services, const streams::Queue& queue,
                                 json::Value names, json::Writer* writer) {
  const QueueDescriptor& descriptor = queue.descriptor;
  const QueueSettings& settings = descriptor.settings;
  AttributeWriter attributes(names, writer);
  const Result<streams::QueueCounts> counts = services.queues->Counts(queue);
  if (!counts.ok()) {
    return FromQueueStore(counts.status());
  }
  writer->BeginObject();
  attributes.Text("QueueArn", queue.arn);
  attributes.Number("ApproximateNumberOfMessages", counts.value().visible);
  attributes.Number("ApproximateNumberOfMessagesNotVisible", counts.value().in_flight);
  attributes.Number("ApproximateNumberOfMessagesDelayed", counts.value().delayed);
  attributes.Number("CreatedTimestamp", descriptor.creation_ms / 1000);
  attributes.Number("LastModifiedTimestamp", descriptor.modified_ms / 1000);
  for (const NumberAttribute& number : kNumbers) {
    attributes.Number(number.name, settings.*number.setting);
  }
  attributes.Truth("SqsManagedSseEnabled", settings.managed_encryption);
  if (descriptor.fifo) {
    attributes.Truth("FifoQueue", true);
    attributes.Truth("ContentBasedDeduplication", settings.content_based_deduplication);
    attributes.Text("DeduplicationScope", settings.deduplication_scope.empty()
                                              ? std::string_view("queue")
                                              : settings.deduplication_scope);
    attributes.Text("FifoThroughputLimit", settings.fifo_throughput_limit.empty()
                                               ? std::string_view("perQueue")
                                               : settings.fifo_throughput_limit);
  }
  attributes.TextIfAny("RedrivePolicy", RedrivePolicyText(settings));
  attributes.TextIfAny("RedriveAllowPolicy", settings.redrive_allow_policy);
  attributes.TextIfAny("Policy", settings.policy);
  writer->EndObject();
  return {};
}

}  // namespace millrace::api
