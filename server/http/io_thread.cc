// The event loop over Asio. Operations reuse memory inside the objects that begin them, so that the
// steady state allocates nothing; short reads make Asio wait for the next readiness event instead
// of trying again, so that a request costs one read, one write and one wait.
#include "server/http/io_thread.h"

// Asio's fences around handlers are for completions that arrive from other threads without a lock.
// Here one thread runs each loop, and what others post passes the loop's lock, so they are not
// needed; g++ also refuses them under ThreadSanitizer.
#define BOOST_ASIO_DISABLE_FENCED_BLOCK

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <new>
#include <string>
#include <thread>
#include <utility>

#include "storage/base/log.h"
#include "storage/base/mutex.h"

namespace millrace::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using TcpSocket = asio::basic_stream_socket<tcp, asio::io_context::executor_type>;

// After an accept failed for want of descriptors or memory, the next try waits this long.
constexpr std::chrono::milliseconds kAcceptPause{100};
// Connections taken in one go, so that a flood of them does not starve those that are open.
constexpr int kAcceptsPerRound = 32;

// Memory for one operation at a time.
class OperationMemory {
 public:
  void* Allocate(size_t size) {
    if (!in_use_ && size <= sizeof(storage_)) {
      in_use_ = true;
      return storage_;
    }
    return ::operator new(size);
  }
  void Deallocate(void* pointer) {
    if (pointer == storage_) {
      in_use_ = false;
    } else {
      ::operator delete(pointer);
    }
  }

 private:
  alignas(std::max_align_t) unsigned char storage_[256];
  bool in_use_ = false;
};

// The allocator through which Asio finds an OperationMemory.
template <typename T>
struct OperationAllocator {
  using value_type = T;
  explicit OperationAllocator(OperationMemory* memory_used) : memory(memory_used) {}
  template <typename U>
  OperationAllocator(const OperationAllocator<U>& other) : memory(other.memory) {}  // NOLINT
  T* allocate(size_t count) { return static_cast<T*>(memory->Allocate(sizeof(T) * count)); }
  void deallocate(T* pointer, size_t) { memory->Deallocate(pointer); }
  template <typename U>
  bool operator==(const OperationAllocator<U>& other) const {
    return memory == other.memory;
  }
  OperationMemory* memory;
};

// A completion handler that brings its memory along.
template <typename Function>
struct Handler {
  using allocator_type = OperationAllocator<void>;
  allocator_type get_allocator() const noexcept { return allocator_type(memory); }
  template <typename... Arguments>
  void operator()(Arguments&&... arguments) {
    function(std::forward<Arguments>(arguments)...);
  }
  OperationMemory* memory;
  Function function;
};
template <typename Function>
Handler(OperationMemory*, Function) -> Handler<Function>;

class AsioSocket final : public Socket {
 public:
  // `peer` as of its beginning: one that is gone has no address, but what it sent can be read.
  AsioSocket(TcpSocket socket, const tcp::endpoint& peer)
      : socket_(std::move(socket)), peer_(peer) {}

  void set_observer(SocketObserver* observer) override { observer_ = observer; }

  void Read(char* data, size_t size) override {
    socket_.async_read_some(asio::buffer(data, size),
                            Handler{&read_memory_, [this](const error_code& error, size_t count) {
                                      observer_->OnRead(error ? 0 : count);
                                    }});
  }

  void WaitWritable() override {
    socket_.async_wait(tcp::socket::wait_write, Handler{&write_memory_, [this](const error_code&) {
                                                          observer_->OnWritable();
                                                        }});
  }

  int64_t WriteNow(std::string_view first, std::string_view second) override {
    iovec pieces[2] = {{const_cast<char*>(first.data()), first.size()},
                       {const_cast<char*>(second.data()), second.size()}};
    msghdr message = {};
    message.msg_iov = pieces;
    message.msg_iovlen = second.empty() ? 1 : 2;
    while (true) {
      const ssize_t count = sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count >= 0) {
        return count;
      }
      if (errno != EINTR) {
        return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
      }
    }
  }

  bool HasInput() override {
    char byte;
    return recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
  }

  std::string PeerAddress() const override {
    return peer_.address().is_unspecified() ? std::string() : peer_.address().to_string();
  }

  void ShutdownSend() override {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }

  void Close() override {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  TcpSocket socket_;
  const tcp::endpoint peer_;
  SocketObserver* observer_ = nullptr;
  OperationMemory read_memory_;
  OperationMemory write_memory_;
};

