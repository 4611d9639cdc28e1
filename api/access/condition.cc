// The condition operators of the policy language. What a key that is not there means: a condition
// fails, unless its operator is negated, ends in IfExists or is quantified by ForAllValues.
#include "api/access/condition.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <utility>

#include "storage/base/iso_time.h"

namespace millrace::api::access {
namespace {

Status Invalid(const std::string& what) { return Status(StatusCode::kInvalidArgument, what); }

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  return lower;
}

bool ParseNumber(std::string_view text, double* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

// Seconds since 1970, a date, or a date with a time; `*time_ms` is in milliseconds.
bool ParseTime(std::string_view text, int64_t* time_ms) {
  constexpr int64_t kSecondsMax = int64_t{1} << 40;
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size() && seconds < kSecondsMax &&
      seconds > -kSecondsMax) {
    *time_ms = seconds * 1000;
    return true;
  }
  const std::optional<int64_t> time =
      ParseIsoTime(text.size() == 10 ? std::string(text) + "T00:00:00Z" : std::string(text));
  *time_ms = time.value_or(0);
  return time.has_value();
}

bool ParseBool(std::string_view text, bool* value) {
  const std::string lower = ToLower(text);
  *value = lower == "true";
  return *value || lower == "false";
}

bool Contains(const AddressRange& range, const AddressRange& address) {
  const size_t whole = range.bits / 8;
  if (std::memcmp(range.bytes.data(), address.bytes.data(), whole) != 0) {
    return false;
  }
  const int rest = range.bits % 8;
  return rest == 0 || (range.bytes[whole] ^ address.bytes[whole]) >> (8 - rest) == 0;
}

// Where the colons between the parts of an ARN are looked for: not within variables.
std::vector<std::string_view> SplitArn(std::string_view text, bool variables) {
  std::vector<std::string_view> parts;
  size_t begin = 0;
  for (size_t index = 0; index < text.size() && parts.size() < 5; ++index) {
    if (variables && text.substr(index).starts_with("${")) {
      index = std::min(text.find('}', index), text.size());
    } else if (text[index] == ':') {
      parts.push_back(text.substr(begin, index - begin));
      begin = index + 1;
    }
  }
  parts.push_back(text.substr(begin));
  return parts;
}

}  // namespace

bool ParseAddressRange(std::string_view text, AddressRange* range) {
  const size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  int bits_max = 128;
  if (inet_pton(AF_INET6, address.c_str(), range->bytes.data()) != 1) {
    in_addr short_address;
    if (inet_pton(AF_INET, address.c_str(), &short_address) != 1) {
      return false;
    }
    range->bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    std::memcpy(range->bytes.data() + 12, &short_address, 4);
    bits_max = 32;
  }
  int bits = bits_max;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || end != digits.data() + digits.size() || bits < 0 ||
        bits > bits_max) {
      return false;
    }
  }
  range->bits = static_cast<uint8_t>(128 - bits_max + bits);
  return true;
}

constexpr Condition::Operator Condition::kOperators[] = {
    {"stringequals", Kind::kText},
    {"stringnotequals", Kind::kText, true},
    {"stringequalsignorecase", Kind::kTextIgnoringCase},
    {"stringnotequalsignorecase", Kind::kTextIgnoringCase, true},
    {"stringlike", Kind::kText, false, Order::kEqual, true},
    {"stringnotlike", Kind::kText, true, Order::kEqual, true},
    {"binaryequals", Kind::kText},
    {"arnequals", Kind::kArn, false, Order::kEqual, true},
    {"arnlike", Kind::kArn, false, Order::kEqual, true},
    {"arnnotequals", Kind::kArn, true, Order::kEqual, true},
    {"arnnotlike", Kind::kArn, true, Order::kEqual, true},
    {"numericequals", Kind::kNumber},
    {"numericnotequals", Kind::kNumber, true},
    {"numericlessthan", Kind::kNumber, false, Order::kLess},
    {"numericlessthanequals", Kind::kNumber, false, Order::kLessOrEqual},
    {"numericgreaterthan", Kind::kNumber, false, Order::kGreater},
    {"numericgreaterthanequals", Kind::kNumber, false, Order::kGreaterOrEqual},
    {"dateequals", Kind::kTime},
    {"datenotequals", Kind::kTime, true},
    {"datelessthan", Kind::kTime, false, Order::kLess},
    {"datelessthanequals", Kind::kTime, false, Order::kLessOrEqual},
    {"dategreaterthan", Kind::kTime, false, Order::kGreater},
    {"dategreaterthanequals", Kind::kTime, false, Order::kGreaterOrEqual},
    {"bool", Kind::kBool},
    {"ipaddress", Kind::kAddress},
    {"notipaddress", Kind::kAddress, true},
    {"null", Kind::kNull},
};

