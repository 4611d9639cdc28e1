// JSON out of JSON, and times.
#include "api/functions/json_values.h"

#include <cstdlib>

#include "storage/base/iso_time.h"

namespace millrace::api {

void WriteJsonValue(json::Value value, json::Writer* writer) {
  switch (value.type()) {
    case json::Type::kNull:
      writer->Raw("null");
      return;
    case json::Type::kFalse:
    case json::Type::kTrue:
      writer->Bool(value.AsBool());
      return;
    case json::Type::kNumber:
      writer->Raw(value.NumberText());
      return;
    case json::Type::kString:
      writer->String(value.AsString());
      return;
    case json::Type::kArray:
      writer->BeginArray();
      for (const json::Value element : value.elements()) {
        WriteJsonValue(element, writer);
      }
      writer->EndArray();
      return;
    case json::Type::kObject:
      writer->BeginObject();
      for (const json::Member& member : value.members()) {
        writer->Key(member.name);
        WriteJsonValue(member.value, writer);
      }
      writer->EndObject();
      return;
  }
}

std::string JsonText(json::Value value) {
  std::string text;
  json::Writer writer(&text);
  WriteJsonValue(value, &writer);
  return text;
}

double DoubleOf(json::Value number) {
  return std::strtod(std::string(number.NumberText()).c_str(), nullptr);
}

std::string FormatRestTime(int64_t epoch_ms) {
  std::string text = FormatIsoTime(epoch_ms);
  text.pop_back();  // the Z
  return text.append("+0000");
}

}  // namespace millrace::api