// A listening socket on the loop. What it waits for keeps it alive.
class Acceptor final : public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(asio::io_context* context, IoThread::AcceptCallback accepted)
      : context_(*context), acceptor_(*context), timer_(*context), accepted_(std::move(accepted)) {}

  // Takes over the descriptor.
  Status Start(int descriptor) {
    sockaddr_storage address = {};
    socklen_t size = sizeof(address);
    error_code error;
    if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
      protocol_ = address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4();
      acceptor_.assign(protocol_, descriptor, error);
    } else {
      error = error_code(errno, boost::system::system_category());
    }
    if (error) {
      close(descriptor);
      return Status(StatusCode::kIoError, "cannot listen: " + error.message());
    }
    Wait();
    return Status::Ok();
  }

  void Close() {
    error_code ignored;
    acceptor_.close(ignored);
    timer_.cancel();
  }

 private:
  void Wait() {
    acceptor_.async_wait(tcp::acceptor::wait_read,
                         [self = shared_from_this()](const error_code& error) {
                           if (!error) {
                             self->AcceptSome();
                           }
                         });
  }

  void AcceptSome() {
    for (int i = 0; i < kAcceptsPerRound; ++i) {
      if (!acceptor_.is_open()) {
        return;
      }
      tcp::endpoint peer;
      socklen_t peer_size = static_cast<socklen_t>(peer.capacity());
      const int descriptor =
          accept4(acceptor_.native_handle(), peer.data(), &peer_size, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (descriptor >= 0) {
        error_code error;
        TcpSocket socket(context_);
        socket.assign(protocol_, descriptor, error);
        if (error) {
          close(descriptor);
        } else {
          accepted_(std::make_unique<AsioSocket>(std::move(socket), peer));
        }
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        break;
      } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        Log(LogLevel::kWarning, std::string("cannot accept connections: ") + strerror(errno));
        timer_.expires_after(kAcceptPause);
        timer_.async_wait([self = shared_from_this()](const error_code& error) {
          if (!error) {
            self->Wait();
          }
        });
        return;
      }  // Anything else concerns the one connection, which is gone.
    }
    if (acceptor_.is_open()) {
      Wait();
    }
  }

  asio::io_context& context_;
  asio::basic_socket_acceptor<tcp, asio::io_context::executor_type> acceptor_;
  asio::steady_timer timer_;
  const IoThread::AcceptCallback accepted_;
  tcp protocol_ = tcp::v4();
};

// What the owner of an Acceptor holds.
class OpenListener final : public Listener {
 public:
  explicit OpenListener(std::shared_ptr<Acceptor> acceptor) : acceptor_(std::move(acceptor)) {}
  ~OpenListener() override { acceptor_->Close(); }

 private:
  const std::shared_ptr<Acceptor> acceptor_;
};

}  // namespace

class IoThread::Impl {
 public:
  Impl() : sweep_timer_(context_) {}

  Result<std::unique_ptr<Listener>> Listen(int descriptor, AcceptCallback accepted) {
    auto acceptor = std::make_shared<Acceptor>(&context_, std::move(accepted));
    RETURN_IF_ERROR(acceptor->Start(descriptor));
    return std::unique_ptr<Listener>(std::make_unique<OpenListener>(std::move(acceptor)));
  }

