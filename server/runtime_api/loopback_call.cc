// Requests at Runtime API ports.
#include "server/runtime_api/loopback_call.h"

#include <utility>

#include "server/runtime_api/loopback_connection.h"

namespace millrace::server {

LoopbackCall::LoopbackCall(std::shared_ptr<LoopbackConnection> connection, uint64_t serial)
    : connection_(std::move(connection)), serial_(serial) {}

LoopbackCall::~LoopbackCall() { connection_->Abandon(serial_); }

std::string_view LoopbackCall::header(std::string_view name) const {
  for (const HeaderField& field : head_.fields()) {
    if (EqualsIgnoreCase(field.name, name)) {
      return field.value;
    }
  }
  for (const auto& [trailer, value] : trailers_) {
    if (EqualsIgnoreCase(trailer, name)) {
      return value;
    }
  }
  return {};
}

void LoopbackCall::Reply(streams::RuntimeReply reply) {
  connection_->Reply(serial_, keep_alive_, std::move(reply));
}

void LoopbackCall::OnGone(std::function<void()> gone) {
  connection_->OnGone(serial_, std::move(gone));
}

}  // namespace millrace::server
