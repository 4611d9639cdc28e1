// The open and the shape mode. The numbers in comments are the steps of protocol section 6, whose
// order decides which sentence a request with several faults gets.
#include "server/auth/authenticator.h"

#include <algorithm>
#include <charconv>

#include "server/auth/credentials.h"

namespace millrace::server {
namespace {

using api::ApiStatus;
using api::ErrorType;

constexpr int64_t kSkewSecondsMax = 15 * 60;
constexpr int64_t kPresignedSecondsMax = 604800;
constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

// Credentials of either form that have passed the checks for missing parts.
struct Credentials {
  std::string_view algorithm;
  std::string_view credential;
  std::string_view signed_headers;
  std::string_view date;
  int64_t validity_seconds = kSkewSecondsMax;
  std::string_view service = "dynamodb";  // that the request is for
};

// Whether a path begins with a date, as only those of the functions service do.
bool IsFunctionsPath(std::string_view path) {
  return path.size() > 11 && path[5] == '-' && path[8] == '-' && path[11] == '/' &&
         path.substr(1, 4).find_first_not_of("0123456789") == std::string_view::npos;
}

// The name under which the service of a request signs.
std::string_view ServiceOf(const RequestHead& head) {
  if (head.path() != "/" && IsFunctionsPath(head.path())) {
    return "lambda";
  }
  // The older form of the queue protocol has no target, and no other service takes forms.
  return head.Get(KnownHeader::kTarget).starts_with("AmazonSQS.") ||
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
ApiStatus CheckDate(const Credentials& credentials, int64_t now) {
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

// 7: the signature covers the host.
bool SignsHost(std::string_view signed_headers) {
  while (!signed_headers.empty()) {
    const size_t end = signed_headers.find(';');
    if (EqualsIgnoreCase(signed_headers.substr(0, end), "host")) {
      return true;
    }
    signed_headers =
        end == std::string_view::npos ? std::string_view() : signed_headers.substr(end + 1);
  }
  return false;
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
ApiStatus CheckCredentials(const Credentials& credentials, std::string_view region, int64_t now,
                           std::string* access_key_id) {
  RETURN_IF_API_ERROR(CheckDate(credentials, now));
  if (!SignsHost(credentials.signed_headers)) {
    return ApiStatus(ErrorType::kInvalidSignature,
                     "'Host' must be a 'SignedHeader' in the AWS Authorization.");
  }
  // 8
  if (credentials.algorithm != kAlgorithm) {
    return ApiStatus(ErrorType::kIncompleteSignature,
                     Concatenate({"Unsupported AWS 'algorithm': '", credentials.algorithm,
                                  "' (only AWS4-HMAC-SHA256 for now). "}));
  }
  // 9
  CredentialScope scope;
  if (!SplitCredential(credentials.credential, &scope)) {
    return ApiStatus(ErrorType::kIncompleteSignature,
                     Concatenate({"Credential must have exactly 5 slash-delimited elements, e.g. "
                                  "keyid/date/region/service/term, got '",
                                  credentials.credential, "'"}));
  }
  RETURN_IF_API_ERROR(CheckScope(scope, credentials.date, region, credentials.service));
  access_key_id->assign(scope.access_key_id);
  return ApiStatus::Ok();
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

ApiStatus OpenAuthenticator::Authenticate(const RequestHead& head, std::string_view /*body*/,
                                          std::string* access_key_id) const {
  // Only the key id is of interest, and nothing is checked, so the header is not taken apart: this
  // runs for every request of an open server.
  access_key_id->clear();
  std::string_view credential;
  QueryCredentials query;
  if (head.Has(KnownHeader::kAuthorization)) {
    constexpr std::string_view kCredential = "Credential=";
    const std::string_view header = head.Get(KnownHeader::kAuthorization);
    const size_t start = header.find(kCredential);
    if (start != std::string_view::npos) {
      credential = header.substr(start + kCredential.size());
    }
  } else if (QueryHasAlgorithm(head.query())) {
    query = ParseQueryCredentials(head.query());
    credential = query.credential;
  }
  access_key_id->assign(credential.substr(0, credential.find_first_of("/, ")));
  return ApiStatus::Ok();
}

ApiStatus ShapeAuthenticator::Authenticate(const RequestHead& head, std::string_view /*body*/,
                                           std::string* access_key_id) const {
  access_key_id->clear();
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
  const int64_t now = clock_->NowMs() / 1000;
  if (has_query) {
    const QueryCredentials parts = ParseQueryCredentials(head.query());
    RETURN_IF_API_ERROR(CheckQueryComplete(parts));
    return CheckCredentials({parts.algorithm, parts.credential, parts.signed_headers, parts.date,
                             PresignedValidity(parts.expires), ServiceOf(head)},
                            region_, now, access_key_id);
  }
  const HeaderCredentials parts = ParseAuthorization(authorization);
  std::string_view date = head.Get(KnownHeader::kAmzDate);
  if (date.empty()) {
    date = head.Get(KnownHeader::kDate);
  }
  RETURN_IF_API_ERROR(CheckHeaderComplete(authorization, parts, date));
  return CheckCredentials({parts.algorithm, parts.credential, parts.signed_headers, date,
                           kSkewSecondsMax, ServiceOf(head)},
                          region_, now, access_key_id);
}

}  // namespace millrace::server
