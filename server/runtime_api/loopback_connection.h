// A connection to a Runtime API port. Requests are read and parsed on the I/O thread; replies are
// written by whichever thread gives them, straight to the socket, because a process that waits for
// an event shall not wait for another thread to wake up as well. A mutex decides whose turn it is;
// it is never held while the socket is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "server/http/io_thread.h"
#include "server/http/request_parser.h"
#include "server/runtime_api/loopback_call.h"
#include "server/runtime_api/port_state.h"
#include "storage/base/mutex.h"

namespace millrace::server {

// One request at a time, in order; those that a client sends ahead wait in the buffer. Lives as
// long as its set or one of its calls.
class LoopbackConnection final : public std::enable_shared_from_this<LoopbackConnection>,
                                 private SocketObserver {
 public:
  // `left` is called on the I/O thread when the connection is closed and nothing is under way.
  LoopbackConnection(std::shared_ptr<IoThread> thread, std::shared_ptr<PortState> port,
                     std::unique_ptr<Socket> socket, std::function<void(LoopbackConnection*)> left);
  LoopbackConnection(const LoopbackConnection&) = delete;
  LoopbackConnection& operator=(const LoopbackConnection&) = delete;

  PortState* port() const { return port_.get(); }

  // On the I/O thread.
  void Start();
  void Close() EXCLUDES(mutex_);

  // For calls; thread-safe. Each does nothing for a call that has been answered.
  void Reply(uint64_t serial, bool keep_alive, streams::RuntimeReply reply) EXCLUDES(mutex_);
  void OnGone(uint64_t serial, std::function<void()> gone) EXCLUDES(mutex_);
  void Abandon(uint64_t serial) EXCLUDES(mutex_);

 private:
  enum class Phase {
    kReading,    // waiting for a request, or in the middle of one
    kHandling,   // a call is out
    kWriting,    // its reply is being written
    kLingering,  // nothing more will be sent: discarding input until the peer closes
    kClosed,
  };
  static constexpr size_t kHeadSizeMax = 16 * 1024;
  static constexpr size_t kInputSize = 32 * 1024;

  // SocketObserver
  void OnRead(size_t size) override;
  void OnWritable() override;

  // On the I/O thread: runs until something has to be waited for.
  void Advance();
  // One step; true: go on at once.
  bool Step();
  bool ReadHead();
  bool ReadBody();
  // Hands the complete request on.
  bool Handle();
  // Answers without the handler and closes.
  bool Refuse(int status);
  void EnsureReading();
  void LeaveIfDone();
  // Runs `function` on the I/O thread with the connection alive.
  void RunOnThread(void (LoopbackConnection::*function)());

  // The phase, as the I/O thread finds it. Remembers, if it is not the time for input, whether
  // there is some.
  Phase Look() EXCLUDES(mutex_);
  // By the thread whose turn it is to write.
  void Write() EXCLUDES(mutex_);
  void WaitWritable();
  void EndWrite(bool broken) EXCLUDES(mutex_);

  size_t buffered() const { return input_end_ - input_begin_; }

  const std::shared_ptr<IoThread> thread_;
  const std::shared_ptr<PortState> port_;
  const std::function<void(LoopbackConnection*)> left_;
  // Gone when the connection has left; used by other threads in kWriting only, which it outlives.
  std::unique_ptr<Socket> socket_;

  // --- the I/O thread's.
  bool advancing_ = false;
  bool reading_ = false;
  bool awaiting_write_ = false;
  bool left_done_ = false;
  std::unique_ptr<char[]> input_;  // bytes read and not parsed: [input_begin_, input_end_)
  size_t input_begin_ = 0;
  size_t input_end_ = 0;
  size_t searched_ = 0;  // bytes behind input_begin_ without the end of a head
  RequestParser parser_;
  std::shared_ptr<LoopbackCall> call_;  // the request that is being read
  bool in_body_ = false;

  // --- of the thread that writes.
  std::string output_head_;
  std::string output_body_;
  size_t sent_ = 0;
  bool close_after_ = false;

  Mutex mutex_;
  Phase phase_ GUARDED_BY(mutex_) = Phase::kReading;
  uint64_t serial_ GUARDED_BY(mutex_) = 0;           // of the latest call
  uint64_t answered_serial_ GUARDED_BY(mutex_) = 0;  // of the latest that was answered
  bool writer_active_ GUARDED_BY(mutex_) = false;    // a thread uses the socket
  bool close_wanted_ GUARDED_BY(mutex_) = false;     // ... and is to close it afterwards
  bool parked_ GUARDED_BY(mutex_) = false;           // there is input for the next phase
  std::function<void()> gone_ GUARDED_BY(mutex_);
};

}  // namespace millrace::server
