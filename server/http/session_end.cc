// How requests and connections end: giving back what was counted, timeouts, closing, and leaving
// the set of sessions.
#include "server/http/session.h"

namespace millrace::server {
namespace {

// Buffers of a connection that has been quiet for a sweep keep at most this much memory.
constexpr size_t kIdleBufferBytes = 16 * 1024;
constexpr int64_t kMicrosecondsPerMillisecond = 1000;

}  // namespace

void Session::CountReply() {
  ThreadCounters* const counters = set_->parts_.counters;
  if (http_status < 400) {
    counters->replies_2xx.Increment();
  } else if (http_status < 500) {
    counters->replies_4xx.Increment();
  } else {
    counters->replies_5xx.Increment();
  }
}

void Session::ReleaseAdmission() {
  if (admitted_) {
    set_->parts_.admission->RemoveRequest(reserved_bytes_);
    admitted_ = false;
    reserved_bytes_ = 0;
    counted_ = false;
  }
}

void Session::Close() {
  if (state_ != State::kClosed) {
    state_ = State::kClosed;
    socket_->Close();
    CloseStream();
  }
}

void Session::CloseIfIdle() {
  if (state_ == State::kStreaming) {
    DrainStream();
    return;
  }
  if (state_ == State::kHead && buffered() == 0 && !socket_->HasInput()) {
    Close();
    LeaveIfDone();
  }
}

void Session::CheckTimeout(int64_t now_us) {
  const HttpOptions& options = *set_->parts_.options;
  const int64_t elapsed_ms = (now_us - state_began_us_) / kMicrosecondsPerMillisecond;
  int64_t allowed_ms = 0;
  switch (state_) {
    case State::kHead:
      // Agreeing on encryption is as short as a head.
      allowed_ms = buffered() == 0 && socket_->IsEstablished() ? options.idle_timeout_ms
                                                               : options.head_timeout_ms;
      if (buffered() == 0 && elapsed_ms >= options.sweep_period_ms) {
        ShrinkBuffers(kIdleBufferBytes);
      }
      break;
    case State::kBody:
      allowed_ms = options.body_grace_ms + static_cast<int64_t>(request_body.size()) * 1000 /
                                               options.body_bytes_per_second_min;
      break;
    case State::kWriting:
      allowed_ms = options.write_timeout_ms;
      // Whoever takes a byte now and then holds the whole reply.
      if ((now_us - reply_began_us_) / kMicrosecondsPerMillisecond >
          allowed_ms + static_cast<int64_t>(sent_) * 1000 / options.reply_bytes_per_second_min) {
        allowed_ms = -1;
      }
      break;
    case State::kStreaming:
      if (!awaiting_write_) {
        SweepStream(now_us);
        return;
      }
      allowed_ms = options.write_timeout_ms;
      break;
    case State::kLinger:
      allowed_ms = options.linger_timeout_ms;
      break;
    case State::kRunning:
    case State::kClosed:
      return;
  }
  if (elapsed_ms > allowed_ms) {
    set_->parts_.counters->timeouts.Increment();
    Close();
    LeaveIfDone();
  }
}

bool Session::Linger() {
  input_begin_ = input_end_ = 0;
  ReadInput();
  return false;
}

void Session::LeaveIfDone() {
  if (state_ == State::kClosed && !advancing_ && !reading_ && !awaiting_write_ && !running_ &&
      !turn_posted_ && StreamIsDone()) {
    ReleaseAdmission();
    if (streaming_ != nullptr) {
      set_->parts_.admission->RemoveStream();
    }
    set_->Remove(this);
  }
}

}  // namespace millrace::server
