// Collecting and wording of constraint violations.
#include "api/wire/constraints.h"

#include <algorithm>
#include <array>

#include "api/wire/arn.h"
#include "storage/base/utf8.h"
#include "storage/model/limits.h"

namespace millrace::api {
namespace {

constexpr std::string_view kFailed = "' failed to satisfy constraint: ";
constexpr std::string_view kNamePattern =
    "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+";

// A value as Java's toString shows it.
std::string Print(json::Value value) {
  switch (value.type()) {
    case json::Type::kString:
      return std::string(value.AsString());
    case json::Type::kNumber:
      return std::to_string(value.AsInt64());
    case json::Type::kTrue:
      return "true";
    case json::Type::kFalse:
      return "false";
    case json::Type::kArray: {
      std::string text("[");
      for (const json::Value element : value.elements()) {
        if (text.size() > 1) {
          text.append(", ");
        }
        text.append(Print(element));
      }
      return text + "]";
    }
    default:
      return "null";
  }
}

size_t LengthOf(json::Value value) {
  return value.IsString() ? Utf16Length(value.AsString()) : value.size();
}

}  // namespace

void ConstraintCollector::RequirePresent(json::Value value, std::string_view path) {
  if (!value.present()) {
    AddNull(path);
  }
}

void ConstraintCollector::CheckEnum(json::Value value, std::string_view path,
                                    std::string_view set_text,
                                    std::span<const std::string_view> allowed) {
  if (!value.present()) {
    return;
  }
  const std::string_view text = value.AsString();
  if (std::find(allowed.begin(), allowed.end(), text) == allowed.end()) {
    AddValue(text, path, "Member must satisfy enum value set: " + std::string(set_text));
  }
}

void ConstraintCollector::CheckIntegerMin(json::Value value, std::string_view path, int64_t min) {
  if (value.present() && value.AsInt64() < min) {
    AddValue(Print(value), path,
             "Member must have value greater than or equal to " + std::to_string(min));
  }
}

void ConstraintCollector::CheckIntegerMax(json::Value value, std::string_view path, int64_t max) {
  if (value.present() && value.AsInt64() > max) {
    AddValue(Print(value), path,
             "Member must have value less than or equal to " + std::to_string(max));
  }
}

void ConstraintCollector::CheckLength(json::Value value, std::string_view path, size_t min,
                                      size_t max) {
  if (!value.present()) {
    return;
  }
  if (value.IsString() && value.AsString().size() >= 3 * min && value.AsString().size() <= max) {
    return;  // no character has more than three bytes for each unit of its length
  }
  const size_t length = LengthOf(value);
  if (length < min) {
    AddValue(Print(value), path,
             "Member must have length greater than or equal to " + std::to_string(min));
  } else if (length > max) {
    AddValue(Print(value), path,
             "Member must have length less than or equal to " + std::to_string(max));
  }
}

void ConstraintCollector::CheckNamePattern(json::Value value, std::string_view path) {
  if (!value.present()) {
    return;
  }
  const std::string_view text = value.AsString();
  if (text.empty() || !HasNameCharacters(text)) {
    AddValue(text, path, kNamePattern);
  }
}

void ConstraintCollector::AddValue(std::string_view value, std::string_view path,
                                   std::string_view constraint) {
  std::string entry("Value '");
  entry.append(value).append("' at '").append(path).append(kFailed).append(constraint);
  AddEntry(std::move(entry));
}

void ConstraintCollector::AddNull(std::string_view path) {
  std::string entry("Value null at '");
  entry.append(path).append(kFailed).append("Member must not be null");
  AddEntry(std::move(entry));
}

void ConstraintCollector::AddEntry(std::string entry) {
  if (count_ == kReportedMax) {
    return;
  }
  if (count_ > 0) {
    entries_.append("; ");
  }
  entries_.append(entry);
  ++count_;
}

ApiStatus ConstraintCollector::Finish() const {
  if (empty()) {
    return ApiStatus::Ok();
  }
  std::string message = std::to_string(count_);
  message.append(count_ == 1 ? " validation error detected: " : " validation errors detected: ");
  return ValidationError(message + entries_);
}

void CheckReturnConsumedCapacity(json::Value value, ConstraintCollector* constraints) {
  constexpr std::array<std::string_view, 3> kAllowed = {"INDEXES", "TOTAL", "NONE"};
  constraints->CheckEnum(value, "returnConsumedCapacity", "[INDEXES, TOTAL, NONE]", kAllowed);
}

void CheckReturnItemCollectionMetrics(json::Value value, ConstraintCollector* constraints) {
  constexpr std::array<std::string_view, 2> kAllowed = {"SIZE", "NONE"};
  constraints->CheckEnum(value, "returnItemCollectionMetrics", "[SIZE, NONE]", kAllowed);
}

void CheckItemTableName(json::Value value, ConstraintCollector* constraints,
                        std::string_view path) {
  if (!value.present()) {
    constraints->AddNull(path);
    return;
  }
  const std::string_view text = value.AsString();
  if (text.empty()) {
    constraints->CheckLength(value, path, 1, limits::kTableNameSizeMax);
    return;
  }
  if (text.starts_with("arn:") && ParseTableArn(text).has_value()) {
    return;
  }
  constraints->CheckNamePattern(value, path);
  constraints->CheckLength(value, path, 1, limits::kTableNameSizeMax);
}

}  // namespace millrace::api