Status Condition::CompileOperator(std::string_view name, Condition* condition) {
  std::string lower = ToLower(name);
  const auto take_prefix = [&lower](std::string_view prefix) {
    const bool there = lower.starts_with(prefix);
    lower.erase(0, there ? prefix.size() : 0);
    return there;
  };
  if (take_prefix("forallvalues:")) {
    condition->quantifier_ = Quantifier::kForAllValues;
  } else if (take_prefix("foranyvalue:")) {
    condition->quantifier_ = Quantifier::kForAnyValue;
  }
  constexpr std::string_view kIfExists = "ifexists";
  if (lower.ends_with(kIfExists)) {
    lower.resize(lower.size() - kIfExists.size());
    condition->if_exists_ = true;
  }
  for (const Operator& known : kOperators) {
    if (known.name != lower) {
      continue;
    }
    if (known.kind == Kind::kNull &&
        (condition->if_exists_ || condition->quantifier_ != Quantifier::kNone)) {
      break;
    }
    condition->kind_ = known.kind;
    condition->negated_ = known.negated;
    condition->order_ = known.order;
    condition->wildcards_ = known.wildcards;
    return Status::Ok();
  }
  return Invalid("'" + std::string(name) + "' is no condition operator");
}

Result<Condition::ArnPattern> Condition::CompileArn(std::string_view text,
                                                    const PatternRules& rules) {
  const std::vector<std::string_view> parts = SplitArn(text, rules.variables);
  if (parts.size() != 6 && text != "*") {
    return Invalid("'" + std::string(text) + "' is no ARN");
  }
  ArnPattern arn;
  for (const std::string_view part : parts) {
    ASSIGN_OR_RETURN(Pattern pattern, Pattern::Compile(part, rules));
    arn.push_back(std::move(pattern));
  }
  return arn;
}

Status Condition::AddOperand(json::Value value, bool variables) {
  std::string_view text;
  if (value.IsString()) {
    text = value.AsString();
  } else if (value.IsNumber()) {
    text = value.NumberText();
  } else if (value.IsBool()) {
    text = value.AsBool() ? "true" : "false";
  } else {
    return Invalid("the values of a condition are strings, numbers or booleans");
  }
  const auto wrong = [text](const char* what) {
    return Invalid("'" + std::string(text) + "' is no " + what);
  };
  double number = 0;
  int64_t time_ms = 0;
  bool flag = false;
  AddressRange range;
  switch (kind_) {
    case Kind::kText:
    case Kind::kTextIgnoringCase: {
      ASSIGN_OR_RETURN(Pattern pattern, Pattern::Compile(text, {wildcards_, variables,
                                                                kind_ == Kind::kTextIgnoringCase}));
      operands_.emplace_back(std::move(pattern));
      return Status::Ok();
    }
    case Kind::kArn: {
      ASSIGN_OR_RETURN(ArnPattern arn, CompileArn(text, {true, variables, false}));
      operands_.emplace_back(std::move(arn));
      return Status::Ok();
    }
    case Kind::kNumber:
      operands_.emplace_back(number);
      return ParseNumber(text, &std::get<double>(operands_.back())) ? Status::Ok()
                                                                    : wrong("number");
    case Kind::kTime:
      operands_.emplace_back(time_ms);
      return ParseTime(text, &std::get<int64_t>(operands_.back())) ? Status::Ok() : wrong("date");
    case Kind::kBool:
    case Kind::kNull:
      operands_.emplace_back(flag);
      return ParseBool(text, &std::get<bool>(operands_.back())) ? Status::Ok() : wrong("boolean");
    case Kind::kAddress:
      operands_.emplace_back(range);
      return ParseAddressRange(text, &std::get<AddressRange>(operands_.back()))
                 ? Status::Ok()
                 : wrong("address or range of addresses");
  }
  return Invalid("unknown kind of condition");
}

