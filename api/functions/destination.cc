// Telling destinations apart by their ARNs.
#include "api/functions/destination.h"

#include <algorithm>
#include <optional>
#include <string>

#include "streams/functions/function_name.h"

namespace millrace::api {
namespace {

bool IsQueueName(std::string_view name) {
  return !name.empty() && name.size() <= 80 &&
         std::all_of(name.begin(), name.end(), [](char letter) {
           return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                  (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
         });
}

}  // namespace

RestStatus CheckDestination(const Services& services, std::string_view arn) {
  const std::string queues = "arn:aws:sqs:" + services.region + ":" + services.account + ":";
  const std::string functions = "arn:aws:lambda:" + services.region + ":" + services.account + ":";
  if (arn.empty() || (arn.starts_with(queues) && IsQueueName(arn.substr(queues.size()))) ||
      (arn.starts_with(functions) && streams::ParseFunctionName(arn).has_value())) {
    return {};
  }
  const std::string shown(arn.substr(0, 256));
  if (arn.starts_with(queues) && arn.ends_with(".fifo")) {
    return InvalidParameterValue("The destination ARN " + shown +
                                 " is invalid. FIFO queues cannot be destinations.");
  }
  return InvalidParameterValue(
      "The destination ARN " + shown +
      " is invalid. Destinations of this server are queues and functions of its own region and "
      "account; it has no topics, event buses or buckets.");
}

}  // namespace millrace::api
