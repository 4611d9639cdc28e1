// Connections to Runtime API ports: reading requests. How replies are written is in
// loopback_reply.cc.
#include "server/runtime_api/loopback_connection.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

namespace millrace::server {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
// Room that is made for a body before its bytes are there.
constexpr size_t kBodyRoomMax = 1024 * 1024;
// Memory that is kept while a body that is too large goes by.
constexpr size_t kDiscardBytes = 64 * 1024;

}  // namespace

LoopbackConnection::LoopbackConnection(std::shared_ptr<IoThread> thread,
                                       std::shared_ptr<PortState> port,
                                       std::unique_ptr<Socket> socket,
                                       std::function<void(LoopbackConnection*)> left)
    : thread_(std::move(thread)),
      port_(std::move(port)),
      left_(std::move(left)),
      socket_(std::move(socket)),
      input_(std::make_unique_for_overwrite<char[]>(kInputSize)) {
  socket_->set_observer(this);
}

void LoopbackConnection::Start() { Advance(); }

void LoopbackConnection::Close() {
  std::function<void()> gone;
  {
    MutexLock lock(&mutex_);
    if (phase_ == Phase::kClosed) {
      return;
    }
    if (writer_active_) {
      close_wanted_ = true;
      return;
    }
    phase_ = Phase::kClosed;
    gone = std::move(gone_);
    gone_ = nullptr;
  }
  socket_->Close();
  if (gone) {
    port_->Run(gone);
  }
  LeaveIfDone();
}

void LoopbackConnection::OnRead(size_t size) {
  reading_ = false;
  if (size == 0) {
    // Clients of the Runtime API do not end their side before they have the reply, so this one has
    // gone.
    const std::shared_ptr<LoopbackConnection> alive = shared_from_this();
    Close();
    LeaveIfDone();
    return;
  }
  input_end_ += size;
  Advance();
}

void LoopbackConnection::Advance() {
  if (advancing_) {
    return;  // the loop below, further up the stack, goes on
  }
  const std::shared_ptr<LoopbackConnection> alive = shared_from_this();
  advancing_ = true;
  while (Step()) {
  }
  advancing_ = false;
  EnsureReading();
  LeaveIfDone();
}

LoopbackConnection::Phase LoopbackConnection::Look() {
  MutexLock lock(&mutex_);
  parked_ = buffered() > 0 && phase_ != Phase::kReading;
  return phase_;
}

bool LoopbackConnection::Step() {
  switch (Look()) {
    case Phase::kReading:
      return in_body_ ? ReadBody() : ReadHead();
    case Phase::kLingering:
      input_begin_ = input_end_;
      return false;
    case Phase::kHandling:
    case Phase::kWriting:
    case Phase::kClosed:
      return false;
  }
  return false;
}

bool LoopbackConnection::ReadHead() {
  while (searched_ == 0 && buffered() > 0 &&
         (input_[input_begin_] == '\r' || input_[input_begin_] == '\n')) {
    ++input_begin_;
  }
  const std::string_view bytes(input_.get() + input_begin_, std::min(buffered(), kHeadSizeMax));
  bool malformed = false;
  const size_t head_size = bytes.empty() ? 0 : FindHeadEnd(bytes, searched_, &malformed);
  if (head_size == 0) {
    if (malformed || bytes.size() == kHeadSizeMax) {
      return Refuse(malformed ? 400 : 431);
    }
    searched_ = bytes.size();
    return false;
  }
  searched_ = 0;
  input_begin_ += head_size;
  uint64_t serial = 0;
  {
    MutexLock lock(&mutex_);
    serial = serial_ + 1;
  }
  call_ = std::make_shared<LoopbackCall>(shared_from_this(), serial);
  call_->head_text_.assign(bytes.substr(0, head_size));
  if (parser_.ParseHead(call_->head_text_, &call_->head_, &call_->body_) != ParseOutcome::kOk) {
    return Refuse(400);
  }
  // Longer ones are read as well, because clients look for the reply only when they have sent all;
  // they are just not kept.
  (void)parser_.LimitBody(std::numeric_limits<uint64_t>::max());
  parser_.KeepTrailers(&call_->trailers_);
  call_->keep_alive_ = parser_.keep_alive() && call_->head_.minor_version() == 1;
  if (parser_.done()) {
    return Handle();
  }
  call_->too_large_ = parser_.body_bytes_left() > streams::RuntimePorts::kBodySizeMax;
  if (!call_->too_large_) {
    call_->body_.EnsureRoom(std::min<size_t>(parser_.body_bytes_left(), kBodyRoomMax));
  }
  if (buffered() == 0 && EqualsIgnoreCase(call_->head_.Get(KnownHeader::kExpect), "100-continue") &&
      socket_->WriteNow(kContinue, {}) != static_cast<int64_t>(kContinue.size())) {
    Close();
    return false;
  }
  in_body_ = true;
  return true;
}