  std::unique_ptr<Socket> Adopt(int descriptor) {
    sockaddr_storage address = {};
    socklen_t size = sizeof(address);
    error_code error;
    TcpSocket socket(context_);
    if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
      socket.assign(address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), descriptor, error);
    }
    if (!socket.is_open()) {
      close(descriptor);
      return nullptr;
    }
    const tcp::endpoint peer = socket.remote_endpoint(error);
    return std::make_unique<AsioSocket>(std::move(socket), error ? tcp::endpoint() : peer);
  }

  void RunAfter(int64_t delay_ms, std::function<void()> function) {
    auto timer = std::make_shared<asio::steady_timer>(context_);
    timer->expires_after(std::chrono::milliseconds(delay_ms));
    timer->async_wait([timer, run = std::move(function)](const error_code&) { run(); });
  }

  void SetSweep(int64_t period_ms, std::function<void()> sweep) {
    sweep_ = std::move(sweep);
    sweep_period_ = std::chrono::milliseconds(period_ms);
    WaitForSweep();
  }

  void Start() {
    thread_ = std::thread([this] { Loop(); });
  }

  void Stop() {
    if (thread_.joinable()) {
      context_.stop();
      thread_.join();
    }
  }

  void Post(TaskList* tasks) {
    {
      MutexLock lock(&mutex_);
      tasks_.Splice(tasks);
      if (wake_pending_) {
        return;
      }
      wake_pending_ = true;
    }
    asio::post(context_, Handler{&wake_memory_, [this] { RunTasks(); }});
  }

  void RunOnThread(std::function<void()> function) { asio::post(context_, std::move(function)); }

 private:
  void Loop() {
    // The loop goes on while there is nothing to do.
    const auto work = asio::make_work_guard(context_);
    while (true) {
      // Our own code throws nothing. If a library does, the connection it was for is lost, the
      // thread with all the others is not.
      try {
        context_.run();
        return;
      } catch (const std::exception& exception) {
        Log(LogLevel::kError, std::string("exception on an I/O thread: ") + exception.what());
      }
    }
  }

  void RunTasks() {
    TaskList tasks;
    {
      MutexLock lock(&mutex_);
      tasks.Splice(&tasks_);
      // From here on a Post wakes the thread again: its tasks are not in the list taken.
      wake_pending_ = false;
    }
    while (Task* const task = tasks.PopFront()) {
      task->Run();
    }
  }

  void WaitForSweep() {
    sweep_timer_.expires_after(sweep_period_);
    sweep_timer_.async_wait([this](const error_code& error) {
      if (!error) {
        sweep_();
        WaitForSweep();
      }
    });
  }

  // The hint promises that one thread only runs the loop.
  // One thread runs it, and only that thread uses its sockets: their operations need no locks.
  asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  asio::steady_timer sweep_timer_;
  std::chrono::milliseconds sweep_period_{1000};
  std::function<void()> sweep_;
  std::thread thread_;

  Mutex mutex_;
  TaskList tasks_ GUARDED_BY(mutex_);
  bool wake_pending_ GUARDED_BY(mutex_) = false;
  // Used by one wake-up at a time: Asio gives it back before the handler runs, and only the handler
  // lets the next one begin.
  OperationMemory wake_memory_;
};

IoThread::IoThread() : impl_(std::make_unique<Impl>()) {}
IoThread::~IoThread() = default;

Result<std::unique_ptr<Listener>> IoThread::Listen(int listening_descriptor,
                                                   AcceptCallback accepted) {
  return impl_->Listen(listening_descriptor, std::move(accepted));
}
std::unique_ptr<Socket> IoThread::Adopt(int descriptor) { return impl_->Adopt(descriptor); }
void IoThread::RunAfter(int64_t delay_ms, std::function<void()> function) {
  impl_->RunAfter(delay_ms, std::move(function));
}
void IoThread::SetSweep(int64_t period_ms, std::function<void()> sweep) {
  impl_->SetSweep(period_ms, std::move(sweep));
}
void IoThread::Start() { impl_->Start(); }
void IoThread::Stop() { impl_->Stop(); }
void IoThread::Post(TaskList* tasks) { impl_->Post(tasks); }
void IoThread::RunOnThread(std::function<void()> function) {
  impl_->RunOnThread(std::move(function));
}

}  // namespace millrace::server
