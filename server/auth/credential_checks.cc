// The checks in their order, which decides which sentence a request with several faults gets; they
// are numbered.
#include "server/auth/credential_checks.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace millrace::server {
namespace {

using api::ApiStatus;
using api::ErrorType;

constexpr int64_t kSkewSecondsMax = 15 * 60;
constexpr int64_t kPresignedSecondsMax = 604800;
constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

// Whether a path begins with a date, as only those of the functions service do.
bool IsFunctionsPath(std::string_view path) {
  return path.size() > 11 && path[5] == '-' && path[8] == '-' && path[11] == '/' &&
         path.substr(1, 4).find_first_not_of("0123456789") == std::string_view::npos;
}

// Function URLs are told by the host, or by the path where names cannot be resolved.
bool IsFunctionUrl(const RequestHead& head) {
  return head.path().starts_with("/_url/") ||
         head.Get(KnownHeader::kHost).find(".lambda-url.") != std::string_view::npos;
}

// The name under which the service of a request signs.
std::string_view ServiceOf(const RequestHead& head) {
  if ((head.path() != "/" && IsFunctionsPath(head.path())) || IsFunctionUrl(head)) {
    return "lambda";
  }
  const std::string_view target = head.Get(KnownHeader::kTarget);
  if (target.starts_with("Logs_20140328.")) {
    return "logs";
  }
  // The older form of the queue protocol has no target, and no other service takes forms.
  return target.starts_with("AmazonSQS.") ||
                 head.Get(KnownHeader::kContentType).starts_with("application/x-www-form-")
             ? "sqs"
             : "dynamodb";
}

std::string Concatenate(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) {
    text.append(part);
  }
  return text;
}

// 3: the header form with something missing.
ApiStatus CheckHeaderComplete(std::string_view authorization, const HeaderCredentials& parts,
                              std::string_view date) {
  std::string message;
  if (parts.credential.empty()) {
    message += "Authorization header requires 'Credential' parameter. ";
  }
  if (parts.signature.empty()) {
    message += "Authorization header requires 'Signature' parameter. ";
  }
  if (parts.signed_headers.empty()) {
    message += "Authorization header requires 'SignedHeaders' parameter. ";
  }
  if (date.empty()) {
    message +=
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  }
  if (message.empty()) {
    return ApiStatus::Ok();
  }
  message += "Authorization=";
  message += authorization;
  return ApiStatus(ErrorType::kIncompleteSignature, message);
}

// 4: the query form with something missing.
ApiStatus CheckQueryComplete(const QueryCredentials& parts) {
  const std::pair<const std::string&, std::string_view> required[] = {
      {parts.algorithm, "X-Amz-Algorithm"}, {parts.credential, "X-Amz-Credential"},
      {parts.signature, "X-Amz-Signature"}, {parts.signed_headers, "X-Amz-SignedHeaders"},
      {parts.date, "X-Amz-Date"},
  };
  std::string message;
  for (const auto& [value, name] : required) {
    if (value.empty()) {
      message += Concatenate({"AWS query-string parameters must include '", name, "'. "});
    }
  }
  if (message.empty()) {
    return ApiStatus::Ok();
  }
  message += "Re-examine the query-string parameters.";
  return ApiStatus(ErrorType::kIncompleteSignature, message);
}

// 5, 6: the date can be read and is not far from now.
ApiStatus CheckDate(const CheckedCredentials& credentials, int64_t now) {
  int64_t date = 0;
  if (!ParseBasicDate(credentials.date, &date)) {
    return ApiStatus(
        ErrorType::kIncompleteSignature,
        Concatenate({"Date must be in ISO-8601 'basic format'. Got '", credentials.date,
                     "'. See http://en.wikipedia.org/wiki/ISO_8601"}));
  }
  if (date < now - credentials.validity_seconds) {
    return ApiStatus(ErrorType::kInvalidSignature,
                     Concatenate({"Signature expired: ", credentials.date, " is now earlier than ",
                                  FormatBasicDate(now - credentials.validity_seconds), " (",
                                  FormatBasicDate(now), " - ",
                                  std::to_string(credentials.validity_seconds / 60), " min.)"}));
  }
  if (date > now + kSkewSecondsMax) {
    return ApiStatus(ErrorType::kInvalidSignature,
                     Concatenate({"Signature not yet current: ", credentials.date,
                                  " is still later than ", FormatBasicDate(now + kSkewSecondsMax),
                                  " (", FormatBasicDate(now), " + 15 min.)"}));
  }
  return ApiStatus::Ok();
}