bool LoopbackConnection::ReadBody() {
  if (parser_.done()) {
    return Handle();
  }
  if (buffered() == 0) {
    return false;
  }
  size_t consumed = 0;
  const ParseOutcome outcome =
      parser_.ParseBody({input_.get() + input_begin_, buffered()}, &consumed);
  input_begin_ += consumed;
  BodyBuffer* const body = &call_->body_;
  if (call_->too_large_ || body->size() > streams::RuntimePorts::kBodySizeMax) {
    call_->too_large_ = true;
    body->ShrinkTo(kDiscardBytes);
  }
  if (outcome == ParseOutcome::kOk) {
    return true;
  }
  // A piece that fills the whole buffer and is not understood never will be.
  if (outcome != ParseOutcome::kNeedMore || buffered() == kInputSize) {
    return Refuse(400);
  }
  return false;
}

bool LoopbackConnection::Handle() {
  in_body_ = false;
  const std::shared_ptr<LoopbackCall> call = std::move(call_);
  {
    MutexLock lock(&mutex_);
    if (phase_ != Phase::kReading) {
      return false;
    }
    phase_ = Phase::kHandling;
    serial_ = call->serial_;
  }
  port_->Deliver(call);
  return true;
}

bool LoopbackConnection::Refuse(int status) {
  in_body_ = false;
  call_.reset();
  uint64_t serial = 0;
  {
    MutexLock lock(&mutex_);
    if (phase_ != Phase::kReading) {
      return false;
    }
    phase_ = Phase::kHandling;
    serial = ++serial_;
  }
  Reply(serial, false, {status, {}, ""});
  return true;
}

void LoopbackConnection::EnsureReading() {
  if (reading_ || socket_ == nullptr) {
    return;
  }
  if (input_begin_ == input_end_) {
    input_begin_ = input_end_ = 0;
  } else if (input_begin_ > 0) {
    std::memmove(input_.get(), input_.get() + input_begin_, buffered());
    input_end_ -= input_begin_;
    input_begin_ = 0;
  }
  {
    MutexLock lock(&mutex_);
    if (phase_ == Phase::kClosed) {
      return;
    }
  }
  // A read is always under way, so that the end of a client is noticed, unless it has sent so much
  // ahead that there is no room.
  if (input_end_ < kInputSize) {
    reading_ = true;
    socket_->Read(input_.get() + input_end_, kInputSize - input_end_);
  }
}

void LoopbackConnection::LeaveIfDone() {
  if (advancing_ || reading_ || awaiting_write_ || left_done_) {
    return;
  }
  {
    MutexLock lock(&mutex_);
    if (phase_ != Phase::kClosed) {
      return;
    }
  }
  left_done_ = true;
  // The call that was being read holds this object, and has no other owner.
  const std::shared_ptr<LoopbackCall> unfinished = std::move(call_);
  socket_.reset();
  left_(this);
}

void LoopbackConnection::RunOnThread(void (LoopbackConnection::*function)()) {
  thread_->RunOnThread([self = shared_from_this(), function] { (self.get()->*function)(); });
}

}  // namespace millrace::server
