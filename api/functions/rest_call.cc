// Requests of the functions service: their parts, where they run, and their answers.
#include "api/functions/rest_call.h"

#include <algorithm>
#include <charconv>

#include "api/functions/rest_dispatch.h"
#include "api/functions/rest_path.h"
#include "api/wire/constraints.h"
#include "api/wire/shape.h"
#include "storage/base/base64.h"

namespace millrace::api {
namespace {

constexpr int64_t kMaxItemsMax = 10000;

constexpr std::array<std::string_view, kRestHeaderCount> kHeaderNames = {
    "x-amz-invocation-type", "x-amz-log-type", "x-amz-client-context", "x-amz-tenant-id",
    "x-amzn-trace-id"};

constexpr json::Node kEmptyObject = {nullptr, 0, static_cast<uint32_t>(json::Type::kObject), 1};

char ToLower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool EqualsLower(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() &&
         std::equal(text.begin(), text.end(), lower.begin(),
                    [](char left, char right) { return ToLower(left) == right; });
}

}  // namespace

std::optional<RestHeader> FindRestHeader(std::string_view name) {
  for (size_t index = 0; index < kRestHeaderCount; ++index) {
    if (EqualsLower(name, kHeaderNames[index])) {
      return static_cast<RestHeader>(index);
    }
  }
  return std::nullopt;
}

RestCall::RestCall(const Services& services, const RestOperation& operation, RestSegments segments,
                   const RestRequest& request, Call* call)
    : services_(services),
      operation_(operation),
      segments_(std::move(segments)),
      query_(ParseRestQuery(request.query)),
      headers_(request.headers),
      body_(request.body),
      call_(call),
      home_id_(std::this_thread::get_id()) {}

std::optional<std::string_view> RestCall::Query(std::string_view name) const {
  for (const auto& [parameter, value] : query_) {
    if (parameter == name) {
      return value;
    }
  }
  return std::nullopt;
}

std::vector<std::string_view> RestCall::QueryAll(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [parameter, value] : query_) {
    if (parameter == name) {
      values.push_back(value);
    }
  }
  return values;
}

RestStatus RestCall::QueryInteger(std::string_view name, std::string_view path, int64_t least,
                                  int64_t most, int64_t* value) const {
  const std::optional<std::string_view> text = Query(name);
  if (!text.has_value() || text->empty()) {
    return {};
  }
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), *value);
  if (end != text->data() + text->size() || error != std::errc()) {
    return {RestErrorType::kSerialization, std::string(*text) + " is not a whole number"};
  }
  if (*value < least) {
    return RestConstraintError(
        *text, path, "Member must have value greater than or equal to " + std::to_string(least));
  }
  if (*value > most) {
    return RestConstraintError(
        *text, path, "Member must have value less than or equal to " + std::to_string(most));
  }
  return {};
}

void RestCall::AddHeader(std::string_view name, std::string_view value) {
  reply_headers_.append(name).append(": ");
  for (const char letter : value) {
    const auto byte = static_cast<unsigned char>(letter);
    reply_headers_.push_back(byte < 0x20 || byte == 0x7f ? ' ' : letter);
  }
  reply_headers_.append("\r\n");
}

void RestCall::Reply(int http_status, std::string body) {
  reply_status_ = http_status;
  reply_body_ = std::move(body);
  if (std::this_thread::get_id() == home_id_) {
    Send();
  } else {
    call_->home->PostOne(this);
  }
}

void RestCall::Fail(const RestStatus& status) {
  std::string body;
  const int http_status = WriteRestError(status, &reply_headers_, &body);
  Reply(http_status, std::move(body));
}

void RestCall::Send() {
  Call* const call = call_;
  call->http_status = reply_status_;
  call->body.swap(reply_body_);
  call->extra_headers.append(reply_headers_);
  if (!reply_content_type_.empty()) {
    call->content_type = reply_content_type_;
  }
  if (!reply_request_id_.empty()) {
    call->request_id = std::move(reply_request_id_);
  }
  call->Finish();  // the object may be gone
}

void RestCall::RunOnWorker(std::function<void()> work) {
  if (services_.workers == nullptr) {
    work();
    return;
  }
  work_ = std::move(work);
  if (!services_.workers->TryPost(this)) {
    work_ = nullptr;
    Fail(RestStatus::Throttled("CallerRateLimitExceeded"));
  }
}

void RestCall::Run() {
  if (work_ == nullptr) {
    Send();
    return;
  }
  // A local one, because the object may be gone before it returns.
  const std::function<void()> work = std::exchange(work_, nullptr);
  work();
}

void RestCall::Begin() {
  RestStatus status = operation_.input == nullptr ? RestStatus() : ReadInput();
  if (status.ok() && access_ != nullptr) {
    status = access_->Check(services_, *this, call_);
  }
  if (!status.ok()) {
    Fail(status);
    return;
  }
  operation_.run(services_, this);
}

RestStatus RestCall::ReadInput() {
  input_ = json::Value(&kEmptyObject);
  if (body_.empty()) {
    return {};
  }
  if (!document_.Parse(body_).ok()) {
    return {RestErrorType::kSerialization, "Could not parse request body into json."};
  }
  input_ = document_.root();
  if (!input_.IsObject()) {
    return {RestErrorType::kSerialization, "The request body is not a JSON object."};
  }
  return FromApi(CheckShape(*operation_.input, input_));
}

RestStatus ReadRestPage(const RestCall& call, size_t size_max, RestPage* page) {
  int64_t count = static_cast<int64_t>(size_max);
  RETURN_IF_REST_ERROR(call.QueryInteger("MaxItems", "maxItems", 1, kMaxItemsMax, &count));
  page->size = std::min(static_cast<size_t>(count), size_max);
  const std::optional<std::string_view> marker = call.Query("Marker");
  if (marker.has_value() && DecodeBase64(*marker, &page->after) != Base64Error::kNone) {
    return InvalidParameterValue("Invalid marker.");
  }
  return {};
}

std::string RestMarker(std::string_view last) {
  std::string marker;
  EncodeBase64(last, &marker);
  return marker;
}

}  // namespace millrace::api
