// One request of the functions service (REST: the method and the path say what is asked for) on its
// way through an operation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "api/functions/rest_error.h"
#include "api/wire/call.h"
#include "api/wire/services.h"
#include "storage/base/json.h"
#include "storage/base/task.h"

namespace millrace::api {

class RestAccessCheck;
struct RestOperation;

// The request headers that operations look at.
enum class RestHeader : uint8_t {
  kInvocationType,
  kLogType,
  kClientContext,
  kTenantId,
  kTraceId,
};
inline constexpr size_t kRestHeaderCount = 5;

// The header of that name, whatever the case of its letters.
std::optional<RestHeader> FindRestHeader(std::string_view name);

// What came in. The views stay valid until the call is finished.
struct RestRequest {
  std::string_view method;
  std::string_view path;   // still percent-encoded
  std::string_view query;  // likewise, without the question mark
  std::span<char> body;    // with a writable byte behind it; may be changed
  std::array<std::string_view, kRestHeaderCount> headers;
};

// The segments of a path that the template of its operation leaves open, decoded.
using RestSegments = std::vector<std::string>;

// Lives from the dispatcher to the answer. An operation may leave the home thread: Reply and Fail
// may be called on any thread, once; nothing of the object may be touched after that.
class RestCall final : public Call::State, private Task {
 public:
  // On the home thread. `services` and `operation` outlive the object.
  RestCall(const Services& services, const RestOperation& operation, RestSegments segments,
           const RestRequest& request, Call* call);

  const RestOperation& operation() const { return operation_; }
  // The open segments of the path, from left to right.
  const std::string& segment(size_t index) const { return segments_[index]; }
  // The value of the first query parameter of that name; nothing if there is none.
  std::optional<std::string_view> Query(std::string_view name) const;
  // The values of all query parameters of that name.
  std::vector<std::string_view> QueryAll(std::string_view name) const;
  // A whole number in a query parameter that may be absent; ValidationException when it is none, or
  // not within the range. `path` is its name in messages.
  RestStatus QueryInteger(std::string_view name, std::string_view path, int64_t least, int64_t most,
                          int64_t* value) const;
  // Empty if the request has no such header.
  std::string_view header(RestHeader header) const { return headers_[static_cast<size_t>(header)]; }
  // The body as JSON, which has passed the check of the operation's shape; an object, empty if
  // there was no body. Only for operations with a shape.
  json::Value input() const { return input_; }
  // The body as sent, for the others. May be changed.
  std::span<char> body() const { return body_; }
  // The Host header as sent.
  std::string_view host() const { return call_->host; }
  // Of the URLs by which this client reaches the server: http or https.
  std::string_view scheme() const { return call_->scheme; }
  std::string_view access_key_id() const { return call_->access_key_id; }
  // The I/O thread, for stores that call back.
  TaskQueue* home() const { return call_->home; }

  // The id that the answer carries; there is one, but an invocation has its own.
  void SetRequestId(std::string id) { reply_request_id_ = std::move(id); }
  // The media type of the answer, if it is not JSON; a constant.
  void SetContentType(std::string_view content_type) { reply_content_type_ = content_type; }
  // Adds a header line to the answer. Control characters in the value become spaces.
  void AddHeader(std::string_view name, std::string_view value);
  // Answers. The body is JSON, or empty.
  void Reply(int http_status, std::string body = {});
  void Fail(const RestStatus& status);

  // Runs `work` on a thread that may take its time; it answers, or calls this again. Answers with
  // TooManyRequestsException if there is no room for more work.
  void RunOnWorker(std::function<void()> work);

 private:
  friend class RestDispatcher;

  // Reads the body, if the operation wants that, and runs the operation.
  void Begin();
  RestStatus ReadInput();
  void Run() override;
  void Send();

  const Services& services_;
  const RestOperation& operation_;
  const RestSegments segments_;
  const std::vector<std::pair<std::string, std::string>> query_;
  const std::array<std::string_view, kRestHeaderCount> headers_;
  const std::span<char> body_;
  Call* const call_;
  const RestAccessCheck* access_ = nullptr;  // set by the dispatcher; nullptr: everybody may
  const std::thread::id home_id_;

  json::Document document_;
  json::Value input_;
  std::function<void()> work_;  // waits for a worker

  int reply_status_ = 200;
  std::string_view reply_content_type_;
  std::string reply_body_;
  std::string reply_headers_;
  std::string reply_request_id_;
};

// Pages of lists. What a client gives back to go on is opaque: the name of the last thing it saw.
struct RestPage {
  size_t size = 0;
  std::string after;  // empty: from the beginning
};
// Reads the parameters MaxItems and Marker; pages have at most `size_max` entries.
RestStatus ReadRestPage(const RestCall& call, size_t size_max, RestPage* page);
// The marker of a page whose last thing is called `last`.
std::string RestMarker(std::string_view last);

}  // namespace millrace::api
