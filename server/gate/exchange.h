// One request and its reply, between the session that reads and writes bytes and the gate that
// decides what they mean. It is the api layer's Call with the HTTP around it. A session owns one
// and uses it again for every request of its connection.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "api/wire/call.h"
#include "server/gate/body_stream.h"
#include "server/gate/thread_state.h"
#include "server/request/body_buffer.h"
#include "server/request/request_head.h"
#include "storage/base/json.h"
#include "storage/base/json_size.h"

namespace millrace::server {

class Exchange;

// Is told of replies before they are sent. Thread-safe.
class ReplyObserver {
 public:
  virtual ~ReplyObserver() = default;
  // The reply has its status, body, headers and request id.
  virtual void Replied(const Exchange& exchange) = 0;
};

// Belongs to one I/O thread, like every Call.
class Exchange : public api::Call {
 public:
  explicit Exchange(ThreadState* thread_state) : thread(thread_state) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  ThreadState* const thread;

  // --- the request, set by the session.
  RequestHead head;
  BodyBuffer request_body;  // as received, chunking undone
  // In: the client or its HTTP version wants the connection closed. Out: the reply says so.
  bool close_connection = false;

  // --- working memory of the gate.
  BodyBuffer decoded_body;
  json::Document document;
  std::string access_key;
  api::ApiStatus authentication;
  // Of a request in the older form of the queue protocol, which is answered in XML: its operation.
  // Empty for all others.
  std::string form_operation;
  // Is told of the reply; set by the gate. nullptr: nobody is.
  ReplyObserver* observer = nullptr;
  // For the observer: what is asked for, "dynamodb:GetItem"; empty if that is nothing known.
  std::string action;

  // --- the reply, besides what Call has of it.
  bool is_foreign = false;  // see Route; set by the gate
  std::string compressed_body;
  std::string reply_head;
  std::string_view reply_body;  // what follows the head on the wire

  // Makes the object ready for the next request; memory is kept.
  void BeginRequest() {
    Reset();
    host = access_key_id = std::string_view();
    head.Clear();
    request_body.Clear();
    close_connection = is_foreign = false;
    content_type = std::string_view();
    extra_headers.clear();
    authentication = api::ApiStatus();
    form_operation.clear();
    observer = nullptr;
    action.clear();
  }

  // Frees the memory of buffers that hold more than `bytes`; Reset looks after those of Call.
  // Between requests only.
  void ShrinkBuffers(size_t bytes) {
    request_body.ShrinkTo(bytes);
    decoded_body.ShrinkTo(bytes);
    document.ShrinkTo(bytes);
    if (compressed_body.capacity() > bytes) {
      std::string().swap(compressed_body);
    }
  }

  std::string_view Header(std::string_view name) const final;

  // Counts `bytes` more for this request against the server's bound; false when it is reached.
  virtual bool ReserveBytes(size_t bytes) = 0;

  // Likewise for what a body in JSON costs beyond itself: its parsed form, which takes up to eight
  // times as much, and what the operation makes of it. Small bodies are covered by the bound on
  // requests.
  bool ReserveForParse(const BodyBuffer& json_body) {
    return json_body.size() <= kUncountedBodyMax ||
           ReserveBytes(json::ParsedSizeMax(json_body.view()) + json_body.size());
  }

  // Completes the reply (head, checksum, compression) and sends it.
  void Finish() final;

  // Answers with http_status, content_type and a body that `stream` produces over time; instead of
  // Finish, under the same rules. The connection is closed at its end. Answers 503 with an error in
  // JSON when the server has as many streams as it may.
  void FinishStreaming(std::unique_ptr<BodyStream> stream);

 protected:
  // Writes reply_head and reply_body to the client. The object may be gone afterwards.
  virtual void Send() = 0;
  // Counts a stream against the server's bound; false, and nothing is counted, when it is reached.
  virtual bool ReserveStream() { return false; }
  // Takes over a stream that has been counted, whose reply_head is complete. The pieces are to be
  // sent as chunks if `chunked`, else the end of the connection is the end of the body.
  virtual void SendStream(std::unique_ptr<BodyStream> stream, bool chunked) {
    (void)stream;
    (void)chunked;
  }

 private:
  static constexpr size_t kUncountedBodyMax = 4096;

  // Tells the observer, if there is one.
  void TellObserver();
  // Makes XML of the answer to a form.
  void TranslateAnswer();
  // Begins reply_head: everything up to the lines that depend on the kind of body.
  void BeginHead();
  // Ends it.
  void EndHead();
};

}  // namespace millrace::server
