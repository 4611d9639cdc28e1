// Replies that are produced over time. The session holds one piece at a time and asks for the next
// one when the socket has taken it, so a client that does not read costs that piece and nothing
// more; a read is always under way, which is how a client that goes away is noticed.
#include <exception>
#include <string>
#include <utility>

#include "server/http/session.h"
#include "server/http/streaming.h"
#include "storage/base/log.h"

namespace millrace::server {
namespace {

// Bytes of a piece, roughly.
constexpr size_t kPieceSizeMax = 64 * 1024;
// Memory that a stream keeps for pieces while it has nothing to say.
constexpr size_t kIdlePieceBytes = 4 * 1024;
constexpr std::string_view kLastChunk = "0\r\n\r\n";
// A chunk's size in front of its bytes, filled in when it is known: pieces are far below 4 GiB.
// Zeros in front are allowed.
constexpr std::string_view kChunkSizeRoom = "00000000\r\n";
constexpr size_t kChunkSizeDigits = 8;

// Makes a chunk of `out`, where kChunkSizeRoom comes first. Nothing is left if that is all: an
// empty chunk would end the body.
void CloseChunk(std::string* out) {
  const size_t size = out->size() - kChunkSizeRoom.size();
  if (size == 0) {
    out->clear();
    return;
  }
  for (size_t left = size, at = kChunkSizeDigits; left > 0; left >>= 4) {
    (*out)[--at] = "0123456789abcdef"[left & 15];
  }
  out->append("\r\n");
}

}  // namespace

bool Session::ReserveStream() {
  if (!set_->parts_.admission->AddStream()) {
    set_->parts_.admission->RemoveStream();
    set_->parts_.counters->refused.Increment();
    return false;
  }
  return true;
}

void Session::SendStream(std::unique_ptr<BodyStream> stream, bool chunked) {
  running_ = false;
  // It is no longer a request in flight, but one of the streams.
  ReleaseAdmission();
  if (state_ == State::kClosed) {
    set_->parts_.admission->RemoveStream();
    LeaveIfDone();
    return;
  }
  streaming_ = std::make_unique<Streaming>([this] {
    streaming_->turn_posted = false;
    Advance();
  });
  streaming_->stream = std::move(stream);
  streaming_->stream->Start(this);
  streaming_->chunked = chunked;
  streaming_->pending = reply_head;
  close_connection = true;
  state_ = State::kStreaming;
  state_began_us_ = NowUs();
  CountReply();
  Advance();
}

void Session::StreamReady() {
  streaming_->ready = true;
  Advance();
}

void Session::StreamClosed() {
  streaming_->closing = false;
  streaming_->stream.reset();
  LeaveIfDone();
}

bool Session::WriteStream() {
  if (!reading_) {
    // Nothing of use can come any more; what comes is read over the request that has been served.
    input_begin_ = input_end_ = 0;
    ReadInput();
  }
  if (awaiting_write_ || !WritePending()) {
    return false;
  }
  if (streaming_->ended) {
    return FinishStream();
  }
  if (thread->draining) {
    EndPending();
    return true;
  }
  if (streaming_->turn_posted || !streaming_->ready) {
    return false;
  }
  ProducePiece();
  return state_ == State::kStreaming;
}

// True when everything pending is written.
bool Session::WritePending() {
  std::string* const pending = &streaming_->pending;
  while (streaming_->sent < pending->size()) {
    const int64_t count =
        socket_->WriteNow(std::string_view(*pending).substr(streaming_->sent), {});
    if (count < 0) {
      Close();
      return false;
    }
    if (count == 0) {
      awaiting_write_ = true;
      socket_->WaitWritable();
      return false;
    }
    streaming_->sent += static_cast<size_t>(count);
    state_began_us_ = NowUs();
  }
  pending->clear();
  streaming_->sent = 0;
  return true;
}

void Session::ProducePiece() {
  std::string* const pending = &streaming_->pending;
  if (streaming_->chunked) {
    pending->append(kChunkSizeRoom);
  }
  BodyStream::Outcome outcome = BodyStream::Outcome::kEnd;
  // As at the boundary of a request.
  try {
    outcome = streaming_->stream->Produce(kPieceSizeMax, pending);
  } catch (const std::exception& exception) {
    Log(LogLevel::kError, std::string("exception in a streaming reply: ") + exception.what());
    Close();
    return;
  }
  if (streaming_->chunked) {
    CloseChunk(pending);
  }
  if (!pending->empty()) {
    state_began_us_ = NowUs();
  }
  switch (outcome) {
    case BodyStream::Outcome::kMore:
      streaming_->turn_posted = true;
      home->PostOne(&streaming_->turn);
      return;
    case BodyStream::Outcome::kWait:
      streaming_->ready = false;
      return;
    case BodyStream::Outcome::kEnd:
      EndPending();
      return;
  }
}

void Session::EndPending() {
  streaming_->ended = true;
  if (streaming_->chunked) {
    streaming_->pending.append(kLastChunk);
  }
  CloseStream();
}

bool Session::FinishStream() {
  Reset();
  if (socket_->HasInput()) {
    // As for other replies: closing with input unread would reset the connection.
    socket_->ShutdownSend();
    state_ = State::kLinger;
    state_began_us_ = NowUs();
    return true;
  }
  Close();
  return false;
}

void Session::SweepStream(int64_t now_us) {
  if (!streaming_->pending.empty() || streaming_->turn_posted || streaming_->ended) {
    return;
  }
  if (streaming_->pending.capacity() > kIdlePieceBytes) {
    std::string().swap(streaming_->pending);
  }
  if (streaming_->stream->CheckAgain()) {
    streaming_->ready = true;
  } else if (now_us - state_began_us_ >= set_->parts_.options->stream_keep_alive_ms * 1000) {
    std::string* const pending = &streaming_->pending;
    if (streaming_->chunked) {
      pending->append(kChunkSizeRoom);
    }
    streaming_->stream->KeepAlive(pending);
    if (streaming_->chunked) {
      CloseChunk(pending);
    }
    state_began_us_ = now_us;
  }
  Advance();
}

void Session::DrainStream() {
  if (awaiting_write_) {
    // The client does not keep up: it would decide how long the drain takes.
    Close();
    LeaveIfDone();
    return;
  }
  Advance();
}

void Session::CloseStream() {
  if (streaming_ == nullptr || streaming_->stream == nullptr || streaming_->closing) {
    return;
  }
  streaming_->closing = !streaming_->stream->Close();
  if (!streaming_->closing) {
    streaming_->stream.reset();
  }
}

bool Session::StreamIsDone() const {
  return streaming_ == nullptr || (!streaming_->closing && !streaming_->turn_posted);
}

}  // namespace millrace::server
