// Values as the reference evaluator of expressions sees them: nothing but standard containers, and
// numbers as digits on paper. Shares no code with what it is compared with but the parser of JSON
// and base64.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/json.h"

namespace millrace::api::expr {

// A plain value. The kinds are called as on the wire.
struct RefValue {
  std::string kind = "NULL";
  std::string text;           // S, B (raw bytes), N (canonical)
  bool truth = false;         // BOOL
  std::set<std::string> set;  // SS, BS (raw bytes), NS (canonical)
  std::vector<RefValue> list;
  std::map<std::string, RefValue> map;

  static RefValue OfString(std::string text);
  // `text` as a client may write a number.
  static RefValue OfNumber(std::string_view text);
  static RefValue OfMap() { return OfKind("M"); }
  static RefValue OfKind(std::string kind);

  bool IsSet() const { return kind == "SS" || kind == "NS" || kind == "BS"; }
};
bool operator==(const RefValue& a, const RefValue& b);

// Nothing stands for what is not there.
using RefMaybe = std::optional<RefValue>;

// Negative, zero or positive; nothing if the two have no order.
std::optional<int> RefCompare(const RefValue& a, const RefValue& b);
// What size() says; nothing if it says nothing.
RefMaybe RefSize(const RefValue& value);
bool RefContains(const RefValue& whole, const RefValue& part);
// The sum of two numbers, or the difference; nothing if it cannot be stored.
RefMaybe RefAdd(const RefValue& a, const RefValue& b, bool subtract);

// As on the wire: {"S":"a"}; and an item, whose attributes are the map's.
std::string RefToJson(const RefValue& value);
std::string RefItemToJson(const RefValue& item);
RefValue RefFromJson(json::Value value);
RefValue RefItemFromJson(std::string text);

}  // namespace millrace::api::expr
