// One condition of a statement: an operator, a condition key, and the values it is held against.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "api/access/facts.h"
#include "api/access/pattern.h"
#include "storage/base/json.h"
#include "storage/base/status.h"

namespace millrace::api::access {

// A range of addresses: 10.0.0.0/8, 2001:db8::/32, or a single address.
struct AddressRange {
  std::array<uint8_t, 16> bytes{};  // of IPv4, as a mapped address
  uint8_t bits = 128;               // that matter
};
// Reads a range; false for any other text. Thread-safe.
bool ParseAddressRange(std::string_view text, AddressRange* range);

// Immutable after Compile, so thread-safe.
class Condition {
 public:
  // Adds the conditions of a Condition block. `variables`: see PatternRules. kInvalidArgument says
  // what is wrong with the block.
  static Status Compile(json::Value block, bool variables, std::vector<Condition>* conditions);

  bool Holds(const Facts& facts) const;

 private:
  // What values are compared as.
  enum class Kind : uint8_t {
    kText,
    kTextIgnoringCase,
    kArn,
    kNumber,
    kTime,
    kBool,
    kAddress,
    kNull
  };
  enum class Order : uint8_t { kEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
  enum class Quantifier : uint8_t { kNone, kForAllValues, kForAnyValue };
  struct Operator {
    std::string_view name;  // lower case
    Kind kind;
    bool negated = false;
    Order order = Order::kEqual;
    bool wildcards = false;
  };
  using ArnPattern = std::vector<Pattern>;  // six parts, or one for any ARN
  using Operand = std::variant<Pattern, ArnPattern, double, int64_t, bool, AddressRange>;

  static const Operator kOperators[];

  static Status CompileOperator(std::string_view name, Condition* condition);
  Status AddOperand(json::Value value, bool variables);
  static Result<ArnPattern> CompileArn(std::string_view text, const PatternRules& rules);

  bool HoldsFor(const FactValues& values, const Facts& facts) const;
  // Whether a value of the request satisfies the operator, negation included.
  bool Satisfies(const std::string& value, const Facts& facts) const;
  bool Fits(const std::string& value, const Operand& operand, const Facts& facts) const;
  static bool FitsArn(std::string_view value, const ArnPattern& arn, const Facts& facts);
  template <typename Number>
  bool InOrder(Number left, Number right) const;

  Kind kind_ = Kind::kText;
  Order order_ = Order::kEqual;
  Quantifier quantifier_ = Quantifier::kNone;
  bool negated_ = false;
  bool wildcards_ = false;
  bool if_exists_ = false;
  FactKey key_;
  std::vector<Operand> operands_;
};

}  // namespace millrace::api::access
