// The sentences of expression errors: everything that follows "Invalid <kind>: ", in one place, so
// that the texts can be compared with AWS's one by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/wire/error.h"
#include "storage/codec/value_view.h"
#include "storage/model/attribute_type.h"

namespace millrace::api::expr {

struct DocumentPath;

inline constexpr std::string_view kRedundantParentheses =
    "The expression has redundant parentheses;";

// The error for `detail` in an expression of `kind` ("ConditionExpression" ...), marked for the
// envelope of writes.
ApiStatus InvalidExpression(std::string_view kind, std::string_view detail);
// The error for an empty text, which is never enveloped.
ApiStatus EmptyExpression(std::string_view kind);

std::string ExpressionTooLong(size_t size_bytes);
std::string TooManyOperators(uint32_t count);
std::string TooManyInOperands(uint32_t count);
std::string PathTooDeep(size_t levels);
std::string SyntaxError(std::string_view token, std::string_view near);
std::string ReservedWord(std::string_view word);
std::string UndefinedName(std::string_view placeholder);
std::string UndefinedValue(std::string_view placeholder);
std::string UnknownFunction(std::string_view name);
std::string MisusedFunction(std::string_view name);
std::string WrongOperandCount(std::string_view name, size_t count);
std::string NeedsPath(std::string_view name);
// `type` is a short type name, or the set of them that stands for a path.
std::string WrongOperandType(std::string_view name, std::string_view type);
// For ADD and DELETE, which name types by long words.
std::string WrongActionType(std::string_view action, AttributeType type);
std::string SameOperand(std::string_view name, const DocumentPath& path);
std::string UnknownTypeName(std::string_view name);
std::string BoundsOfTwoTypes(ValueView lower, ValueView upper);
std::string BoundsReversed(ValueView lower, ValueView upper);
std::string RepeatedSection(std::string_view section);
std::string PathsOverlap(const DocumentPath& one, const DocumentPath& two);
std::string PathsConflict(const DocumentPath& one, const DocumentPath& two);

}  // namespace millrace::api::expr
