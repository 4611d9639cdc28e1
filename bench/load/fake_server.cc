// One poll loop over blocking sockets: requests of the tests are small enough to arrive whole or
// nearly so.

#include "bench/load/fake_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <utility>
#include <vector>

#include "bench/load/flags.h"

namespace millrace::bench {
namespace {

/// Size of the whole request at the start of `received`, or 0 when more is to come.
size_t WholeRequestBytes(const std::string& received) {
  const size_t head_end = received.find("\r\n\r\n");
  const size_t length_at = received.find("Content-Length: ");
  if (head_end == std::string::npos || length_at == std::string::npos) return 0;
  const size_t body_bytes =
      std::strtoul(received.c_str() + length_at + sizeof("Content-Length: ") - 1, nullptr, 10);
  const size_t request_bytes = head_end + 4 + body_bytes;
  return received.size() >= request_bytes ? request_bytes : 0;
}

}  // namespace

FakeServer::FakeServer(Handler handler) : handler_(std::move(handler)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener_, SOMAXCONN) != 0 || pipe(stop_pipe_) != 0) {
    Fail("the fake server cannot listen");
  }
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  thread_ = std::thread([this] { Serve(); });
}

FakeServer::~FakeServer() {
  close(stop_pipe_[1]);
  thread_.join();
  close(stop_pipe_[0]);
  close(listener_);
}

void FakeServer::Serve() {
  std::map<int, std::string> received;
  while (true) {
    std::vector<pollfd> wanted = {{stop_pipe_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const auto& [socket, bytes] : received) wanted.push_back({socket, POLLIN, 0});
    poll(wanted.data(), wanted.size(), -1);
    if (wanted[0].revents != 0) break;
    if (wanted[1].revents != 0) received[accept(listener_, nullptr, nullptr)];
    for (size_t i = 2; i < wanted.size(); i++) {
      if (wanted[i].revents == 0) continue;
      const int socket = wanted[i].fd;
      char chunk[65'536];
      const ssize_t count = recv(socket, chunk, sizeof chunk, 0);
      std::string& bytes = received[socket];
      if (count > 0) bytes.append(chunk, static_cast<size_t>(count));
      const size_t request_bytes = WholeRequestBytes(bytes);
      if (count > 0 && request_bytes == 0) continue;
      const Answer answer =
          count > 0 ? handler_(bytes.substr(0, request_bytes)) : Answer{.closes = true};
      if (answer.closes) {
        close(socket);
        received.erase(socket);
        continue;
      }
      bytes.erase(0, request_bytes);
      const std::string reply = "HTTP/1.1 " + std::to_string(answer.status) +
                                " Any\r\nContent-Length: " + std::to_string(answer.body.size()) +
                                "\r\n\r\n" + answer.body;
      send(socket, reply.data(), reply.size(), MSG_NOSIGNAL);
    }
  }
  for (const auto& [socket, bytes] : received) close(socket);
}

}  // namespace millrace::bench