// 10: the credential is scoped to this region, this service and the day of the date.
ApiStatus CheckScope(const CredentialScope& scope, std::string_view date, std::string_view region,
                     std::string_view service) {
  std::string message;
  if (scope.region != region) {
    message +=
        Concatenate({"Credential should be scoped to a valid region, not '", scope.region, "'. "});
  }
  if (scope.service != service) {
    message += Concatenate({"Credential should be scoped to correct service: '", service, "'. "});
  }
  if (scope.terminator != "aws4_request") {
    message +=
        Concatenate({"Credential should be scoped with a valid terminator: 'aws4_request', not '",
                     scope.terminator, "'. "});
  }
  if (scope.date != date.substr(0, 8)) {
    message += Concatenate(
        {"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
         "HTTP: '",
         scope.date, "' != '", date.substr(0, 8), "', from '", date, "'."});
  }
  return message.empty() ? ApiStatus::Ok() : ApiStatus(ErrorType::kInvalidSignature, message);
}

// Steps 5 to 10, which are the same for both forms.
ApiStatus CheckParts(std::string_view region, std::string_view service, int64_t now,
                     CheckedCredentials* credentials) {
  RETURN_IF_API_ERROR(CheckDate(*credentials, now));
  // 7
  if (!IsSignedHeader(*credentials, "host")) {
    return ApiStatus(ErrorType::kInvalidSignature,
                     "'Host' must be a 'SignedHeader' in the AWS Authorization.");
  }
  // 8
  if (credentials->algorithm != kAlgorithm) {
    return ApiStatus(ErrorType::kIncompleteSignature,
                     Concatenate({"Unsupported AWS 'algorithm': '", credentials->algorithm,
                                  "' (only AWS4-HMAC-SHA256 for now). "}));
  }
  // 9
  if (!SplitCredential(credentials->credential, &credentials->scope)) {
    return ApiStatus(ErrorType::kIncompleteSignature,
                     Concatenate({"Credential must have exactly 5 slash-delimited elements, e.g. "
                                  "keyid/date/region/service/term, got '",
                                  credentials->credential, "'"}));
  }
  return CheckScope(credentials->scope, credentials->date, region, service);
}

// How long a presigned request is valid: what it asks for within AWS's limit.
int64_t PresignedValidity(std::string_view expires) {
  int64_t seconds = 0;
  const auto [end, error] =
      std::from_chars(expires.data(), expires.data() + expires.size(), seconds);
  if (expires.empty() || error != std::errc() || end != expires.data() + expires.size() ||
      seconds < 1) {
    return kSkewSecondsMax;
  }
  return std::min(seconds, kPresignedSecondsMax);
}

}  // namespace

bool IsSignedHeader(const CheckedCredentials& credentials, std::string_view name) {
  std::string_view names = credentials.signed_headers;
  while (!names.empty()) {
    const size_t end = names.find(';');
    if (EqualsIgnoreCase(names.substr(0, end), name)) {
      return true;
    }
    names = end == std::string_view::npos ? std::string_view() : names.substr(end + 1);
  }
  return false;
}

ApiStatus CheckCredentials(const RequestHead& head, std::string_view region, int64_t now_seconds,
                           CheckedCredentials* credentials) {
  const bool has_header = head.Has(KnownHeader::kAuthorization);
  const bool has_query = QueryHasAlgorithm(head.query());
  const std::string_view authorization = head.Get(KnownHeader::kAuthorization);
  // 1
  if (has_header && has_query) {
    return ApiStatus(ErrorType::kInvalidSignature,
                     "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as "
                     "HTTP header.");
  }
  // 2
  if (!has_query && !authorization.starts_with("AWS4-")) {
    return ApiStatus(ErrorType::kMissingAuthenticationToken,
                     "Request is missing Authentication Token");
  }
  credentials->is_presigned = has_query;
  if (has_query) {
    credentials->query = ParseQueryCredentials(head.query());
    const QueryCredentials& parts = credentials->query;
    RETURN_IF_API_ERROR(CheckQueryComplete(parts));
    credentials->algorithm = parts.algorithm;
    credentials->credential = parts.credential;
    credentials->signed_headers = parts.signed_headers;
    credentials->signature = parts.signature;
    credentials->date = parts.date;
    credentials->validity_seconds = PresignedValidity(parts.expires);
  } else {
    const HeaderCredentials parts = ParseAuthorization(authorization);
    credentials->date = head.Get(KnownHeader::kAmzDate);
    if (credentials->date.empty()) {
      credentials->date = head.Get(KnownHeader::kDate);
    }
    RETURN_IF_API_ERROR(CheckHeaderComplete(authorization, parts, credentials->date));
    credentials->algorithm = parts.algorithm;
    credentials->credential = parts.credential;
    credentials->signed_headers = parts.signed_headers;
    credentials->signature = parts.signature;
    credentials->validity_seconds = kSkewSecondsMax;
  }
  return CheckParts(region, ServiceOf(head), now_seconds, credentials);
}

}  // namespace millrace::server
