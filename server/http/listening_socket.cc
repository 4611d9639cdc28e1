// Listening sockets.
#include "server/http/listening_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "server/http/http_server.h"

namespace millrace::server {
namespace {

constexpr int kBacklog = 4096;

struct Address {
  sockaddr_storage storage = {};
  socklen_t size = 0;
};

std::optional<Address> ParseAddress(const std::string& host, uint16_t port) {
  Address address;
  const std::string text = host == "localhost" ? "127.0.0.1" : host;
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof(sockaddr_in);
    return address;
  }
  if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof(sockaddr_in6);
    return address;
  }
  return std::nullopt;
}

Status SystemError(const std::string& what, const std::string& host, uint16_t port) {
  const StatusCode code =
      errno == EADDRINUSE ? StatusCode::kFailedPrecondition : StatusCode::kIoError;
  return Status(code, what + " " + host + ":" + std::to_string(port) + ": " + strerror(errno));
}

// A bound socket. `shared`: others of this process may bind the same port.
Result<int> Bind(const std::string& host, uint16_t port, bool shared) {
  const std::optional<Address> address = ParseAddress(host, port);
  if (!address.has_value()) {
    return Status(StatusCode::kInvalidArgument, "not an IP address: " + host);
  }
  const int descriptor =
      socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    return SystemError("cannot make a socket for", host, port);
  }
  const int on = 1;
  // Accepted connections inherit TCP_NODELAY, which saves a system call for each.
  if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
      (shared && setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0) ||
      bind(descriptor, reinterpret_cast<const sockaddr*>(&address->storage), address->size) != 0) {
    const Status status = SystemError("cannot listen on", host, port);
    close(descriptor);
    return status;
  }
  return descriptor;
}

}  // namespace

Result<int> OpenListeningSocket(const std::string& host, uint16_t port, ListenerSharing sharing) {
  ASSIGN_OR_RETURN(const int descriptor, Bind(host, port, sharing == ListenerSharing::kShared));
  if (listen(descriptor, kBacklog) != 0) {
    const Status status = SystemError("cannot listen on", host, port);
    close(descriptor);
    return status;
  }
  return descriptor;
}

Status CheckPortFree(const std::string& host, uint16_t port) {
  ASSIGN_OR_RETURN(const int descriptor, Bind(host, port, false));
  close(descriptor);
  return Status::Ok();
}

uint16_t BoundPort(int descriptor) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return 0;
  }
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port
                   : reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

bool IsLoopbackHost(const std::string& host) {
  const std::optional<Address> address = ParseAddress(host, 0);
  if (!address.has_value()) {
    return false;
  }
  if (address->storage.ss_family == AF_INET) {
    const auto* const v4 = reinterpret_cast<const sockaddr_in*>(&address->storage);
    return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
  }
  const auto* const v6 = reinterpret_cast<const sockaddr_in6*>(&address->storage);
  return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

}  // namespace millrace::server
