// Socket calls. A request and its reply cost one send and one receive when the socket buffers are
// large enough, which they are for everything but large items.

#include "bench/load/connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "bench/load/flags.h"
#include "bench/load/http_reply.h"

namespace millrace::bench {
namespace {

constexpr size_t kReceiveBytesInitial = 16'384;

}  // namespace

Endpoint ParseEndpoint(const std::string& text) {
  constexpr std::string_view kScheme = "http://";
  std::string rest = text;
  if (rest.rfind(kScheme, 0) == 0) rest = rest.substr(kScheme.size());
  while (!rest.empty() && rest.back() == '/') rest.pop_back();
  const size_t colon = rest.find(':');
  Endpoint endpoint;
  endpoint.host_and_port = rest;
  endpoint.address.sin_family = AF_INET;
  const int port = colon == std::string::npos ? 0 : std::atoi(rest.c_str() + colon + 1);
  endpoint.address.sin_port = htons(static_cast<uint16_t>(port));
  if (port <= 0 || port > 65'535 ||
      inet_pton(AF_INET, rest.substr(0, colon).c_str(), &endpoint.address.sin_addr) != 1) {
    Fail("the endpoint must look like http://127.0.0.1:8000, not '" + text + "'");
  }
  return endpoint;
}

Connection::Connection(const Endpoint& endpoint) : received_(kReceiveBytesInitial) {
  descriptor_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto* address = reinterpret_cast<const sockaddr*>(&endpoint.address);
  if (descriptor_ < 0 || connect(descriptor_, address, sizeof endpoint.address) != 0) {
    Fail("cannot connect to " + endpoint.host_and_port + ": " + std::strerror(errno));
  }
  const int on = 1;
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(descriptor_, F_SETFL, fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
}

Connection::~Connection() {
  if (descriptor_ >= 0) close(descriptor_);
}

Connection::Progress Connection::Lose(std::string problem) {
  problem_ = std::move(problem);
  return Progress::kLost;
}

Connection::Progress Connection::Send(std::string_view head, std::string_view body) {
  received_bytes_ = 0;
  head_bytes_ = 0;
  iovec parts[2] = {{const_cast<char*>(head.data()), head.size()},
                    {const_cast<char*>(body.data()), body.size()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  ssize_t sent = sendmsg(descriptor_, &message, MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno != EAGAIN) return Lose(std::string("send: ") + std::strerror(errno));
    sent = 0;
  }
  const auto sent_bytes = static_cast<size_t>(sent);
  unsent_.clear();
  unsent_begin_ = 0;
  if (sent_bytes < head.size()) unsent_.append(head.substr(sent_bytes));
  const size_t body_sent = sent_bytes > head.size() ? sent_bytes - head.size() : 0;
  if (body_sent < body.size()) unsent_.append(body.substr(body_sent));
  return Progress::kPending;
}

Connection::Progress Connection::ContinueSend() {
  while (WantsWrite()) {
    const ssize_t sent = send(descriptor_, unsent_.data() + unsent_begin_,
                              unsent_.size() - unsent_begin_, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EAGAIN) break;
      return Lose(std::string("send: ") + std::strerror(errno));
    }
    unsent_begin_ += static_cast<size_t>(sent);
  }
  return Progress::kPending;
}

Connection::Progress Connection::Receive() {
  while (true) {
    const size_t room = received_.size() - received_bytes_;
    const ssize_t count = recv(descriptor_, received_.data() + received_bytes_, room, 0);
    if (count == 0) return Lose("the server closed the connection");
    if (count < 0) {
      if (errno == EAGAIN) return Progress::kPending;
      return Lose(std::string("receive: ") + std::strerror(errno));
    }
    received_bytes_ += static_cast<size_t>(count);
    if (head_bytes_ == 0) {
      const ReplyHead head = ParseReplyHead(std::string_view(received_.data(), received_bytes_));
      if (head.state == ReplyHead::State::kMalformed) return Lose("not an HTTP/1.1 reply");
      if (head.state == ReplyHead::State::kComplete) {
        head_bytes_ = head.head_bytes;
        body_bytes_ = head.body_bytes;
        status_ = head.status;
      }
    }
    if (head_bytes_ != 0) {
      const size_t reply_bytes = head_bytes_ + body_bytes_;
      if (received_bytes_ > reply_bytes) return Lose("bytes after the end of the reply");
      if (received_bytes_ == reply_bytes) return Progress::kReply;
      if (received_.size() < reply_bytes + 1) received_.resize(reply_bytes + 1);
    } else if (received_bytes_ == received_.size()) {
      received_.resize(received_.size() * 2);
    }
    if (static_cast<size_t>(count) < room) return Progress::kPending;
  }
}

}  // namespace millrace::bench
