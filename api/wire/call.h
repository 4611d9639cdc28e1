// One API call on its way through the server: what the client sent, where the answer goes, and the
// memory it may use. The server's session owns one Call per connection and uses it again and again,
// so that its buffers keep their size.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "api/wire/error.h"
#include "storage/base/json.h"
#include "storage/base/task.h"

namespace millrace::api {

// What a policy refuses: an action on a resource.
struct AccessDenial {
  std::string action;
  std::string resource;
};

// Belongs to one I/O thread (home()). An operation may leave that thread, for the committer or a
// worker, but calls Finish on it.
class Call {
 public:
  virtual ~Call() = default;

  // --- what came in; set by the server before Dispatcher::Run, valid until Finish.
  json::Value input;      // the parsed body; an object
  std::string_view host;  // the Host header as sent
  // Of the URLs by which this client reaches the server; belongs to the connection.
  std::string_view scheme = "http";
  std::string_view access_key_id;  // empty when the request carried none
  TaskQueue* home = nullptr;       // the I/O thread
  // The first header of that name (case ignored), empty if there is none, or its value is not
  // UTF-8; looks through all of them.
  virtual std::string_view Header(std::string_view) const { return {}; }
  // The address of the client, empty if it is not known.
  virtual std::string PeerAddress() const { return {}; }

  // --- what goes out.
  int http_status = 200;
  std::string body;               // the JSON text of the answer, or empty
  std::string_view content_type;  // of the body; empty: not said
  std::string extra_headers;      // of the answer: complete lines
  std::string request_id;         // of the answer; empty: one is made

  // An empty string for encoded values and the like, at a place that does not move until Reset. Its
  // memory is kept from call to call, so taking one normally allocates nothing. Home thread only.
  std::string* TakeScratch() {
    if (scratch_taken_ == scratch_.size()) {
      scratch_.emplace_back();
    }
    return &scratch_[scratch_taken_++];
  }

  // Releases per-call state and gives back memory that an unusually large call left behind; called
  // by the server before each call.
  void Reset() {
    state.reset();
    denial.reset();
    http_status = 200;
    request_id.clear();
    input = json::Value();
    Recycle(&body);
    for (; scratch_taken_ > 0; --scratch_taken_) {
      Recycle(&scratch_[scratch_taken_ - 1]);
    }
  }

  // State of an operation that goes on after Run returned (an item mutation, a scan); destroyed by
  // Reset.
  struct State {
    virtual ~State() = default;
  };
  std::unique_ptr<State> state;

  // What the caller was refused, if that is how the call ends.
  std::unique_ptr<AccessDenial> denial;

  // Writes the error to body and http_status, then Finish.
  void Fail(const ApiStatus& status) {
    body.clear();
    http_status = WriteErrorBody(status.error(), &body);
    Finish();
  }

  // Sends the answer. Exactly once per call, on the home thread; the call may be reused at once, so
  // nothing of it may be touched afterwards.
  virtual void Finish() = 0;

 private:
  static constexpr size_t kKeptBufferSizeMax = 64 * 1024;

  static void Recycle(std::string* buffer) {
    buffer->clear();
    if (buffer->capacity() > kKeptBufferSizeMax) {
      buffer->shrink_to_fit();
    }
  }

  std::deque<std::string> scratch_;  // a deque, so that strings stay where they are
  size_t scratch_taken_ = 0;
};

}  // namespace millrace::api
