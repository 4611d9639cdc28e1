// Names, addresses and sockets, with plain system calls.
#include "server/runtime_api/name_resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace millrace::server {
namespace {

Result<std::string> LookUp(const std::string& host) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) {
    return Status(StatusCode::kIoError, "the host " + host + ": " + gai_strerror(error));
  }
  char text[NI_MAXHOST] = {};
  const int name_error = getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof(text), nullptr,
                                     0, NI_NUMERICHOST);
  freeaddrinfo(found);
  if (name_error != 0) {
    return Status(StatusCode::kIoError, "the host " + host + ": " + gai_strerror(name_error));
  }
  return std::string(text);
}

}  // namespace

std::string LiteralAddress(const std::string& host) {
  in6_addr ignored = {};
  if (host == "localhost") {
    return "127.0.0.1";
  }
  const bool is_address = inet_pton(AF_INET, host.c_str(), &ignored) == 1 ||
                          inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
  return is_address ? host : std::string();
}

Result<int> BeginConnecting(const std::string& address, uint16_t port) {
  sockaddr_storage storage = {};
  socklen_t size = sizeof(sockaddr_in);
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
  } else if (inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    size = sizeof(sockaddr_in6);
  } else {
    return Status(StatusCode::kIoError, "not an address: " + address);
  }
  const int descriptor = socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (descriptor < 0 || setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
      (connect(descriptor, reinterpret_cast<const sockaddr*>(&storage), size) != 0 &&
       errno != EINPROGRESS)) {
    const Status status(StatusCode::kIoError, "cannot connect to " + address + ":" +
                                                  std::to_string(port) + ": " + strerror(errno));
    if (descriptor >= 0) {
      close(descriptor);
    }
    return status;
  }
  return descriptor;
}

NameResolver::~NameResolver() { Stop(); }

void NameResolver::Resolve(const std::string& host, Done done) {
  MutexLock lock(&mutex_);
  if (stopping_) {
    return;
  }
  waiting_.emplace_back(host, std::move(done));
  if (!thread_.joinable()) {
    thread_ = std::thread([this] { Loop(); });
  }
  changed_.NotifyOne();
}

void NameResolver::Stop() {
  std::thread thread;
  std::deque<std::pair<std::string, Done>> forgotten;
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    forgotten.swap(waiting_);
    thread.swap(thread_);
    changed_.NotifyOne();
  }
  if (thread.joinable()) {
    thread.join();
  }
}

void NameResolver::Loop() {
  while (true) {
    std::pair<std::string, Done> next;
    {
      MutexLock lock(&mutex_);
      while (waiting_.empty() && !stopping_) {
        changed_.Wait(&mutex_);
      }
      if (stopping_) {
        return;
      }
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    next.second(LookUp(next.first));
  }
}

}  // namespace millrace::server
