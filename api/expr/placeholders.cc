// Names and values of a request: parsing with all checks, sorted look-up, what is left unused.
#include "api/expr/placeholders.h"

#include <algorithm>

#include "api/expr/lexer.h"
#include "api/wire/attribute_json.h"
#include "storage/codec/value_writer.h"

namespace millrace::api::expr {
namespace {

ApiStatus CheckMap(std::string_view member, char marker, json::Value map) {
  if (map.size() == 0) {
    return ValidationError(std::string(member) + " must not be empty");
  }
  for (const json::Member& entry : map.members()) {
    if (!IsPlaceholder(entry.name, marker)) {
      return ValidationError(std::string(member) + " contains invalid key: Syntax error; key: \"" +
                             std::string(entry.name) + "\"");
    }
  }
  return ApiStatus::Ok();
}

// The error for a value: most problems name the placeholder, and those of sets and NULL are
// enveloped by writes.
ApiStatus InvalidValue(const ValueProblem& problem, std::string_view placeholder) {
  using Kind = ValueProblem::Kind;
  const bool bare = problem.kind == Kind::kNullNotTrue || problem.kind == Kind::kNesting;
  const std::string message =
      bare ? problem.message
           : "ExpressionAttributeValues contains invalid value: " + problem.message + " for key " +
                 std::string(placeholder);
  switch (problem.kind) {
    case Kind::kNullNotTrue:
    case Kind::kEmptyStringSet:
    case Kind::kEmptyNumberSet:
    case Kind::kEmptyBinarySet:
    case Kind::kDuplicates:
      return EnvelopedValidationError(message);
    default:
      return ValidationError(message);
  }
}

// Sorts by placeholder; of entries sent twice the later one stays.
template <typename Entry>
void SortAndKeepLast(std::vector<Entry>* entries) {
  const auto less = [](const Entry& a, const Entry& b) { return a.placeholder < b.placeholder; };
  if (!std::is_sorted(entries->begin(), entries->end(), less)) {
    std::stable_sort(entries->begin(), entries->end(), less);
  }
  const auto same = [](const Entry& a, const Entry& b) { return a.placeholder == b.placeholder; };
  // Reversed, so that of equal ones std::unique keeps the last.
  entries->erase(entries->begin(), std::unique(entries->rbegin(), entries->rend(), same).base());
}

template <typename Entry>
Entry* FindEntry(std::vector<Entry>* entries, std::string_view placeholder) {
  const auto found = std::lower_bound(
      entries->begin(), entries->end(), placeholder,
      [](const Entry& entry, std::string_view sought) { return entry.placeholder < sought; });
  return found != entries->end() && found->placeholder == placeholder ? &*found : nullptr;
}

template <typename Entry>
ApiStatus CheckUsed(std::string_view member, const std::vector<Entry>& entries) {
  std::string unused;
  for (const Entry& entry : entries) {
    if (!entry.used) {
      unused.append(unused.empty() ? "" : ", ").append(entry.placeholder);
    }
  }
  if (unused.empty()) {
    return ApiStatus::Ok();
  }
  return ValidationError("Value provided in " + std::string(member) +
                         " unused in expressions: keys: {" + unused + "}");
}

}  // namespace

ApiStatus Placeholders::Parse(json::Value names, json::Value values, std::string* scratch) {
  if (names.present()) {
    RETURN_IF_API_ERROR(CheckMap("ExpressionAttributeNames", '#', names));
    names_.reserve(names.size());
    for (const json::Member& entry : names.members()) {
      if (entry.value.IsString()) {
        names_.push_back({entry.name, entry.value.AsString()});
      }
    }
    SortAndKeepLast(&names_);
  }
  return values.present() ? ParseValues(values, scratch) : ApiStatus::Ok();
}

ApiStatus Placeholders::ParseValues(json::Value values, std::string* scratch) {
  RETURN_IF_API_ERROR(CheckMap("ExpressionAttributeValues", ':', values));
  values_.reserve(values.size());
  ValueWriter writer(scratch);
  for (const json::Member& entry : values.members()) {
    values_.push_back({entry.name, scratch->size(), ValueView()});
    ValueProblem problem;
    if (!ParseAttributeValue(entry.value, 1, &writer, &problem)) {
      return InvalidValue(problem, entry.name);
    }
  }
  // Only now that the buffer has stopped growing do the values have their places.
  for (Value& value : values_) {
    value.value = ValueView::At(scratch->data() + value.offset, scratch->data() + scratch->size());
  }
  SortAndKeepLast(&values_);
  return ApiStatus::Ok();
}

const std::string_view* Placeholders::UseName(std::string_view placeholder) {
  Name* const name = FindEntry(&names_, placeholder);
  if (name == nullptr) {
    return nullptr;
  }
  name->used = true;
  return &name->name;
}

ValueView Placeholders::UseValue(std::string_view placeholder) {
  Value* const value = FindEntry(&values_, placeholder);
  if (value == nullptr) {
    return ValueView();
  }
  value->used = true;
  return value->value;
}

ApiStatus Placeholders::CheckAllUsed() const {
  RETURN_IF_API_ERROR(CheckUsed("ExpressionAttributeNames", names_));
  return CheckUsed("ExpressionAttributeValues", values_);
}

}  // namespace millrace::api::expr
