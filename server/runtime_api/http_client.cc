// Connections, and the posts that wait for one.
#include "server/runtime_api/http_client.h"

#include <algorithm>
#include <deque>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "server/runtime_api/client_connection.h"
#include "server/runtime_api/http_url.h"
#include "server/runtime_api/name_resolver.h"
#include "storage/base/mutex.h"

namespace millrace::server {
namespace {

using streams::HttpAnswer;
using streams::HttpPost;
using streams::HttpPoster;

constexpr int64_t kMicrosecondsPerMillisecond = 1000;
// Addresses that are remembered.
constexpr size_t kNamesMax = 1024;

Status Stopping() { return Status(StatusCode::kShuttingDown, "the server is stopping"); }

// A post on its way. Shared by whatever it waits in, which passes over it once it is finished.
struct Pending {
  HttpPost post;
  HttpPoster::Done done;
  HttpUrl url;
  int64_t deadline_us = 0;
  ClientConnection* connection = nullptr;
  bool finished = false;
};
using PendingPointer = std::shared_ptr<Pending>;

// The connections to one address and port.
struct Pool {
  std::string address;
  uint16_t port = 0;
  size_t open = 0;
  std::vector<ClientConnection*> idle;  // the one used last is used next
  std::deque<PendingPointer> waiting;
};

struct KnownName {
  std::string address;
  int64_t expires_us = 0;
};

}  // namespace

// What lives on the I/O thread, kept by everything that is posted there.
class HttpClient::Core final : public std::enable_shared_from_this<Core>,
                               private ClientConnection::Owner {
 public:
  Core(std::shared_ptr<IoThread> thread, const Clock* clock, const HttpClientOptions& options)
      : thread_(std::move(thread)), clock_(clock), options_(options) {}

  // On any thread.
  void Post(HttpPost post, HttpPoster::Done done) {
    auto pending = std::make_shared<Pending>();
    pending->deadline_us = clock_->MonotonicUs() + post.timeout_ms * kMicrosecondsPerMillisecond;
    pending->post = std::move(post);
    pending->done = std::move(done);
    if (stop_begun()) {
      pending->done(Stopping());
      return;
    }
    thread_->RunOnThread([self = shared_from_this(), pending] { self->Begin(pending); });
  }

  void Stop() {
    {
      MutexLock lock(&mutex_);
      if (std::exchange(stop_begun_, true)) {
        return;
      }
    }
    resolver_.Stop();
    thread_->RunOnThread([self = shared_from_this()] { self->CloseAll(); });
    MutexLock lock(&mutex_);
    while (!empty_) {
      emptied_.Wait(&mutex_);
    }
  }

 private:
  bool stop_begun() EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    return stop_begun_;
  }

  void Begin(const PendingPointer& pending) {
    Result<HttpUrl> url = ParseHttpUrl(pending->post.url);
    if (stopping_ || !url.ok() || posts_.size() >= options_.posts_max) {
      pending->done(stopping_   ? Stopping()
                    : !url.ok() ? url.status()
                                : Status(StatusCode::kResourceExhausted,
                                         "too many posts to URLs are under way"));
      return;
    }
    pending->url = std::move(url).value();
    posts_.insert(pending);
    EnsureSweep();
    const std::string literal = LiteralAddress(pending->url.host);
    if (!literal.empty()) {
      Dispatch(pending, literal);
      return;
    }
    const auto known = names_.find(pending->url.host);
    if (known != names_.end() && known->second.expires_us > clock_->MonotonicUs()) {
      Dispatch(pending, known->second.address);
      return;
    }
    resolver_.Resolve(
        pending->url.host, [self = shared_from_this(), pending](Result<std::string> address) {
          self->thread_->RunOnThread(
              [self, pending, address = std::move(address)] { self->Resolved(pending, address); });
        });
  }

  void Resolved(const PendingPointer& pending, const Result<std::string>& address) {
    if (pending->finished) {
      return;
    }
    if (!address.ok()) {
      Finish(pending, address.status());
      return;
    }
    if (names_.size() >= kNamesMax) {
      names_.clear();
    }
    names_[pending->url.host] = {
        address.value(),
        clock_->MonotonicUs() + options_.name_lifetime_ms * kMicrosecondsPerMillisecond};
    Dispatch(pending, address.value());
  }

  void Dispatch(const PendingPointer& pending, const std::string& address) {
    Pool& pool = pools_[address + " " + std::to_string(pending->url.port)];
    pool.address = address;
    pool.port = pending->url.port;
    if (!pool.idle.empty()) {
      ClientConnection* const connection = pool.idle.back();
      pool.idle.pop_back();
      Send(connection, pending);
    } else if (pool.open < options_.connections_per_host_max) {
      Connect(&pool, pending);
    } else {
      pool.waiting.push_back(pending);
    }
  }

  void Connect(Pool* pool, const PendingPointer& pending) {
    const Result<int> descriptor = BeginConnecting(pool->address, pool->port);
    if (!descriptor.ok()) {
      Finish(pending, descriptor.status());
      return;
    }
    std::unique_ptr<Socket> socket = thread_->Adopt(descriptor.value());
    if (socket == nullptr) {
      Finish(pending, Status(StatusCode::kIoError, "cannot use another connection"));
      return;
    }
    ClientConnection::Owner* const owner = this;
    const auto connection = std::make_shared<ClientConnection>(owner, std::move(socket));
    connections_[connection.get()] = {connection, pool, nullptr};
    ++pool->open;
    Send(connection.get(), pending);
  }

