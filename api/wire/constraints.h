// Constraint validation: the checks that AWS's front end collects, up to ten, into one message
// before any semantic check: "2 validation errors detected: Value ... at 'tableName' failed to
// satisfy constraint: ...; Value ...".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "api/wire/error.h"
#include "storage/base/json.h"

namespace millrace::api {

// Collects violations in the order in which they are added. Not thread-safe. Costs nothing while
// there are none.
class ConstraintCollector {
 public:
  static constexpr int kReportedMax = 10;

  // Each adds an entry when violated. `path` is the member's path with a lower-case first letter.
  void RequirePresent(json::Value value, std::string_view path);
  // For members that are absent nothing is checked.
  void CheckEnum(json::Value value, std::string_view path, std::string_view set_text,
                 std::span<const std::string_view> allowed);
  void CheckIntegerMin(json::Value value, std::string_view path, int64_t min);
  void CheckIntegerMax(json::Value value, std::string_view path, int64_t max);
  void CheckLength(json::Value value, std::string_view path, size_t min, size_t max);
  // Characters a-z A-Z 0-9 _ . - only, at least one.
  void CheckNamePattern(json::Value value, std::string_view path);
  // "Value '<value>' at '<path>' failed to satisfy constraint: <constraint>"; `value` empty
  // optional prints null.
  void AddValue(std::string_view value, std::string_view path, std::string_view constraint);
  void AddNull(std::string_view path);
  // A whole entry in its own words.
  void AddEntry(std::string entry);

  bool empty() const { return count_ == 0; }
  // OK when empty, else the ValidationException.
  ApiStatus Finish() const;

 private:
  int count_ = 0;
  std::string entries_;
};

// The enum sets that several operations share, in AWS's order.
void CheckReturnConsumedCapacity(json::Value value, ConstraintCollector* constraints);
void CheckReturnItemCollectionMetrics(json::Value value, ConstraintCollector* constraints);

// Checks the TableName of item operations (not CreateTable): null, empty, pattern, longest. ARNs
// pass.
void CheckItemTableName(json::Value value, ConstraintCollector* constraints,
                        std::string_view path = "tableName");

}  // namespace millrace::api
