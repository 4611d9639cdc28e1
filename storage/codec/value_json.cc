// Encoded attribute values to JSON text, straight from the bytes: the hot path of every read. Works
// on the output string directly, because the fixed parts of the text need none of a writer's
// bookkeeping.
#include "storage/codec/value_json.h"

#include "storage/base/base64.h"
#include "storage/base/json.h"
#include "storage/model/limits.h"

namespace millrace {
namespace {

void AppendValue(ValueView value, int depth, std::string* out);

// Without quotes: a number's text needs no escaping.
void AppendNumber(std::string_view sortable, std::string* out) {
  if (!Number::AppendSortableAsText(sortable, out)) {
    out->push_back('0');  // not a number any encoder wrote
  }
}

void AppendBinary(std::string_view bytes, std::string* out) {
  out->push_back('"');
  EncodeBase64(bytes, out);
  out->push_back('"');
}

void AppendSetMembers(const SetView& set, std::string* out) {
  bool first = true;
  for (const std::string_view member : set) {
    if (!first) {
      out->push_back(',');
    }
    first = false;
    switch (set.type()) {
      case AttributeType::kStringSet:
        json::AppendQuoted(out, member);
        break;
      case AttributeType::kNumberSet:
        out->push_back('"');
        AppendNumber(member, out);
        out->push_back('"');
        break;
      default:
        AppendBinary(member, out);
    }
  }
}

void AppendEntries(const MapView& map, int depth, std::string* out) {
  std::string_view before = "{";
  for (const NamedValue& entry : map) {
    json::AppendQuoted(out, before, entry.name, ":");
    AppendValue(entry.value, depth, out);
    before = ",";
  }
  if (before == "{") {
    out->push_back('{');
  }
  out->push_back('}');
}

void AppendElements(const ListView& list, int depth, std::string* out) {
  bool first = true;
  for (const ValueView element : list) {
    if (!first) {
      out->push_back(',');
    }
    first = false;
    AppendValue(element, depth, out);
  }
}

void AppendSet(std::string_view opening, const SetView& set, std::string* out) {
  out->append(opening);
  AppendSetMembers(set, out);
  out->append("]}");
}

void AppendValue(ValueView value, int depth, std::string* out) {
  // Stored values are not nested deeper; damaged bytes must not exhaust the stack.
  if (!value.present() || depth > limits::kNestingDepthMax) {
    out->append(R"({"NULL":true})");
    return;
  }
  switch (value.type()) {
    case AttributeType::kString:
      json::AppendQuoted(out, R"({"S":)", value.payload(), "}");
      break;
    case AttributeType::kNumber:
      out->append(R"({"N":")");
      AppendNumber(value.payload(), out);
      out->append(R"("})");
      break;
    case AttributeType::kBinary:
      out->append(R"({"B":)");
      AppendBinary(value.payload(), out);
      out->push_back('}');
      break;
    case AttributeType::kBool:
      out->append(value.AsBool() ? R"({"BOOL":true})" : R"({"BOOL":false})");
      break;
    case AttributeType::kNull:
      out->append(R"({"NULL":true})");
      break;
    case AttributeType::kStringSet:
      AppendSet(R"({"SS":[)", value.AsSet(), out);
      break;
    case AttributeType::kNumberSet:
      AppendSet(R"({"NS":[)", value.AsSet(), out);
      break;
    case AttributeType::kBinarySet:
      AppendSet(R"({"BS":[)", value.AsSet(), out);
      break;
    case AttributeType::kList:
      out->append(R"({"L":[)");
      AppendElements(value.AsList(), depth + 1, out);
      out->append("]}");
      break;
    case AttributeType::kMap:
      out->append(R"({"M":)");
      AppendEntries(value.AsMap(), depth + 1, out);
      out->push_back('}');
      break;
  }
}

}  // namespace

void AppendValueJson(ValueView value, std::string* out) { AppendValue(value, 1, out); }

void AppendAttributesJson(const MapView& attributes, std::string* out) {
  AppendEntries(attributes, 1, out);
}

}  // namespace millrace
