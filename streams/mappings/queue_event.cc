// Records and reports of queue batches.
#include "streams/mappings/queue_event.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <unordered_map>

#include "storage/base/digest.h"
#include "storage/base/json.h"
#include "streams/invoke/trace_header.h"

namespace millrace::streams {
namespace {

constexpr std::string_view kEventBegin = R"({"Records":[)";
constexpr std::string_view kEventEnd = "]}";

void WriteSystemAttributes(const Queue& queue, const QueueMessage& message, json::Writer* writer) {
  writer->Key("attributes");
  writer->BeginObject();
  const auto write = [&](std::string_view name, std::string_view text) {
    if (!text.empty()) {
      writer->Member(name, text);
    }
  };
  write("ApproximateReceiveCount", std::to_string(message.receive_count));
  write("AWSTraceHeader", message.trace_header);
  write("SentTimestamp", std::to_string(message.sent_ms));
  if (queue.descriptor.fifo) {
    std::array<char, 24> digits;
    std::snprintf(digits.data(), digits.size(), "%020llu",
                  static_cast<unsigned long long>(message.number));
    write("SequenceNumber", digits.data());
  }
  write("MessageGroupId", message.group_id);
  write("SenderId", message.sender.empty() ? std::string_view("anonymous") : message.sender);
  write("MessageDeduplicationId", message.deduplication_id);
  write("ApproximateFirstReceiveTimestamp", std::to_string(message.first_received_ms));
  write("DeadLetterQueueSourceArn", message.source_arn);
  writer->EndObject();
}

void WriteEmptyList(std::string_view name, json::Writer* writer) {
  writer->Key(name);
  writer->BeginArray();
  writer->EndArray();
}

void WriteUserAttributes(const QueueMessage& message, json::Writer* writer) {
  writer->Key("messageAttributes");
  writer->BeginObject();
  for (const MessageAttribute& attribute : message.attributes) {
    writer->Key(attribute.name);
    writer->BeginObject();
    if (attribute.is_binary()) {
      writer->Key("binaryValue");
      writer->Base64(attribute.value);
    } else {
      writer->Member("stringValue", attribute.value);
    }
    WriteEmptyList("stringListValues", writer);
    WriteEmptyList("binaryListValues", writer);
    writer->Member("dataType", attribute.data_type);
    writer->EndObject();
  }
  writer->EndObject();
}

}  // namespace

void QueueRecordWriter::AppendRecord(const QueueMessage& message, bool json_body,
                                     std::string* out) const {
  json::Writer writer(out);
  writer.BeginObject();
  writer.Member("messageId", message.message_id);
  writer.Member("receiptHandle", FormatReceiptHandle({queue_->descriptor.queue_id, message.number,
                                                      message.receipt}));
  writer.Key("body");
  if (json_body) {
    writer.Raw(message.body);
  } else {
    writer.String(message.body);
  }
  WriteSystemAttributes(*queue_, message, &writer);
  WriteUserAttributes(message, &writer);
  writer.Member("md5OfBody", Md5Hex(message.body));
  writer.Member("eventSource", "aws:sqs");
  writer.Member("eventSourceARN", queue_->arn);
  writer.Member("awsRegion", region_);
  writer.EndObject();
}

std::string QueueEventOf(const std::vector<std::string_view>& records) {
  std::string event(kEventBegin);
  for (const std::string_view record : records) {
    if (event.size() > kEventBegin.size()) {
      event.push_back(',');
    }
    event.append(record);
  }
  return event.append(kEventEnd);
}

size_t QueueEventSize(size_t record_count, size_t records_size) {
  const size_t commas = record_count > 0 ? record_count - 1 : 0;
  return kEventBegin.size() + records_size + commas + kEventEnd.size();
}

std::string_view LongestTrace(const std::vector<std::string_view>& trace_headers) {
  std::string_view longest;
  int64_t hops = -1;
  for (const std::string_view header : trace_headers) {
    if (!header.empty() && TraceHops(header) > hops) {
      longest = header;
      hops = TraceHops(header);
    }
  }
  return longest;
}

std::vector<bool> ReadQueueFailures(std::string_view response,
                                    const std::vector<std::string_view>& message_ids) {
  const std::vector<bool> none(message_ids.size(), false);
  const std::vector<bool> all(message_ids.size(), true);
  if (response.empty()) {
    return none;
  }
  std::string text(response);
  json::Document document;
  if (!document.Parse({text.data(), text.size()}).ok()) {
    return all;
  }
  const json::Value body = document.root();
  const json::Value failures = body.IsObject() ? body.Find("batchItemFailures") : json::Value();
  if (!failures.present()) {
    return none;
  }
  if (!failures.IsArray()) {
    return all;
  }
  std::vector<bool> failed = none;
  std::unordered_map<std::string_view, size_t> places;
  for (size_t index = 0; index < message_ids.size(); ++index) {
    places[message_ids[index]] = index;
  }
  for (const json::Value entry : failures.elements()) {
    const json::Value id = entry.IsObject() ? entry.Find("itemIdentifier") : json::Value();
    const auto found = id.present() && id.IsString() ? places.find(id.AsString()) : places.end();
    if (found == places.end()) {
      return all;
    }
    failed[found->second] = true;
  }
  return failed;
}

void SpreadFailures(const std::vector<std::string_view>& groups, std::vector<bool>* failed) {
  std::set<std::string_view> failed_groups;
  for (size_t index = 0; index < groups.size(); ++index) {
    if ((*failed)[index]) {
      failed_groups.insert(groups[index]);
    } else {
      (*failed)[index] = failed_groups.contains(groups[index]);
    }
  }
}

}  // namespace millrace::streams
