// From the text of a pattern to its tree, with all the refusals: a pattern that could never mean
// what its author thinks must not silently drop every event.
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

#include "storage/base/json.h"
#include "streams/pattern/pattern.h"
#include "streams/pattern/pattern_tree.h"

namespace millrace::streams {
namespace {

constexpr std::array<std::string_view, 8> kOperatorNames = {
    "prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "numeric",
    "exists", "cidr"};
constexpr std::string_view kOr = "$or";
constexpr int64_t kNumericMax = 5'000'000'000'000'000;  // in millionths

bool IsOperatorName(std::string_view name) {
  return std::find(kOperatorNames.begin(), kOperatorNames.end(), name) != kOperatorNames.end();
}

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  return lower;
}

class Compiler {
 public:
  explicit Compiler(const PatternOptions& options) : options_(options) {}

  Status CompileObject(json::Value value, int depth, ObjectPattern* pattern) {
    if (!value.IsObject() || value.size() == 0) {
      return Refuse("an object with at least one member is expected");
    }
    if (depth > Pattern::kDepthMax) {
      return Refuse("the pattern is nested too deeply");
    }
    for (const json::Member& member : value.members()) {
      const size_t path_size = path_.size();
      path_.append(path_.empty() ? "" : ".").append(member.name);
      RETURN_IF_ERROR(CompileMember(member, depth, pattern));
      path_.resize(path_size);
    }
    return Status::Ok();
  }

  // In how many ways the pattern can be satisfied, as far as $or is concerned.
  static uint64_t Combinations(const ObjectPattern& pattern) {
    uint64_t count = 1;
    for (const MemberPattern& member : pattern.members) {
      count *= member.object != nullptr ? Combinations(*member.object) : member.conditions.size();
      count = std::min(count, Pattern::kCombinationsMax + 1);
    }
    for (const std::vector<ObjectPattern>& alternatives : pattern.alternatives) {
      uint64_t sum = 0;
      for (const ObjectPattern& alternative : alternatives) {
        sum += Combinations(alternative);
      }
      count = std::min(count * sum, Pattern::kCombinationsMax + 1);
    }
    return count;
  }

  bool has_or() const { return has_or_; }
  Status Refuse(std::string_view why) const {
    return Status(
        StatusCode::kInvalidArgument,
        (path_.empty() ? std::string("the pattern") : "at " + path_) + ": " + std::string(why));
  }

 private:
  static bool IsAlternatives(json::Value value) {
    if (!value.IsArray() || value.size() < 2) {
      return false;
    }
    for (const json::Value element : value.elements()) {
      if (!element.IsObject()) {
        return false;
      }
      for (const json::Member& member : element.members()) {
        if (IsOperatorName(member.name)) {
          return false;
        }
      }
    }
    return true;
  }

  Status CompileMember(const json::Member& member, int depth, ObjectPattern* pattern) {
    if (member.name == kOr && IsAlternatives(member.value)) {
      has_or_ = true;
      std::vector<ObjectPattern>& alternatives = pattern->alternatives.emplace_back();
      for (const json::Value element : member.value.elements()) {
        RETURN_IF_ERROR(CompileObject(element, depth + 1, &alternatives.emplace_back()));
      }
      return Status::Ok();
    }
    for (const MemberPattern& other : pattern->members) {
      if (other.name == member.name) {
        return Refuse("the member is there twice");
      }
    }
    MemberPattern compiled;
    compiled.name = member.name;
    if (member.value.IsObject()) {
      compiled.object = std::make_unique<ObjectPattern>();
      RETURN_IF_ERROR(CompileObject(member.value, depth + 1, compiled.object.get()));
    } else if (member.value.IsArray() && member.value.size() > 0) {
      of_text_ = options_.numeric_attributes && member.name == "N";
      for (const json::Value element : member.value.elements()) {
        RETURN_IF_ERROR(CompileValue(element, &compiled.conditions.emplace_back()));
      }
    } else {
      return Refuse("a list of at least one value, or an object, is expected");
    }
    pattern->members.push_back(std::move(compiled));
    return Status::Ok();
  }

  Status CompileValue(json::Value value, Condition* condition) const {
    switch (value.type()) {
      case json::Type::kString:
        condition->test = Test::kString;
        condition->text = value.AsString();
        return Status::Ok();
      case json::Type::kNumber:
        condition->test = Test::kNumber;
        return SetBound(value, &condition->low, &condition->high);
      case json::Type::kTrue:
        condition->test = Test::kTrue;
        return Status::Ok();
      case json::Type::kFalse:
        condition->test = Test::kFalse;
        return Status::Ok();
      case json::Type::kNull:
        condition->test = Test::kNull;
        return Status::Ok();
      case json::Type::kObject:
        return CompileOperator(value, condition);
      case json::Type::kArray:
        break;
    }
    return Refuse("a list inside a list is not allowed");
  }