  void Send(ClientConnection* connection, const PendingPointer& pending) {
    pending->connection = connection;
    connections_[connection].sending = pending;
    connection->Send(pending->url, pending->post);
  }

  // ClientConnection::Owner
  void OnAnswer(ClientConnection* connection, Result<HttpAnswer> answer, bool reusable) override {
    Open& open = connections_[connection];
    Pool* const pool = open.pool;
    const PendingPointer answered = std::move(open.sending);
    open.sending = nullptr;
    if (reusable) {
      const PendingPointer next = TakeWaiting(pool);
      if (next != nullptr) {
        Send(connection, next);
      } else if (pool->idle.size() < options_.idle_connections_per_host_max && !stopping_) {
        pool->idle.push_back(connection);
      } else {
        connection->Close();
      }
    }
    if (answered != nullptr) {
      Finish(answered, std::move(answer));
    }
  }

  void OnLeft(ClientConnection* connection) override {
    const auto found = connections_.find(connection);
    const Open left = std::move(found->second);
    connections_.erase(found);
    Pool* const pool = left.pool;
    --pool->open;
    pool->idle.erase(std::remove(pool->idle.begin(), pool->idle.end(), connection),
                     pool->idle.end());
    const PendingPointer next = TakeWaiting(pool);
    if (next != nullptr) {
      Connect(pool, next);
    }
    SayIfEmpty();
  }

  static PendingPointer TakeWaiting(Pool* pool) {
    while (!pool->waiting.empty()) {
      const PendingPointer next = std::move(pool->waiting.front());
      pool->waiting.pop_front();
      if (!next->finished) {
        return next;
      }
    }
    return nullptr;
  }

  void Finish(const PendingPointer& pending, Result<HttpAnswer> answer) {
    if (pending->finished) {
      return;
    }
    pending->finished = true;
    posts_.erase(pending);
    pending->done(std::move(answer));
  }

  // Ends a post whose answer nobody may wait for any longer.
  void Abort(const PendingPointer& pending, const Status& why) {
    const auto found = connections_.find(pending->connection);
    if (found != connections_.end() && found->second.sending == pending) {
      found->second.sending = nullptr;
      const std::shared_ptr<ClientConnection> connection = found->second.connection;
      connection->Close();
    }
    Finish(pending, why);
  }

  // Looks for posts whose time is over, as long as there are posts.
  void EnsureSweep() {
    if (!sweep_pending_ && !posts_.empty() && !stopping_) {
      sweep_pending_ = true;
      // The thread may end before that, and would then keep what keeps it.
      thread_->RunAfter(options_.sweep_period_ms, [weak = weak_from_this()] {
        if (const std::shared_ptr<Core> self = weak.lock()) {
          self->Sweep();
        }
      });
    }
  }

  void Sweep() {
    sweep_pending_ = false;
    const int64_t now_us = clock_->MonotonicUs();
    std::vector<PendingPointer> late;
    for (const PendingPointer& pending : posts_) {
      if (pending->deadline_us <= now_us) {
        late.push_back(pending);
      }
    }
    for (const PendingPointer& pending : late) {
      Abort(pending, Status(StatusCode::kFailedPrecondition, "there was no answer in time"));
    }
    EnsureSweep();
  }

  void CloseAll() {
    stopping_ = true;
    const std::vector<PendingPointer> posts(posts_.begin(), posts_.end());
    for (const PendingPointer& pending : posts) {
      Abort(pending, Stopping());
    }
    std::vector<std::shared_ptr<ClientConnection>> connections;
    for (const auto& [pointer, open] : connections_) {
      connections.push_back(open.connection);
    }
    for (const std::shared_ptr<ClientConnection>& connection : connections) {
      connection->Close();
    }
    SayIfEmpty();
  }

  void SayIfEmpty() {
    if (stopping_ && connections_.empty()) {
      MutexLock lock(&mutex_);
      empty_ = true;
      emptied_.NotifyAll();
    }
  }

  struct Open {
    std::shared_ptr<ClientConnection> connection;
    Pool* pool = nullptr;
    PendingPointer sending;
  };

  const std::shared_ptr<IoThread> thread_;
  const Clock* const clock_;
  const HttpClientOptions options_;
  NameResolver resolver_;

  bool stopping_ = false;
  bool sweep_pending_ = false;
  std::unordered_set<PendingPointer> posts_;
  std::unordered_map<std::string, Pool> pools_;  // by address and port
  std::unordered_map<ClientConnection*, Open> connections_;
  std::unordered_map<std::string, KnownName> names_;

  Mutex mutex_;
  ConditionVariable emptied_;
  bool stop_begun_ GUARDED_BY(mutex_) = false;
  bool empty_ GUARDED_BY(mutex_) = false;
};

HttpClient::HttpClient(std::shared_ptr<IoThread> thread, const Clock* clock,
                       const HttpClientOptions& options)
    : core_(std::make_shared<Core>(std::move(thread), clock, options)) {}

HttpClient::~HttpClient() = default;

void HttpClient::Post(HttpPost post, Done done) { core_->Post(std::move(post), std::move(done)); }

void HttpClient::Stop() { core_->Stop(); }

}  // namespace millrace::server