Status Condition::Compile(json::Value block, bool variables, std::vector<Condition>* conditions) {
  if (!block.IsObject()) {
    return Invalid("Condition must be an object");
  }
  for (const json::Member operation : block.members()) {
    if (!operation.value.IsObject()) {
      return Invalid("the condition operator '" + std::string(operation.name) +
                     "' must have an object");
    }
    for (const json::Member member : operation.value.members()) {
      Condition& condition = conditions->emplace_back();
      RETURN_IF_ERROR(CompileOperator(operation.name, &condition));
      condition.key_ = FindFactKey(member.name);
      if (!member.value.IsArray()) {
        RETURN_IF_ERROR(condition.AddOperand(member.value, variables));
        continue;
      }
      for (const json::Value value : member.value.elements()) {
        RETURN_IF_ERROR(condition.AddOperand(value, variables));
      }
    }
  }
  return Status::Ok();
}

template <typename Number>
bool Condition::InOrder(Number left, Number right) const {
  switch (order_) {
    case Order::kEqual:
      return left == right;
    case Order::kLess:
      return left < right;
    case Order::kLessOrEqual:
      return left <= right;
    case Order::kGreater:
      return left > right;
    case Order::kGreaterOrEqual:
      return left >= right;
  }
  return false;
}

bool Condition::FitsArn(std::string_view value, const ArnPattern& arn, const Facts& facts) {
  if (arn.size() == 1) {
    return true;
  }
  const std::vector<std::string_view> parts = SplitArn(value, false);
  if (parts.size() != arn.size()) {
    return false;
  }
  for (size_t index = 0; index < parts.size(); ++index) {
    if (!arn[index].Matches(parts[index], facts)) {
      return false;
    }
  }
  return true;
}

bool Condition::Fits(const std::string& value, const Operand& operand, const Facts& facts) const {
  switch (kind_) {
    case Kind::kText:
      return std::get<Pattern>(operand).Matches(value, facts);
    case Kind::kTextIgnoringCase:
      return std::get<Pattern>(operand).Matches(ToLower(value), facts);
    case Kind::kArn:
      return FitsArn(value, std::get<ArnPattern>(operand), facts);
    case Kind::kNumber: {
      double number = 0;
      return ParseNumber(value, &number) && InOrder(number, std::get<double>(operand));
    }
    case Kind::kTime: {
      int64_t time_ms = 0;
      return ParseTime(value, &time_ms) && InOrder(time_ms, std::get<int64_t>(operand));
    }
    case Kind::kBool: {
      bool flag = false;
      return ParseBool(value, &flag) && flag == std::get<bool>(operand);
    }
    case Kind::kAddress: {
      AddressRange address;
      return ParseAddressRange(value, &address) &&
             Contains(std::get<AddressRange>(operand), address);
    }
    case Kind::kNull:
      break;  // is not about values
  }
  return false;
}

bool Condition::Satisfies(const std::string& value, const Facts& facts) const {
  const bool fits = std::any_of(operands_.begin(), operands_.end(), [&](const Operand& operand) {
    return Fits(value, operand, facts);
  });
  return fits != negated_;
}

bool Condition::HoldsFor(const FactValues& values, const Facts& facts) const {
  const auto satisfies = [&](const std::string& value) { return Satisfies(value, facts); };
  // Without a quantifier a negated operator is about all values: it denies what has any of them.
  const bool all =
      quantifier_ == Quantifier::kForAllValues || (quantifier_ == Quantifier::kNone && negated_);
  return all ? std::all_of(values.begin(), values.end(), satisfies)
             : std::any_of(values.begin(), values.end(), satisfies);
}

bool Condition::Holds(const Facts& facts) const {
  const FactValues* const values = facts.Find(key_);
  const bool there = values != nullptr && !values->empty();
  if (kind_ == Kind::kNull) {
    return std::any_of(operands_.begin(), operands_.end(),
                       [&](const Operand& operand) { return std::get<bool>(operand) != there; });
  }
  if (!there) {
    return if_exists_ || quantifier_ == Quantifier::kForAllValues ||
           (negated_ && quantifier_ == Quantifier::kNone);
  }
  return HoldsFor(*values, facts);
}

}  // namespace millrace::api::access
