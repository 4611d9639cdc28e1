// The texts are AWS's to the letter.
#include "api/expr/messages.h"

#include <initializer_list>

#include "api/expr/document_path.h"
#include "storage/base/base64.h"
#include "storage/model/number.h"

namespace millrace::api::expr {
namespace {

std::string Concat(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) {
    text.append(part);
  }
  return text;
}

std::string PrintValue(ValueView value) {
  std::string text = Concat({"AttributeValue: {", AttributeTypeName(value.type()), ":"});
  switch (value.type()) {
    case AttributeType::kString:
      text.append(value.payload());
      break;
    case AttributeType::kNumber:
      Number::AppendSortableAsText(value.payload(), &text);
      break;
    case AttributeType::kBinary:
      EncodeBase64(value.payload(), &text);
      break;
    default:
      break;  // other types are refused before anything prints them
  }
  return text + "}";
}

std::string_view LongTypeName(AttributeType type) {
  switch (type) {
    case AttributeType::kString:
      return "STRING";
    case AttributeType::kNumber:
      return "NUMBER";
    case AttributeType::kBinary:
      return "BINARY";
    case AttributeType::kBool:
      return "BOOLEAN";
    case AttributeType::kNull:
      return "NULL";
    case AttributeType::kList:
      return "LIST";
    case AttributeType::kMap:
      return "MAP";
    default:
      return AttributeTypeName(type);  // sets are accepted wherever this is used
  }
}

}  // namespace

ApiStatus InvalidExpression(std::string_view kind, std::string_view detail) {
  return EnvelopedValidationError(Concat({"Invalid ", kind, ": ", detail}));
}

ApiStatus EmptyExpression(std::string_view kind) {
  return ValidationError(Concat({"Invalid ", kind, ": The expression can not be empty;"}));
}

std::string ExpressionTooLong(size_t size_bytes) {
  return "Expression size has exceeded the maximum allowed size; expression size: " +
         std::to_string(size_bytes);
}

std::string TooManyOperators(uint32_t count) {
  return "The expression contains too many operators; operator count: " + std::to_string(count);
}

std::string TooManyInOperands(uint32_t count) {
  return "The IN operator is provided with too many operands; number of operands: " +
         std::to_string(count);
}

std::string PathTooDeep(size_t levels) {
  return "The document path has too many nesting elements; nesting levels: " +
         std::to_string(levels);
}

std::string SyntaxError(std::string_view token, std::string_view near) {
  return Concat({"Syntax error; token: \"", token, "\", near: \"", near, "\""});
}

std::string ReservedWord(std::string_view word) {
  return Concat({"Attribute name is a reserved keyword; reserved keyword: ", word});
}

std::string UndefinedName(std::string_view placeholder) {
  return Concat(
      {"An expression attribute name used in the document path is not defined; attribute "
       "name: ",
       placeholder});
}

std::string UndefinedValue(std::string_view placeholder) {
  return Concat(
      {"An expression attribute value used in expression is not defined; attribute value: ",
       placeholder});
}

std::string UnknownFunction(std::string_view name) {
  return Concat({"Invalid function name; function: ", name});
}

std::string MisusedFunction(std::string_view name) {
  return Concat(
      {"The function is not allowed to be used this way in an expression; function: ", name});
}

std::string WrongOperandCount(std::string_view name, size_t count) {
  return Concat({"Incorrect number of operands for operator or function; operator or function: ",
                 name, ", number of operands: ", std::to_string(count)});
}

std::string NeedsPath(std::string_view name) {
  return Concat({"Operator or function requires a document path; operator or function: ", name});
}

std::string WrongOperandType(std::string_view name, std::string_view type) {
  return Concat({"Incorrect operand type for operator or function; operator or function: ", name,
                 ", operand type: ", type});
}

std::string WrongActionType(std::string_view action, AttributeType type) {
  return Concat({"Incorrect operand type for operator or function; operator: ", action,
                 ", operand type: ", LongTypeName(type)});
}

std::string SameOperand(std::string_view name, const DocumentPath& path) {
  return Concat(
      {"The first operand must be distinct from the remaining operands for this operator "
       "or function; operator: ",
       name, ", first operand: ", path.ToString()});
}

std::string UnknownTypeName(std::string_view name) {
  return Concat({"Invalid attribute type name found; type: ", name,
                 ", valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"});
}

std::string BoundsOfTwoTypes(ValueView lower, ValueView upper) {
  return Concat(
      {"The BETWEEN operator requires same data type for lower and upper bounds; lower "
       "bound operand: ",
       PrintValue(lower), ", upper bound operand: ", PrintValue(upper)});
}

std::string BoundsReversed(ValueView lower, ValueView upper) {
  return Concat(
      {"The BETWEEN operator requires upper bound to be greater than or equal to lower "
       "bound; lower bound operand: ",
       PrintValue(lower), ", upper bound operand: ", PrintValue(upper)});
}

std::string RepeatedSection(std::string_view section) {
  return Concat({"The \"", section, "\" section can only be used once in an update expression;"});
}

std::string PathsOverlap(const DocumentPath& one, const DocumentPath& two) {
  return Concat(
      {"Two document paths overlap with each other; must remove or rewrite one of these "
       "paths; path one: ",
       one.ToString(), ", path two: ", two.ToString()});
}

std::string PathsConflict(const DocumentPath& one, const DocumentPath& two) {
  return Concat(
      {"Two document paths conflict with each other; must remove or rewrite one of these "
       "paths; path one: ",
       one.ToString(), ", path two: ", two.ToString()});
}

}  // namespace millrace::api::expr
