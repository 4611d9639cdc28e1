// Which parameters of a request may come together: AWS's sentences, in its order.
#include "api/expr/expression_request.h"

#include <algorithm>
#include <string>

namespace millrace::api::expr {
namespace {

bool AnyPresent(std::span<const NamedParameter> parameters) {
  return std::any_of(parameters.begin(), parameters.end(),
                     [](const NamedParameter& parameter) { return parameter.value.present(); });
}

std::string PresentNames(std::span<const NamedParameter> parameters) {
  std::string names = "{";
  for (const NamedParameter& parameter : parameters) {
    if (parameter.value.present()) {
      names.append(names.size() > 1 ? ", " : "").append(parameter.name);
    }
  }
  return names + "}";
}

}  // namespace

ApiStatus CheckExpressionParameters(std::span<const NamedParameter> legacy,
                                    std::span<const NamedParameter> expressions,
                                    std::span<const NamedParameter> value_bearing,
                                    json::Value names, json::Value values) {
  const bool any_expression = AnyPresent(expressions);
  if (any_expression && AnyPresent(legacy)) {
    return EnvelopedValidationError(
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: " +
        PresentNames(legacy) + " Expression parameters: " + PresentNames(expressions));
  }
  if (names.present() && !any_expression) {
    return ValidationError("ExpressionAttributeNames can only be specified when using expressions");
  }
  if (values.present() && !AnyPresent(value_bearing)) {
    std::string absent;
    for (const NamedParameter& parameter : value_bearing) {
      absent.append(absent.empty() ? "" : " and ").append(parameter.name).append(" is null");
    }
    return EnvelopedValidationError(
        "ExpressionAttributeValues can only be specified when using expressions: " + absent);
  }
  return ApiStatus::Ok();
}

}  // namespace millrace::api::expr
