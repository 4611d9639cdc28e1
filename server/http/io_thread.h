// One I/O thread: an event loop with listening sockets of its own and the connections accepted
// there. Nothing is shared between the threads, the kernel spreads new connections over those that
// listen on one port (SO_REUSEPORT). Asio stays in io_thread.cc; the rest of server/http works with
// these interfaces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "storage/base/status.h"
#include "storage/base/task.h"

namespace millrace::server {

// Is told when something that was begun on a Socket is done. Called on the I/O thread.
class SocketObserver {
 public:
  // `size` bytes were read; 0: the peer has finished sending, or the connection is gone.
  virtual void OnRead(size_t size) = 0;
  // The socket takes bytes again, or is gone (the next write tells).
  virtual void OnWritable() = 0;

 protected:
  ~SocketObserver() = default;
};

// A connected, non-blocking stream socket. Used on its I/O thread only. What has been begun always
// ends in one call of the observer, also after Close, and the socket must live until then.
class Socket {
 public:
  virtual ~Socket() = default;
  virtual void set_observer(SocketObserver* observer) = 0;
  // Begins to read up to `size` bytes. One read at a time.
  virtual void Read(char* data, size_t size) = 0;
  // Begins to wait until writing is possible.
  virtual void WaitWritable() = 0;
  // Writes what the kernel takes now of the two pieces, in one system call. Returns the number of
  // bytes, 0 when it takes none, -1 when the connection is broken.
  virtual int64_t WriteNow(std::string_view first, std::string_view second) = 0;
  // Whether bytes have arrived that no read has returned yet.
  virtual bool HasInput() = 0;
  // The address of the peer as text, without its port; empty if it is not known.
  virtual std::string PeerAddress() const = 0;
  // Says to the peer that nothing more will be sent.
  virtual void ShutdownSend() = 0;
  virtual void Close() = 0;
  // Whether what goes over the connection is encrypted.
  virtual bool IsEncrypted() const { return false; }
  // False until both sides have agreed on the encryption. Nothing can be read or written before.
  virtual bool IsEstablished() const { return true; }
};

// Accepts connections until it is destroyed, which happens on the I/O thread, or while that does
// not run.
class Listener {
 public:
  virtual ~Listener() = default;
};

// An event loop on a thread of its own. Post and RunOnThread are thread-safe.
class IoThread final : public TaskQueue {
 public:
  using AcceptCallback = std::function<void(std::unique_ptr<Socket>)>;

  IoThread();
  // Stop must have been called if Start was.
  ~IoThread() override;

  // Accepts connections from `listening_descriptor` (bound, listening, non-blocking; now owned)
  // once started. Call before Start or on the thread.
  Result<std::unique_ptr<Listener>> Listen(int listening_descriptor, AcceptCallback accepted);
  // A socket made of a stream socket that is connected, or being connected, and non-blocking; now
  // owned. nullptr if the loop cannot take it. On the thread.
  std::unique_ptr<Socket> Adopt(int descriptor);
  // Calls `function` on the thread when the time has passed; never if the loop ends before that. On
  // the thread.
  void RunAfter(int64_t delay_ms, std::function<void()> function);
  // Calls `sweep` on the thread every `period_ms`. Call before Start.
  void SetSweep(int64_t period_ms, std::function<void()> sweep);

  void Start();
  // Ends the loop and joins the thread. Connections must be gone by then.
  void Stop();

  // TaskQueue: the thread is woken at most once for all tasks that gather until it runs.
  void Post(TaskList* tasks) override;
  // Runs `function` on the thread, soon.
  void RunOnThread(std::function<void()> function);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::server