  Status CompileOperator(json::Value value, Condition* condition) const {
    if (value.size() != 1) {
      return Refuse("exactly one operator is expected in an object of the list");
    }
    const json::Member member = *value.members().begin();
    const json::Value operand = member.value;
    if (member.name == "prefix") {
      return CompilePrefix(operand, condition);
    }
    if (member.name == "suffix") {
      return SetText(operand, Test::kSuffix, condition);
    }
    if (member.name == "equals-ignore-case") {
      RETURN_IF_ERROR(SetText(operand, Test::kEqualsIgnoreCase, condition));
      condition->text = ToLower(condition->text);
      return Status::Ok();
    }
    if (member.name == "wildcard") {
      return CompileWildcard(operand, condition);
    }
    if (member.name == "anything-but") {
      return CompileAnythingBut(operand, condition);
    }
    if (member.name == "numeric") {
      return CompileNumeric(operand, condition);
    }
    if (member.name == "exists") {
      if (!operand.IsBool()) {
        return Refuse("exists takes true or false");
      }
      condition->test = operand.AsBool() ? Test::kExists : Test::kNotExists;
      return Status::Ok();
    }
    if (member.name == "cidr") {
      return CompileAddressRange(operand, condition);
    }
    return Refuse("there is no operator " + std::string(member.name));
  }

  Status SetText(json::Value operand, Test test, Condition* condition) const {
    if (!operand.IsString()) {
      return Refuse("the operator takes a string");
    }
    condition->test = test;
    condition->text = operand.AsString();
    return Status::Ok();
  }

  Status CompilePrefix(json::Value operand, Condition* condition) const {
    if (!operand.IsObject()) {
      return SetText(operand, Test::kPrefix, condition);
    }
    const json::Value inner = operand.FindRaw("equals-ignore-case");
    if (operand.size() != 1 || !inner.present()) {
      return Refuse("prefix takes a string or equals-ignore-case");
    }
    RETURN_IF_ERROR(SetText(inner, Test::kPrefixIgnoreCase, condition));
    condition->text = ToLower(condition->text);
    return Status::Ok();
  }

  Status CompileWildcard(json::Value operand, Condition* condition) const {
    RETURN_IF_ERROR(SetText(operand, Test::kWildcard, condition));
    condition->segments.emplace_back();
    for (size_t index = 0; index < condition->text.size(); ++index) {
      const char letter = condition->text[index];
      if (letter == '*') {
        if (condition->segments.size() > 1 && condition->segments.back().empty()) {
          return Refuse("consecutive asterisks are not allowed in a wildcard");
        }
        condition->segments.emplace_back();
        continue;
      }
      if (letter == '\\') {
        const char next = index + 1 < condition->text.size() ? condition->text[index + 1] : '\0';
        if (next != '*' && next != '\\') {
          return Refuse("a backslash in a wildcard stands before an asterisk or a backslash only");
        }
        ++index;
      }
      condition->segments.back().push_back(condition->text[index]);
    }
    // A text may begin with an asterisk, so an empty first segment is none of two in a row.
    return Status::Ok();
  }

  Status CompileAnythingBut(json::Value operand, Condition* condition) const {
    condition->test = Test::kAnythingBut;
    if (operand.IsObject()) {
      return CompileExcludedOperator(operand, condition);
    }
    if (!operand.IsArray()) {
      return CompileExcluded(operand, condition);
    }
    if (operand.size() == 0) {
      return Refuse("anything-but takes at least one value");
    }
    const json::Type type = (*operand.elements().begin()).type();
    for (const json::Value element : operand.elements()) {
      if (element.type() != type) {
        return Refuse("the values of anything-but must be of one type");
      }
      RETURN_IF_ERROR(CompileExcluded(element, condition));
    }
    return Status::Ok();
  }

  Status CompileExcluded(json::Value value, Condition* condition) const {
    if (!value.IsString() && !value.IsNumber()) {
      return Refuse("anything-but takes strings or numbers");
    }
    return CompileValue(value, &condition->excluded.emplace_back());
  }

