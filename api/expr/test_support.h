// What the tests and fuzz targets of this folder share: JSON text to items and placeholders, and a
// set of values that the tables of texts refer to.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "api/expr/placeholders.h"
#include "api/wire/attribute_json.h"
#include "api/wire/error.h"
#include "storage/base/check.h"
#include "storage/base/json.h"
#include "storage/codec/value_view.h"

namespace millrace::api::expr {

// Owns parsed JSON texts, encoded items and scratch buffers; what it hands out lives as long as it
// does.
class Arena {
 public:
  json::Value Json(std::string_view text) {
    Parsed& parsed = parsed_.emplace_back();
    parsed.text = text;
    const Status status = parsed.document.Parse({parsed.text.data(), parsed.text.size()});
    CHECK(status.ok());
    return parsed.document.root();
  }
  ItemView Item(std::string_view text) {
    ItemView item;
    const ApiStatus status = ParseAttributeMap(Json(text), Scratch(), &item);
    CHECK(status.ok());
    return item;
  }
  std::string* Scratch() { return &scratch_.emplace_back(); }

 private:
  struct Parsed {
    std::string text;
    json::Document document;
  };
  std::deque<Parsed> parsed_;
  std::deque<std::string> scratch_;
};

// Values for texts under test; the type is in the name.
inline constexpr std::string_view kTestValues = R"({
    ":s":{"S":"a"},":z":{"S":"z"},":x":{"S":"x"},":n":{"N":"1"},":five":{"N":"5"},
    ":true":{"BOOL":true},":null":{"NULL":true},":b":{"B":"YQ=="},":b2":{"B":"Yg=="},
    ":ss":{"SS":["a"]},":ns":{"NS":["1"]},":bs":{"BS":["YQ=="]},":l":{"L":[]},":m":{"M":{}},
    ":type":{"S":"SS"},":list":{"L":[{"S":"new"}]},":big":{"N":"9e125"},":tiny":{"N":"1e-30"},
    ":huge":{"N":"1e30"},":map":{"M":{"k":{"N":"1"}}},":empty":{"S":""}})";

inline void ParsePlaceholders(std::string_view names, std::string_view values, Arena* arena,
                              Placeholders* placeholders) {
  const ApiStatus status =
      placeholders->Parse(names.empty() ? json::Value() : arena->Json(names),
                          values.empty() ? json::Value() : arena->Json(values), arena->Scratch());
  CHECK(status.ok());
}

// "" for OK, else the message, behind "ENVELOPED " where writes envelop it.
inline std::string Describe(const ApiStatus& status) {
  if (status.ok()) {
    return "";
  }
  return (status.error().enveloped_on_writes ? "ENVELOPED " : "") + status.error().message;
}

// The JSON of an item.
inline std::string ToJson(const ItemView& item) {
  std::string text;
  json::Writer writer(&text);
  WriteAttributes(item.attributes(), &writer);
  return text;
}

}  // namespace millrace::api::expr
