// Right-hand sides, ADD and DELETE on encoded values.
#include "api/expr/update_operand.h"

#include <algorithm>
#include <optional>

#include "api/wire/attribute_json.h"
#include "storage/codec/value_writer.h"
#include "storage/model/number.h"

namespace millrace::api::expr {
namespace {

ApiStatus WrongOperand() {
  return ValidationError("An operand in the update expression has an incorrect data type");
}

ApiStatus WrongExistingType(const UpdateAction& action) {
  return action.legacy ? ValidationError("Type mismatch for attribute to update") : WrongOperand();
}

ApiStatus Calculate(bool subtract, ValueView left, ValueView right, UpdatedValue* result) {
  Number number = left.AsNumber();
  const NumberError error = subtract ? Number::Subtract(number, right.AsNumber(), &number)
                                     : Number::Add(number, right.AsNumber(), &number);
  if (error != NumberError::kNone) {
    return ValidationError(NumberErrorMessage(error, ""));
  }
  result->buffer.clear();
  ValueWriter(&result->buffer).NumberValue(number);
  result->TakeBuffer();
  return ApiStatus::Ok();
}

void Concatenate(ValueView left, ValueView right, UpdatedValue* result) {
  std::string joined;
  joined.reserve(left.encoded().size() + right.encoded().size());
  ValueWriter writer(&joined);
  const size_t mark = writer.BeginContainer(AttributeType::kList);
  uint32_t count = 0;
  for (const ValueView list : {left, right}) {
    for (const ValueView element : list.AsList()) {
      writer.Copy(element);
      ++count;
    }
  }
  writer.EndContainer(mark, count);
  result->buffer = std::move(joined);
  result->TakeBuffer();
}

// Answers whether values are in a set; builds an index when there are many questions and many
// members.
class MemberIndex {
 public:
  MemberIndex(SetView set, uint32_t question_count) : set_(set) {
    constexpr uint64_t kFewComparisons = 1024;
    if (uint64_t{set.count()} * question_count > kFewComparisons) {
      sorted_.reserve(set.count());
      for (const std::string_view member : set) {
        sorted_.push_back(member);
      }
      std::sort(sorted_.begin(), sorted_.end());
    }
  }
  bool Contains(std::string_view member) const {
    return sorted_.empty() ? set_.Contains(member)
                           : std::binary_search(sorted_.begin(), sorted_.end(), member);
  }

 private:
  SetView set_;
  std::vector<std::string_view> sorted_;
};

void Unite(ValueView left, ValueView right, UpdatedValue* result) {
  result->buffer.reserve(left.encoded().size() + right.encoded().size());
  ValueWriter writer(&result->buffer);
  const size_t mark = writer.BeginContainer(left.type());
  const SetView old_members = left.AsSet();
  for (const std::string_view member : old_members) {
    writer.SetMember(member);
  }
  uint32_t count = old_members.count();
  const MemberIndex index(old_members, right.AsSet().count());
  for (const std::string_view member : right.AsSet()) {
    if (!index.Contains(member)) {
      writer.SetMember(member);
      ++count;
    }
  }
  writer.EndContainer(mark, count);
  result->TakeBuffer();
}

}  // namespace

ApiStatus OperandEvaluator::Evaluate(uint32_t index, UpdatedValue* result) const {
  const UpdateOperand& operand = program_.operands[index];
  switch (operand.kind) {
    case OperandKind::kValue:
      result->value = operand.value;
      return ApiStatus::Ok();
    case OperandKind::kPath:
      result->value = paths_[operand.path].Resolve(old_item_);
      if (!result->value.present()) {
        return ValidationError(
            "The provided expression refers to an attribute that does not exist in the item");
      }
      return ApiStatus::Ok();
    case OperandKind::kIfNotExists:
      result->value = paths_[operand.path].Resolve(old_item_);
      return result->value.present() ? ApiStatus::Ok() : Evaluate(operand.right, result);
    case OperandKind::kListAppend:
      return ListAppend(operand, result);
    default:
      return Arithmetic(operand, result);
  }
}

ApiStatus OperandEvaluator::Arithmetic(const UpdateOperand& operand, UpdatedValue* result) const {
  UpdatedValue right;
  RETURN_IF_API_ERROR(Evaluate(operand.left, result));
  RETURN_IF_API_ERROR(Evaluate(operand.right, &right));
  if (!result->value.IsNumber() || !right.value.IsNumber()) {
    return WrongOperand();
  }
  return Calculate(operand.kind == OperandKind::kSubtract, result->value, right.value, result);
}

ApiStatus OperandEvaluator::ListAppend(const UpdateOperand& operand, UpdatedValue* result) const {
  UpdatedValue right;
  RETURN_IF_API_ERROR(Evaluate(operand.left, result));
  RETURN_IF_API_ERROR(Evaluate(operand.right, &right));
  if (result->value.type() != AttributeType::kList || right.value.type() != AttributeType::kList) {
    return WrongOperand();
  }
  Concatenate(result->value, right.value, result);
  return ApiStatus::Ok();
}

ApiStatus ApplyAdd(const UpdateAction& action, ValueView old_value, UpdatedValue* result) {
  if (!old_value.present()) {
    result->value = action.value;
    return ApiStatus::Ok();
  }
  if (old_value.type() != action.value.type()) {
    return WrongExistingType(action);
  }
  if (old_value.IsNumber()) {
    return Calculate(/*subtract=*/false, old_value, action.value, result);
  }
  if (old_value.type() == AttributeType::kList) {
    Concatenate(old_value, action.value, result);
  } else {
    Unite(old_value, action.value, result);
  }
  return ApiStatus::Ok();
}

ApiStatus ApplyDelete(const UpdateAction& action, ValueView old_value, UpdatedValue* result) {
  result->value = ValueView();
  if (!old_value.present()) {
    return ApiStatus::Ok();
  }
  if (old_value.type() != action.value.type()) {
    return WrongExistingType(action);
  }
  ValueWriter writer(&result->buffer);
  const size_t mark = writer.BeginContainer(old_value.type());
  const MemberIndex index(action.value.AsSet(), old_value.AsSet().count());
  uint32_t count = 0;
  for (const std::string_view member : old_value.AsSet()) {
    if (!index.Contains(member)) {
      writer.SetMember(member);
      ++count;
    }
  }
  writer.EndContainer(mark, count);
  if (count > 0) {
    result->TakeBuffer();
  }
  return ApiStatus::Ok();
}

}  // namespace millrace::api::expr