  Status CompileExcludedOperator(json::Value operand, Condition* condition) const {
    const json::Member member = operand.size() == 1 ? *operand.members().begin() : json::Member();
    if (member.name != "prefix" && member.name != "suffix" && member.name != "equals-ignore-case" &&
        member.name != "wildcard") {
      return Refuse("anything-but takes prefix, suffix, equals-ignore-case or wildcard");
    }
    const auto compile = [&](json::Value text) -> Status {
      Condition& excluded = condition->excluded.emplace_back();
      if (member.name == "wildcard") {
        return CompileWildcard(text, &excluded);
      }
      const Test test = member.name == "prefix"   ? Test::kPrefix
                        : member.name == "suffix" ? Test::kSuffix
                                                  : Test::kEqualsIgnoreCase;
      RETURN_IF_ERROR(SetText(text, test, &excluded));
      if (test == Test::kEqualsIgnoreCase) {
        excluded.text = ToLower(excluded.text);
      }
      return Status::Ok();
    };
    if (!member.value.IsArray()) {
      return compile(member.value);
    }
    if (member.value.size() == 0) {
      return Refuse("anything-but takes at least one value");
    }
    for (const json::Value text : member.value.elements()) {
      RETURN_IF_ERROR(compile(text));
    }
    return Status::Ok();
  }

  Status SetBound(json::Value value, int64_t* bound, int64_t* other = nullptr) const {
    const std::optional<int64_t> number =
        value.IsNumber() ? ParseScaledNumber(value.NumberText()) : std::nullopt;
    if (!number.has_value() || *number > kNumericMax || *number < -kNumericMax) {
      return Refuse("a number between -5e9 and 5e9 is expected");
    }
    *bound = *number;
    if (other != nullptr) {
      *other = *number;
    }
    return Status::Ok();
  }

  Status CompileNumeric(json::Value operand, Condition* condition) const {
    if (!operand.IsArray() || (operand.size() != 2 && operand.size() != 4)) {
      return Refuse("numeric takes one or two pairs of a comparison and a number");
    }
    condition->test = Test::kNumeric;
    condition->of_text = of_text_;
    std::vector<json::Value> parts;
    for (const json::Value part : operand.elements()) {
      parts.push_back(part);
    }
    for (size_t index = 0; index < parts.size(); index += 2) {
      RETURN_IF_ERROR(CompileComparison(parts[index], parts[index + 1], parts.size() == 4,
                                        index == 0, condition));
    }
    if (parts.size() == 4 && condition->high <= condition->low) {
      return Refuse("the upper bound of numeric must be above the lower one");
    }
    return Status::Ok();
  }

  Status CompileComparison(json::Value comparison, json::Value number, bool is_range, bool is_first,
                           Condition* condition) const {
    const std::string_view sign = comparison.IsString() ? comparison.AsString() : "";
    const bool lower = sign == ">" || sign == ">=";
    const bool upper = sign == "<" || sign == "<=";
    if ((!lower && !upper && sign != "=") || (is_range && lower != is_first) ||
        (is_range && sign == "=")) {
      return Refuse(is_range ? "numeric takes a lower bound and then an upper one"
                             : "numeric compares with =, <, <=, > or >=");
    }
    if (sign == "=") {
      return SetBound(number, &condition->low, &condition->high);
    }
    (lower ? condition->low_inclusive : condition->high_inclusive) = sign.size() == 2;
    return SetBound(number, lower ? &condition->low : &condition->high);
  }

  Status CompileAddressRange(json::Value operand, Condition* condition) const {
    RETURN_IF_ERROR(SetText(operand, Test::kAddressRange, condition));
    const std::string& text = condition->text;
    const size_t slash = text.find('/');
    const std::string address = text.substr(0, slash);
    condition->is_version6 = address.find(':') != std::string::npos;
    const int bits_max = condition->is_version6 ? 128 : 32;
    const char* const digits =
        slash == std::string::npos ? text.data() + text.size() : text.data() + slash + 1;
    const auto parsed = std::from_chars(digits, text.data() + text.size(), condition->address_bits);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() ||
        condition->address_bits < 0 || condition->address_bits > bits_max ||
        inet_pton(condition->is_version6 ? AF_INET6 : AF_INET, address.c_str(),
                  condition->address.data()) != 1) {
      return Refuse("cidr takes an address and a number of bits, like 10.0.0.0/8");
    }
    return Status::Ok();
  }

  const PatternOptions options_;
  std::string path_;
  bool of_text_ = false;
  bool has_or_ = false;
};

}  // namespace

Result<Pattern> Pattern::Compile(std::string_view text, const PatternOptions& options) {
  Compiler compiler(options);
  if (text.size() > kSizeMax) {
    return compiler.Refuse("longer than 4096 characters");
  }
  std::string copy(text);
  json::Document document;
  if (!document.Parse({copy.data(), copy.size()}).ok()) {
    return compiler.Refuse("not JSON");
  }
  auto root = std::make_shared<ObjectPattern>();
  RETURN_IF_ERROR(compiler.CompileObject(document.root(), 1, root.get()));
  if (compiler.has_or() && Compiler::Combinations(*root) > kCombinationsMax) {
    return compiler.Refuse("too many combinations of alternatives");
  }
  return Pattern(std::move(root));
}

}  // namespace millrace::streams
