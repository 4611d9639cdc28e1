// Addresses of hosts, and connecting to them. Names are looked up on a thread of their own, because
// the system's function for that blocks.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "storage/base/mutex.h"
#include "storage/base/status.h"

namespace millrace::server {

// The address that `host` is, if it is one, or "localhost"; else empty. Thread-safe.
std::string LiteralAddress(const std::string& host);

// A socket that is being connected: non-blocking, closed on exec. Thread-safe.
Result<int> BeginConnecting(const std::string& address, uint16_t port);

// Thread-safe.
class NameResolver {
 public:
  // Runs on the resolver's thread with an address, or kIoError.
  using Done = std::function<void(Result<std::string>)>;

  NameResolver() = default;
  // Stops.
  ~NameResolver();
  NameResolver(const NameResolver&) = delete;
  NameResolver& operator=(const NameResolver&) = delete;

  // The thread begins with the first call of this. After Stop nothing happens.
  void Resolve(const std::string& host, Done done) EXCLUDES(mutex_);
  // Forgets what waits and joins the thread. Idempotent; by one thread.
  void Stop() EXCLUDES(mutex_);

 private:
  void Loop() EXCLUDES(mutex_);

  Mutex mutex_;
  ConditionVariable changed_;
  std::deque<std::pair<std::string, Done>> waiting_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_ GUARDED_BY(mutex_);
};

}  // namespace millrace::server
