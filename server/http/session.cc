// The state machine of a connection. How connections end is in session_end.cc.
#include "server/http/session.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <string>
#include <utility>

#include "server/http/streaming.h"
#include "storage/base/log.h"

namespace millrace::server {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
// Buffers keep at most this much memory from one request to the next.
constexpr size_t kKeptBufferBytes = 64 * 1024;
// Requests that hold more are large. Replies and announced bodies up to this size are covered by
// the bound on requests.
constexpr int64_t kSmallRequestBytes = 64 * 1024;

}  // namespace

Session::Session(SessionSet* set, std::unique_ptr<Socket> socket)
    : Exchange(set->parts_.thread_state),
      set_(set),
      socket_(std::move(socket)),
      input_(std::make_unique_for_overwrite<char[]>(kSmallInputSize)) {
  home = set->parts_.home;
  if (socket_->IsEncrypted()) {
    scheme = "https";
  }
  socket_->set_observer(this);
}

Session::~Session() = default;

void Session::Start() {
  state_began_us_ = NowUs();
  Advance();
}

void Session::StartRefused() {
  state_began_us_ = NowUs();
  advancing_ = true;  // the refusal replies at once, and that must not end the session under us
  RefuseAndClose(Refusal::kOverloaded);
  advancing_ = false;
  Advance();
}

bool Session::ReserveBytes(size_t bytes) {
  const auto added = static_cast<int64_t>(bytes);
  if (!set_->parts_.admission->AddBytes(added, reserved_bytes_ + added > kSmallRequestBytes)) {
    return false;
  }
  reserved_bytes_ += added;
  return true;
}

void Session::Send() {
  running_ = false;
  if (state_ == State::kClosed) {
    LeaveIfDone();
    return;
  }
  sent_ = 0;
  state_ = State::kWriting;
  CountReply();
  Advance();
}

void Session::OnRead(size_t size) {
  reading_ = false;
  if (state_ == State::kClosed) {
    LeaveIfDone();
    return;
  }
  if (size == 0) {
    Close();
    LeaveIfDone();
    return;
  }
  if (state_ == State::kHead) {
    if (buffered() == 0) {
      state_began_us_ = NowUs();  // the request begins
    }
    input_end_ += size;
  } else if (state_ == State::kBody && read_body_) {
    advancing_ = true;  // as in StartRefused
    size_t consumed = 0;
    if (parser_.ParseBody({request_body.tail(), size}, &consumed) != ParseOutcome::kOk) {
      RefuseAndClose(Refusal::kMalformed);
    } else if (!ReserveBytes(size)) {
      RefuseAndClose(Refusal::kOverloaded);
    }
    advancing_ = false;
  } else if (state_ == State::kBody) {
    input_end_ += size;
  }
  Advance();
}

void Session::OnWritable() {
  awaiting_write_ = false;
  if (state_ == State::kClosed) {
    LeaveIfDone();
    return;
  }
  Advance();
}

void Session::Advance() {
  if (advancing_) {
    return;  // the loop below, further up the stack, sees the new state
  }
  advancing_ = true;
  while (Step()) {
  }
  advancing_ = false;
  LeaveIfDone();
}

bool Session::Step() {
  switch (state_) {
    case State::kHead:
      return ReadHead();
    case State::kBody:
      return ReadBody();
    case State::kWriting:
      return WriteReply();
    case State::kStreaming:
      return WriteStream();
    case State::kLinger:
      return Linger();
    case State::kRunning:
    case State::kClosed:
      return false;
  }
  return false;
}

bool Session::ReadHead() {
  // Line breaks between requests are allowed for old clients' sake.
  while (searched_ == 0 && buffered() > 0 &&
         (input_[input_begin_] == '\r' || input_[input_begin_] == '\n')) {
    ++input_begin_;
  }
  if (buffered() == 0) {
    FitInput();
    searched_ = 0;
    requests_in_turn_ = 0;
    ReadInput();
    return false;
  }
  const std::string_view bytes(input_.get() + input_begin_, std::min(buffered(), kHeadSizeMax));
  bool malformed = false;
  const size_t head_size = FindHeadEnd(bytes, searched_, &malformed);
  if (head_size > 0) {
    return ParseHead(head_size);
  }
  if (malformed || bytes.size() == kHeadSizeMax) {
    BeginRequest();
    return RefuseAndClose(malformed ? Refusal::kMalformed : Refusal::kHeaderTooLarge);
  }
  searched_ = bytes.size();
  if (InputIsOutgrown()) {
    ResizeInput(2 * input_size_);
  } else if (input_begin_ > 0) {
    std::memmove(input_.get(), input_.get() + input_begin_, buffered());
    input_end_ -= input_begin_;
    input_begin_ = 0;
  }
  ReadInput();
  return false;
}

