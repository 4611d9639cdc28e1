// A socket without a kernel for fuzz targets and tests of connections: what the peer sends arrives
// in pieces whose sizes are part of the input, what is written is kept, and the harness decides
// when.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "server/http/io_thread.h"
#include "storage/base/check.h"

namespace millrace::server {

// The peer's side of a connection; outlives the socket. Not thread-safe.
struct ScriptedPeer {
  // What is still to arrive; behind it the peer has finished sending.
  std::string_view to_send;
  // Sizes of pieces, used in turn: a read gets at most so many bytes, a write takes at most so many
  // and after that none until it has been waited for. Empty: all at once.
  std::string_view piece_sizes;
  // The peer finishes when nothing else has happened for so many calls of Advance.
  int patience = 0;
  // What the connection has written.
  std::string received;
  bool finished = false;  // the connection says that it sends no more, or has closed
  bool closed = false;
  bool destroyed = false;

  SocketObserver* observer = nullptr;
  char* read_data = nullptr;
  size_t read_size = 0;
  bool waits_writable = false;
  bool may_write = true;
  size_t piece_index = 0;
  int idle_calls = 0;

  size_t NextPiece(size_t size) {
    if (piece_sizes.empty()) {
      return size;
    }
    const auto piece = static_cast<uint8_t>(piece_sizes[piece_index++ % piece_sizes.size()]);
    // Small pieces find the borders inside of tokens, the large ones those of buffers.
    return std::min<size_t>(size, piece < 200 ? piece % 64 + 1 : size_t{piece - 199u} * 700);
  }

  // Ends what the connection has begun, one thing at a time; false if there is nothing.
  bool Advance() {
    if (waits_writable) {
      idle_calls = 0;
      waits_writable = false;
      may_write = true;
      observer->OnWritable();
      return true;
    }
    if (read_data == nullptr) {
      return false;
    }
    if (to_send.empty() && !closed && idle_calls++ < patience) {
      return false;
    }
    const size_t size = closed ? 0 : std::min(to_send.size(), NextPiece(read_size));
    if (size > 0) {
      std::memcpy(read_data, to_send.data(), size);
    }
    to_send.remove_prefix(size);
    read_data = nullptr;
    observer->OnRead(size);
    return true;
  }
};

class ScriptedSocket final : public Socket {
 public:
  explicit ScriptedSocket(ScriptedPeer* peer) : peer_(peer) {}
  ~ScriptedSocket() override {
    // What has been begun must have ended.
    CHECK(peer_->read_data == nullptr && !peer_->waits_writable);
    peer_->destroyed = true;
  }
  void set_observer(SocketObserver* observer) override { peer_->observer = observer; }
  void Read(char* data, size_t size) override {
    CHECK(peer_->read_data == nullptr && size > 0);
    peer_->read_data = data;
    peer_->read_size = size;
  }
  void WaitWritable() override {
    CHECK(!peer_->waits_writable);
    peer_->waits_writable = true;
  }
  int64_t WriteNow(std::string_view first, std::string_view second) override {
    CHECK(!peer_->waits_writable);
    if (peer_->closed || peer_->finished) {
      return -1;
    }
    if (!peer_->may_write) {
      return 0;
    }
    const size_t total = first.size() + second.size();
    // Kernels have room for a line, or for nothing.
    constexpr size_t kLineSize = 64;
    const size_t size = total < kLineSize ? total : peer_->NextPiece(total);
    peer_->may_write = size == total;
    const size_t of_first = std::min(size, first.size());
    peer_->received.append(first.substr(0, of_first));
    peer_->received.append(second.substr(0, size - of_first));
    return static_cast<int64_t>(size);
  }
  bool HasInput() override { return !peer_->to_send.empty(); }
  std::string PeerAddress() const override { return "192.0.2.1"; }
  void ShutdownSend() override { peer_->finished = true; }
  void Close() override { peer_->closed = peer_->finished = true; }

 private:
  ScriptedPeer* const peer_;
};

}  // namespace millrace::server
