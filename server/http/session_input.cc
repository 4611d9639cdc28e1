// Where a session reads to: its input, which holds heads and small bodies, or straight into the
// body.
#include <algorithm>
#include <cstring>
#include <utility>

#include "server/http/session.h"

namespace millrace::server {
namespace {

// The least that is read at a time of a body whose length was announced. Room is made as bytes
// arrive, so an announcement alone costs nothing.
constexpr size_t kBodyReadMin = 16 * 1024;

}  // namespace

void Session::Read(char* data, size_t size) {
  if (!reading_) {
    reading_ = true;
    socket_->Read(data, size);
  }
}

void Session::ReadInput() { Read(input_.get() + input_end_, input_size_ - input_end_); }

// A read has filled it: more will come of this request, or of those behind it.
bool Session::InputIsOutgrown() const {
  return input_end_ == input_size_ && input_size_ < kInputSize;
}

// What is buffered, which must fit, goes to the front of an input of another size. Returns the old
// one.
std::unique_ptr<char[]> Session::ResizeInput(size_t size) {
  auto other = std::make_unique_for_overwrite<char[]>(size);
  std::memcpy(other.get(), input_.get() + input_begin_, buffered());
  input_end_ = buffered();
  input_begin_ = 0;
  input_size_ = size;
  spacious_turns_ = 0;
  return std::exchange(input_, std::move(other));
}

// Between requests, with nothing buffered: an input that the last ones have filled grows, one that
// several in a row would have fitted four times into shrinks. Connections are kept for long, and
// may be idle from here on.
void Session::FitInput() {
  if (InputIsOutgrown()) {
    ResizeInput(2 * input_size_);
  } else if (input_size_ == kSmallInputSize || input_end_ > input_size_ / 4) {
    spacious_turns_ = 0;
  } else if (++spacious_turns_ == kSpaciousTurnsMax) {
    ResizeInput(input_size_ / 2);
  }
  input_begin_ = input_end_ = 0;
}

bool Session::ReadMoreBody() {
  if (!parser_.chunked()) {
    const size_t left = parser_.body_bytes_left();
    request_body.EnsureRoom(std::min(left, std::max(kBodyReadMin, request_body.size())));
    read_body_ = true;
    Read(request_body.tail(), std::min(left, request_body.room()));
    return false;
  }
  // Chunk headers and trailers are parsed in one piece, so what is left of one moves down to make
  // room for the rest.
  if (input_size_ < kInputSize) {
    head_input_ = ResizeInput(kInputSize);
    head_end_ = 0;
  } else {
    std::memmove(input_.get() + head_end_, input_.get() + input_begin_, buffered());
    input_end_ = head_end_ + buffered();
    input_begin_ = head_end_;
  }
  if (input_end_ == kInputSize) {
    return RefuseAndClose(Refusal::kHeaderTooLarge);
  }
  read_body_ = false;
  ReadInput();
  return false;
}

}  // namespace millrace::server
