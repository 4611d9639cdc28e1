// Slow and simple.
#include "api/expr/fuzz/reference_value.h"

#include "storage/base/base64.h"
#include "storage/base/check.h"
#include "storage/model/decimal_model.h"

namespace millrace::api::expr {
namespace {

std::string Base64(std::string_view bytes) {
  std::string text;
  EncodeBase64(bytes, &text);
  return text;
}

std::string FromBase64(std::string_view text) {
  std::string bytes;
  CHECK(DecodeBase64(text, &bytes) == Base64Error::kNone);
  return bytes;
}

std::string Canonical(std::string_view number) {
  return DecimalModel::FromText(number).CanonicalText();
}

size_t Utf16Units(std::string_view text) {
  size_t count = 0;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    count += byte >= 0xf0 ? 2 : (byte & 0xc0) != 0x80 ? 1 : 0;
  }
  return count;
}

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char character : text) {
    if (character == '"' || character == '\\') {
      quoted.push_back('\\');
    }
    quoted.push_back(character);
  }
  return quoted + "\"";
}

}  // namespace

RefValue RefValue::OfKind(std::string kind) {
  RefValue value;
  value.kind = std::move(kind);
  return value;
}

RefValue RefValue::OfString(std::string text) {
  RefValue value = OfKind("S");
  value.text = std::move(text);
  return value;
}

RefValue RefValue::OfNumber(std::string_view text) {
  RefValue value = OfKind("N");
  value.text = Canonical(text);
  return value;
}

bool operator==(const RefValue& a, const RefValue& b) {
  return a.kind == b.kind && a.text == b.text && a.truth == b.truth && a.set == b.set &&
         a.list == b.list && a.map == b.map;
}

std::optional<int> RefCompare(const RefValue& a, const RefValue& b) {
  if (a.kind != b.kind) {
    return std::nullopt;
  }
  if (a.kind == "N") {
    return DecimalModel::Compare(DecimalModel::FromText(a.text), DecimalModel::FromText(b.text));
  }
  if (a.kind == "S" || a.kind == "B") {
    return a.text.compare(b.text);
  }
  return std::nullopt;
}

RefMaybe RefSize(const RefValue& value) {
  size_t size = 0;
  if (value.kind == "S") {
    size = Utf16Units(value.text);
  } else if (value.kind == "B") {
    size = value.text.size();
  } else if (value.IsSet()) {
    size = value.set.size();
  } else if (value.kind == "L") {
    size = value.list.size();
  } else if (value.kind == "M") {
    size = value.map.size();
  } else {
    return std::nullopt;
  }
  return RefValue::OfNumber(std::to_string(size));
}

bool RefContains(const RefValue& whole, const RefValue& part) {
  if (whole.kind == "S" || whole.kind == "B") {
    return part.kind == whole.kind && whole.text.find(part.text) != std::string::npos;
  }
  if (whole.IsSet()) {
    return whole.kind == part.kind + "S" && whole.set.contains(part.text);
  }
  for (const RefValue& element : whole.list) {
    if (element == part) {
      return true;
    }
  }
  return false;
}

RefMaybe RefAdd(const RefValue& a, const RefValue& b, bool subtract) {
  const DecimalModel right = DecimalModel::FromText(b.text);
  const DecimalModel sum = DecimalModel::Add(DecimalModel::FromText(a.text),
                                             subtract ? DecimalModel::Negate(right) : right);
  if (sum.Check() != NumberError::kNone) {
    return std::nullopt;
  }
  return RefValue::OfNumber(sum.CanonicalText());
}

std::string RefToJson(const RefValue& value) {
  std::string json = "{" + Quoted(value.kind) + ":";
  if (value.kind == "S" || value.kind == "N") {
    json += Quoted(value.text);
  } else if (value.kind == "B") {
    json += Quoted(Base64(value.text));
  } else if (value.kind == "BOOL") {
    json += value.truth ? "true" : "false";
  } else if (value.kind == "NULL") {
    json += "true";
  } else if (value.kind == "M") {
    json += RefItemToJson(value);
  } else {
    std::string elements;
    for (const std::string& element : value.set) {
      elements +=
          (elements.empty() ? "" : ",") + Quoted(value.kind == "BS" ? Base64(element) : element);
    }
    for (const RefValue& element : value.list) {
      elements += (elements.empty() ? "" : ",") + RefToJson(element);
    }
    json += "[" + elements + "]";
  }
  return json + "}";
}

std::string RefItemToJson(const RefValue& item) {
  std::string json;
  for (const auto& [name, value] : item.map) {
    json += (json.empty() ? "" : ",") + Quoted(name) + ":" + RefToJson(value);
  }
  return "{" + json + "}";
}

RefValue RefFromJson(json::Value value) {
  RefValue read;
  for (const auto& [kind, content] : value.members()) {
    read.kind = kind;
    if (kind == "S" || kind == "N") {
      read.text = kind == "N" ? Canonical(content.AsString()) : std::string(content.AsString());
    } else if (kind == "B") {
      read.text = FromBase64(content.AsString());
    } else if (kind == "BOOL") {
      read.truth = content.AsBool();
    } else if (kind == "M") {
      for (const auto& [name, member] : content.members()) {
        CHECK(read.map.emplace(std::string(name), RefFromJson(member)).second);
      }
    } else if (kind == "L") {
      for (const json::Value element : content.elements()) {
        read.list.push_back(RefFromJson(element));
      }
    } else if (kind != "NULL") {
      for (const json::Value element : content.elements()) {
        const std::string text(element.AsString());
        CHECK(
            read.set.insert(kind == "NS"   ? Canonical(text)
                            : kind == "BS" ? FromBase64(text)
                                           : text)
                .second);
      }
    }
  }
  return read;
}

RefValue RefItemFromJson(std::string text) {
  json::Document document;
  CHECK(document.Parse({text.data(), text.size()}).ok());
  RefValue item = RefValue::OfMap();
  for (const auto& [name, value] : document.root().members()) {
    CHECK(item.map.emplace(std::string(name), RefFromJson(value)).second);
  }
  return item;
}

}  // namespace millrace::api::expr
