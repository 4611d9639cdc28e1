// Connections to Runtime API ports: writing replies, on any thread.
#include <algorithm>
#include <string_view>
#include <utility>

#include "server/runtime_api/loopback_connection.h"

namespace millrace::server {
namespace {

std::string_view Reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 413:
      return "Payload Too Large";
    case 431:
      return "Request Header Fields Too Large";
    default:
      return "Error";
  }
}

void WriteHead(const streams::RuntimeReply& reply, bool close, std::string* out) {
  out->assign("HTTP/1.1 ").append(std::to_string(reply.status)).push_back(' ');
  out->append(Reason(reply.status)).append("\r\n");
  for (const auto& [name, value] : reply.headers) {
    out->append(name).append(": ").append(value).append("\r\n");
  }
  out->append("Content-Length: ").append(std::to_string(reply.body.size()));
  out->append(close ? "\r\nConnection: close\r\n\r\n" : "\r\n\r\n");
}

}  // namespace

void LoopbackConnection::Reply(uint64_t serial, bool keep_alive, streams::RuntimeReply reply) {
  std::function<void()> dropped;  // destroyed without the lock: it may own anything
  {
    MutexLock lock(&mutex_);
    if (phase_ != Phase::kHandling || serial != serial_) {
      return;
    }
    phase_ = Phase::kWriting;
    writer_active_ = true;
    answered_serial_ = serial;
    dropped.swap(gone_);
  }
  close_after_ = !keep_alive;
  WriteHead(reply, close_after_, &output_head_);
  output_body_ = std::move(reply.body);
  sent_ = 0;
  Write();
}

void LoopbackConnection::OnGone(uint64_t serial, std::function<void()> gone) {
  bool has_gone = false;
  {
    MutexLock lock(&mutex_);
    if (phase_ == Phase::kHandling && serial == serial_) {
      gone_.swap(gone);
    } else {
      has_gone = phase_ == Phase::kClosed && serial == serial_ && serial != answered_serial_;
    }
  }
  if (has_gone && !port_->closed()) {
    gone();
  }
}

void LoopbackConnection::Abandon(uint64_t serial) {
  {
    MutexLock lock(&mutex_);
    if (phase_ != Phase::kHandling || serial != serial_) {
      return;
    }
  }
  RunOnThread(&LoopbackConnection::Close);
}

void LoopbackConnection::Write() {
  const size_t total = output_head_.size() + output_body_.size();
  while (sent_ < total) {
    const size_t head_sent = std::min(sent_, output_head_.size());
    const std::string_view head = std::string_view(output_head_).substr(head_sent);
    const std::string_view body = std::string_view(output_body_).substr(sent_ - head_sent);
    const int64_t count =
        head.empty() ? socket_->WriteNow(body, {}) : socket_->WriteNow(head, body);
    if (count < 0) {
      EndWrite(true);
      return;
    }
    if (count == 0) {
      // The turn goes over to the I/O thread; until then nobody closes the socket.
      RunOnThread(&LoopbackConnection::WaitWritable);
      return;
    }
    sent_ += static_cast<size_t>(count);
  }
  if (close_after_) {
    socket_->ShutdownSend();
  }
  output_body_ = std::string();
  EndWrite(false);
}

void LoopbackConnection::WaitWritable() {
  bool close = false;
  {
    MutexLock lock(&mutex_);
    writer_active_ = false;
    close = close_wanted_;
  }
  if (close) {
    Close();
    return;
  }
  awaiting_write_ = true;
  socket_->WaitWritable();
}

void LoopbackConnection::OnWritable() {
  const std::shared_ptr<LoopbackConnection> alive = shared_from_this();
  awaiting_write_ = false;
  bool closed = false;
  {
    MutexLock lock(&mutex_);
    closed = phase_ == Phase::kClosed;
    writer_active_ = !closed;
  }
  if (closed) {
    LeaveIfDone();
  } else {
    Write();
  }
}

void LoopbackConnection::EndWrite(bool broken) {
  const bool close_after = close_after_;
  bool close = false;
  bool resume = false;
  {
    MutexLock lock(&mutex_);
    writer_active_ = false;
    close = broken || close_wanted_;
    if (!close) {
      phase_ = close_after ? Phase::kLingering : Phase::kReading;
      resume = std::exchange(parked_, false);
    }
  }
  if (close) {
    RunOnThread(&LoopbackConnection::Close);
  } else if (resume) {
    RunOnThread(&LoopbackConnection::Advance);
  }
}

}  // namespace millrace::server
