// One post at a time.
#include "server/runtime_api/client_connection.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace millrace::server {
namespace {

Status Broken(std::string_view why) {
  return Status(StatusCode::kIoError, "the connection " + std::string(why));
}

}  // namespace

ClientConnection::ClientConnection(Owner* owner, std::unique_ptr<Socket> socket)
    : owner_(owner),
      socket_(std::move(socket)),
      input_(std::make_unique_for_overwrite<char[]>(kInputSize)) {
  socket_->set_observer(this);
}

void ClientConnection::Send(const HttpUrl& url, const streams::HttpPost& post) {
  busy_ = true;
  body_ = post.body;
  sent_ = 0;
  parser_.Reset();
  head_.assign("POST ").append(url.target).append(" HTTP/1.1\r\nHost: ").append(url.authority);
  for (const auto& [name, value] : post.headers) {
    head_.append("\r\n").append(name).append(": ").append(value);
  }
  head_.append("\r\nContent-Length: ")
      .append(std::to_string(body_ == nullptr ? 0 : body_->size()))
      .append("\r\n\r\n");
  Write();
  Read();
}

void ClientConnection::Close() {
  busy_ = false;
  if (!closed_) {
    closed_ = true;
    socket_->Close();
  }
  LeaveIfDone();
}

void ClientConnection::Write() {
  const std::string_view whole_body = body_ == nullptr ? std::string_view() : *body_;
  while (busy_ && !awaiting_write_ && sent_ < head_.size() + whole_body.size()) {
    const size_t head_sent = std::min(sent_, head_.size());
    const std::string_view head = std::string_view(head_).substr(head_sent);
    const std::string_view body = whole_body.substr(sent_ - head_sent);
    const int64_t count =
        head.empty() ? socket_->WriteNow(body, {}) : socket_->WriteNow(head, body);
    if (count < 0) {
      return;  // there may be an answer all the same; reading tells
    }
    if (count == 0) {
      awaiting_write_ = true;
      socket_->WaitWritable();
      return;
    }
    sent_ += static_cast<size_t>(count);
  }
}

void ClientConnection::Read() {
  if (!reading_ && !closed_) {
    reading_ = true;
    socket_->Read(input_.get() + input_end_, kInputSize - input_end_);
  }
}

void ClientConnection::OnRead(size_t size) {
  const std::shared_ptr<ClientConnection> alive = shared_from_this();
  reading_ = false;
  if (size > 0 && !closed_) {
    input_end_ += size;
    Parse();
    Read();
  } else if (!closed_) {
    if (busy_ && parser_.End() == ParseOutcome::kOk) {
      Finish(streams::HttpAnswer(), false);
    } else if (busy_) {
      Finish(Broken("could not be made, or ended before the answer did"), false);
    } else {
      Close();
    }
  }
  LeaveIfDone();
}

void ClientConnection::OnWritable() {
  const std::shared_ptr<ClientConnection> alive = shared_from_this();
  awaiting_write_ = false;
  if (!closed_) {
    Write();
  }
  LeaveIfDone();
}

void ClientConnection::Parse() {
  if (!busy_) {
    Close();  // nobody has asked for this
    return;
  }
  size_t consumed = 0;
  const ParseOutcome outcome = parser_.Parse({input_.get(), input_end_}, &consumed);
  std::memmove(input_.get(), input_.get() + consumed, input_end_ - consumed);
  input_end_ -= consumed;
  if (outcome == ParseOutcome::kBodyTooLarge) {
    Finish(Status(StatusCode::kResourceExhausted, "the answer is too large"), false);
  } else if ((outcome != ParseOutcome::kOk && outcome != ParseOutcome::kNeedMore) ||
             input_end_ == kInputSize) {
    Finish(Broken("carries something that is not HTTP"), false);
  } else if (parser_.done()) {
    const size_t size = head_.size() + (body_ == nullptr ? 0 : body_->size());
    Finish(streams::HttpAnswer(), parser_.keep_alive() && input_end_ == 0 && sent_ == size);
  }
}

void ClientConnection::Finish(Result<streams::HttpAnswer> answer, bool reusable) {
  busy_ = false;
  body_.reset();
  if (!reusable && !closed_) {
    closed_ = true;
    socket_->Close();
  }
  if (answer.ok()) {
    HttpResponse* const response = parser_.response();
    answer = streams::HttpAnswer{response->status, std::move(response->fields),
                                 std::move(response->body)};
  }
  owner_->OnAnswer(this, std::move(answer), reusable);
}

void ClientConnection::LeaveIfDone() {
  if (closed_ && !reading_ && !awaiting_write_ && !left_) {
    left_ = true;
    socket_.reset();
    owner_->OnLeft(this);
  }
}

}  // namespace millrace::server