bool Session::ParseHead(size_t head_size) {
  BeginRequest();
  set_->parts_.counters->requests.Increment();
  ParseOutcome outcome =
      parser_.ParseHead({input_.get() + input_begin_, head_size}, &head, &request_body);
  if (outcome == ParseOutcome::kOk) {
    outcome = parser_.LimitBody(set_->parts_.gate->BodySizeMax(head));
  }
  input_begin_ += head_size;
  head_end_ = input_begin_;
  searched_ = 0;
  if (outcome != ParseOutcome::kOk) {
    return RefuseAndClose(outcome == ParseOutcome::kBodyTooLarge     ? Refusal::kBodyTooLarge
                          : outcome == ParseOutcome::kHeaderTooLarge ? Refusal::kHeaderTooLarge
                                                                     : Refusal::kMalformed);
  }
  close_connection = !parser_.keep_alive() || head.minor_version() == 0;
  admitted_ = true;
  overloaded_ = !set_->parts_.admission->AddRequest();
  if (parser_.done()) {
    return RunRequest();
  }
  const uint64_t body_left = parser_.body_bytes_left();
  // What will not fit is refused before it is sent. Counted is what arrives.
  overloaded_ = overloaded_ || (body_left > static_cast<uint64_t>(kSmallRequestBytes) &&
                                !set_->parts_.admission->HasRoomFor(body_left));
  // An overloaded server keeps the connection if it has the whole request already: clients that had
  // to connect again for their retries would only add to the load.
  if (overloaded_ && (parser_.chunked() || body_left > buffered())) {
    return RefuseAndClose(Refusal::kOverloaded);
  }
  if (buffered() == 0 && head.minor_version() == 1 && head.Has(KnownHeader::kExpect) &&
      EqualsIgnoreCase(head.Get(KnownHeader::kExpect), "100-continue")) {
    // A connection whose send buffer has no room for this is not worth keeping.
    if (socket_->WriteNow(kContinue, {}) != static_cast<int64_t>(kContinue.size())) {
      Close();
      return false;
    }
  }
  state_ = State::kBody;
  state_began_us_ = NowUs();
  return true;
}

bool Session::ReadBody() {
  if (parser_.done()) {
    return RunRequest();
  }
  if (buffered() == 0) {
    return ReadMoreBody();
  }
  const size_t size_before = request_body.size();
  size_t consumed = 0;
  const ParseOutcome outcome =
      parser_.ParseBody({input_.get() + input_begin_, buffered()}, &consumed);
  input_begin_ += consumed;
  if (!ReserveBytes(request_body.size() - size_before)) {
    overloaded_ = true;
    if (!parser_.done()) {
      return RefuseAndClose(Refusal::kOverloaded);
    }
  }
  switch (outcome) {
    case ParseOutcome::kOk:
      return true;
    case ParseOutcome::kNeedMore:
      return ReadMoreBody();
    case ParseOutcome::kBodyTooLarge:
      return RefuseAndClose(Refusal::kBodyTooLarge);
    default:
      return RefuseAndClose(Refusal::kMalformed);
  }
}

bool Session::RunRequest() {
  state_ = State::kRunning;
  running_ = true;
  if (overloaded_) {
    set_->parts_.counters->refused.Increment();
    set_->parts_.gate->Refuse(this, Refusal::kOverloaded);
    return true;
  }
  // The request boundary: whatever a library may throw becomes the client's 500 and a log line.
  try {
    set_->parts_.gate->Handle(this);
  } catch (const std::exception& exception) {
    Log(LogLevel::kError, std::string("exception in a request: ") + exception.what());
    if (running_) {
      Fail(api::ApiStatus(api::ErrorType::kInternalFailure, "Internal failure"));
    }
  }
  return state_ != State::kRunning;
}

bool Session::RefuseAndClose(Refusal refusal) {
  if (refusal == Refusal::kOverloaded) {
    set_->parts_.counters->refused.Increment();
  }
  close_connection = true;
  linger_ = true;
  state_ = State::kRunning;
  running_ = true;
  set_->parts_.gate->Refuse(this, refusal);
  return true;
}

bool Session::WriteReply() {
  if (awaiting_write_) {
    return false;
  }
  const size_t total = reply_head.size() + reply_body.size();
  while (sent_ < total) {
    const std::string_view head_left =
        std::string_view(reply_head).substr(std::min(sent_, reply_head.size()));
    const std::string_view body_left =
        reply_body.substr(sent_ > reply_head.size() ? sent_ - reply_head.size() : 0);
    const int64_t count = head_left.empty() ? socket_->WriteNow(body_left, {})
                                            : socket_->WriteNow(head_left, body_left);
    if (count < 0) {
      Close();
      return false;
    }
    if (sent_ == 0 || count > 0) {
      state_began_us_ = NowUs();
      reply_began_us_ = sent_ == 0 ? state_began_us_ : reply_began_us_;
    }
    if (count == 0) {
      if (!CountUnsentReply()) {
        return false;
      }
      awaiting_write_ = true;
      socket_->WaitWritable();
      return false;
    }
    sent_ += static_cast<size_t>(count);
  }
  return FinishReply();
}

// A reply that the client does not take at once occupies memory until it does. False, and the
// connection is closed, when the server's bound is reached.
bool Session::CountUnsentReply() {
  const size_t bytes = reply_body.size();
  if (counted_ || !admitted_ || bytes <= static_cast<size_t>(kSmallRequestBytes)) {
    return true;
  }
  counted_ = true;
  if (ReserveBytes(bytes)) {
    return true;
  }
  set_->parts_.counters->refused.Increment();
  Close();
  return false;
}

bool Session::FinishReply() {
  // Pinned memory of the operation goes now, not when the next request comes, and what an unusual
  // request needed is not kept for the next one: it is not counted any more.
  Reset();
  ShrinkBuffers(kKeptBufferBytes);
  head_input_.reset();
  ReleaseAdmission();
  if (!close_connection && !thread->draining) {
    state_ = State::kHead;
    return buffered() == 0 || !EndTurn();
  }
  if (linger_ || buffered() > 0) {
    // Closing with input unread would reset the connection, and the peer might never see the reply.
    socket_->ShutdownSend();
    state_ = State::kLinger;
    state_began_us_ = NowUs();
    return true;
  }
  Close();
  return false;
}

// True when the session has been served for long enough and waits for its next turn.
bool Session::EndTurn() {
  if (++requests_in_turn_ < kRequestsPerTurn) {
    return false;
  }
  turn_posted_ = true;
  home->PostOne(&next_turn_);
  return true;
}

void Session::BeginTurn() {
  turn_posted_ = false;
  requests_in_turn_ = 0;
  Advance();
}

}  // namespace millrace::server
