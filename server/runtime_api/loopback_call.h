// One request at a Runtime API port: what the client sent, which stays valid as long as the object,
// and the way back to its connection.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "server/http/request_parser.h"
#include "server/request/body_buffer.h"
#include "server/request/request_head.h"
#include "streams/invoke/runtime_port.h"

namespace millrace::server {

class LoopbackConnection;

// Filled by its connection on the I/O thread, then handed to the port's handler, after which only
// Reply and OnGone have an effect on anything.
class LoopbackCall final : public streams::RuntimeCall {
 public:
  // The number of the request on its connection.
  LoopbackCall(std::shared_ptr<LoopbackConnection> connection, uint64_t serial);
  // A call that nobody answers costs the client its connection.
  ~LoopbackCall() override;
  LoopbackCall(const LoopbackCall&) = delete;
  LoopbackCall& operator=(const LoopbackCall&) = delete;

  std::string_view method() const override { return head_.method(); }
  std::string_view path() const override { return head_.path(); }
  // Fields behind a chunked body count as headers.
  std::string_view header(std::string_view name) const override;
  std::string_view body() const override { return too_large_ ? std::string_view() : body_.view(); }
  bool too_large() const override { return too_large_; }
  void Reply(streams::RuntimeReply reply) override;
  void OnGone(std::function<void()> gone) override;

 private:
  friend class LoopbackConnection;

  const std::shared_ptr<LoopbackConnection> connection_;
  const uint64_t serial_;
  std::string head_text_;  // what head_ looks into
  RequestHead head_;
  BodyBuffer body_;
  Trailers trailers_;
  bool too_large_ = false;
  bool keep_alive_ = true;
};

}  // namespace millrace::server
