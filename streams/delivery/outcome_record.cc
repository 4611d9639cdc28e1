// Records as JSON.
#include "streams/delivery/outcome_record.h"

#include "storage/base/iso_time.h"
#include "storage/base/json.h"

namespace millrace::streams {
namespace {

constexpr size_t kErrorMessageMax = 1024;

// Whether the text is one JSON value.
bool IsJson(std::string_view text) {
  std::string copy(text);
  json::Document document;
  return document.Parse({copy.data(), copy.size()}).ok();
}

void WritePayload(std::string_view name, std::string_view payload, json::Writer* writer) {
  writer->Key(name);
  if (IsJson(payload)) {
    writer->Raw(payload);
  } else {
    writer->String(payload);
  }
}

std::string Format(const OutcomeRecord& record, bool with_request, bool with_response) {
  std::string text;
  json::Writer writer(&text);
  writer.BeginObject();
  writer.Member("version", "1.0");
  writer.Member("timestamp", FormatIsoTime(record.time_ms));
  writer.Key("requestContext");
  writer.BeginObject();
  writer.Member("requestId", record.request_id);
  writer.Member("functionArn", record.function_arn);
  writer.Member("condition", record.condition);
  writer.Key("approximateInvokeCount");
  writer.Int(record.attempts);
  writer.EndObject();
  if (with_request) {
    WritePayload("requestPayload", record.request, &writer);
  }
  if (!record.executed_version.empty()) {
    writer.Key("responseContext");
    writer.BeginObject();
    writer.Key("statusCode");
    writer.Int(200);
    writer.Member("executedVersion", record.executed_version);
    if (record.failed) {
      writer.Member("functionError", "Unhandled");
    }
    writer.EndObject();
    if (with_response) {
      WritePayload("responsePayload", record.response, &writer);
    }
  }
  writer.EndObject();
  return text;
}

}  // namespace

std::string_view Shortened(std::string_view text, size_t size_max) {
  if (text.size() <= size_max) {
    return text;
  }
  size_t size = size_max;
  while (size > 0 && (static_cast<uint8_t>(text[size]) & 0xC0) == 0x80) {
    --size;
  }
  return text.substr(0, size);
}

std::string FormatOutcomeRecord(const OutcomeRecord& record) {
  std::string text = Format(record, true, true);
  if (text.size() > kRecordSizeMax) {
    text = Format(record, true, false);
  }
  return text.size() > kRecordSizeMax ? Format(record, false, false) : text;
}

std::vector<MessageAttribute> DeadLetterAttributes(std::string_view request_id, int status,
                                                   std::string_view message) {
  return {{"RequestID", "String", std::string(request_id)},
          {"ErrorCode", "Number", std::to_string(status)},
          {"ErrorMessage", "String", std::string(Shortened(message, kErrorMessageMax))}};
}

std::string FailureMessage(std::string_view failure) {
  std::string copy(failure);
  json::Document document;
  if (document.Parse({copy.data(), copy.size()}).ok() && document.root().IsObject()) {
    const json::Value message = document.root().Find("errorMessage");
    if (message.present() && message.IsString()) {
      return std::string(message.AsString());
    }
  }
  return std::string(failure);
}

}  // namespace millrace::streams
