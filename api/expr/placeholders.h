// ExpressionAttributeNames and ExpressionAttributeValues of one request: parsed once, looked up
// while expressions are bound, with a record of which were used.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/wire/error.h"
#include "storage/base/json.h"
#include "storage/codec/value_view.h"

namespace millrace::api::expr {

// Views into the request and into `scratch`; both must outlive it. Not thread-safe while being
// filled; the values may be read from another thread afterwards (the committer evaluates
// conditions).
class Placeholders {
 public:
  // Takes the two members (absent ones allowed). Checks emptiness, keys and values, in AWS's order;
  // the encoded values are appended to `scratch`, which may be nullptr when `values` is absent.
  // Called once.
  ApiStatus Parse(json::Value names, json::Value values, std::string* scratch);

  // The attribute name behind "#n", nullptr when undefined. Marks it as used.
  const std::string_view* UseName(std::string_view placeholder);
  // The value behind ":v", not present() when undefined. Marks it as used.
  ValueView UseValue(std::string_view placeholder);

  // OK, or the ValidationException for names, then values, that no expression uses.
  ApiStatus CheckAllUsed() const;

 private:
  struct Name {
    std::string_view placeholder;
    std::string_view name;
    bool used = false;
  };
  struct Value {
    std::string_view placeholder;
    size_t offset = 0;  // in the scratch buffer
    ValueView value;
    bool used = false;
  };
  ApiStatus ParseValues(json::Value values, std::string* scratch);

  // Both sorted by placeholder.
  std::vector<Name> names_;
  std::vector<Value> values_;
};

}  // namespace millrace::api::expr
