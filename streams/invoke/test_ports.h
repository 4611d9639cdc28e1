// Runtime API ports with sockets, as small as tests of real processes allow: a thread for each
// connection, requests with a length or in chunks.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <condition_variable>
#include <cstdlib>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "streams/invoke/runtime_port.h"

namespace millrace::streams {

// One request; the connection waits for its answer.
class SocketCall final : public RuntimeCall {
 public:
  std::string_view method() const override { return method_text; }
  std::string_view path() const override { return path_text; }
  std::string_view header(std::string_view name) const override {
    const auto found = headers.find(Lower(name));
    return found == headers.end() ? std::string_view() : found->second;
  }
  std::string_view body() const override { return body_text; }
  bool too_large() const override { return large; }
  void Reply(RuntimeReply reply) override {
    const std::lock_guard lock(mutex_);
    reply_ = std::move(reply);
    answered_ = true;
    changed_.notify_all();
  }
  // False if the port was closed before.
  bool Wait(const std::atomic<bool>& closed, RuntimeReply* reply) {
    std::unique_lock lock(mutex_);
    while (!answered_ && !closed) {
      changed_.wait_for(lock, std::chrono::milliseconds(20));
    }
    *reply = std::move(reply_);
    return answered_;
  }
  static std::string Lower(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), ::tolower);
    return lower;
  }

  std::string method_text;
  std::string path_text;
  std::map<std::string, std::string> headers;
  std::string body_text;
  bool large = false;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool answered_ = false;
  RuntimeReply reply_;
};

class SocketPort final : public RuntimePort {
 public:
  explicit SocketPort(RuntimePorts::Handler handler) : handler_(std::move(handler)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_, 16) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      std::abort();
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }
  ~SocketPort() override {
    closed_ = true;
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    close(listener_);
    for (auto& [descriptor, thread] : connections_) {
      shutdown(descriptor, SHUT_RDWR);
      thread.join();
      close(descriptor);
    }
  }
  uint16_t port() const override { return port_; }

 private:
  void Accept() {
    while (!closed_) {
      const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (descriptor >= 0) {
        const int on = 1;
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        connections_.emplace_back(descriptor,
                                  std::thread([this, descriptor] { Serve(descriptor); }));
      }
    }
  }

  void Serve(int descriptor) {
    std::string buffer;
    while (!closed_) {
      const auto call = std::make_shared<SocketCall>();
      if (!ReadRequest(descriptor, &buffer, call.get())) {
        shutdown(descriptor, SHUT_RDWR);
        return;
      }
      handler_(call);
      RuntimeReply reply;
      if (!call->Wait(closed_, &reply)) {
        return;
      }
      std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " Said\r\n";
      for (const auto& [name, value] : reply.headers) {
        text += name + ": " + value + "\r\n";
      }
      text += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n" + reply.body;
      for (size_t sent = 0; sent < text.size();) {
        const ssize_t size = send(descriptor, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (size <= 0) {
          return;
        }
        sent += static_cast<size_t>(size);
      }
    }
  }

  static bool More(int descriptor, std::string* buffer) {
    char bytes[16384];
    const ssize_t size = recv(descriptor, bytes, sizeof(bytes), 0);
    if (size > 0) {
      buffer->append(bytes, static_cast<size_t>(size));
    }
    return size > 0;
  }
  static bool TakeLine(int descriptor, std::string* buffer, std::string* line) {
    size_t end = 0;
    while ((end = buffer->find("\r\n")) == std::string::npos) {
      if (!More(descriptor, buffer)) {
        return false;
      }
    }
    *line = buffer->substr(0, end);
    buffer->erase(0, end + 2);
    return true;
  }
  static bool TakeBytes(int descriptor, std::string* buffer, size_t count, std::string* out) {
    while (buffer->size() < count) {
      if (!More(descriptor, buffer)) {
        return false;
      }
    }
    out->append(*buffer, 0, count);
    buffer->erase(0, count);
    return true;
  }
  // Header lines, also those behind a body in chunks.
  static bool TakeHeaders(int descriptor, std::string* buffer, SocketCall* call) {
    std::string line;
    while (TakeLine(descriptor, buffer, &line)) {
      if (line.empty()) {
        return true;
      }
      const size_t colon = line.find(':');
      call->headers[SocketCall::Lower(line.substr(0, colon))] = line.substr(colon + 2);
    }
    return false;
  }
  static bool ReadRequest(int descriptor, std::string* buffer, SocketCall* call) {
    std::string line;
    if (!TakeLine(descriptor, buffer, &line)) {
      return false;
    }
    const size_t first = line.find(' ');
    const size_t second = line.find(' ', first + 1);
    call->method_text = line.substr(0, first);
    call->path_text = line.substr(first + 1, second - first - 1);
    if (!TakeHeaders(descriptor, buffer, call)) {
      return false;
    }
    if (call->header("Transfer-Encoding") == "chunked") {
      while (TakeLine(descriptor, buffer, &line)) {
        const size_t size = std::strtoul(line.c_str(), nullptr, 16);
        if (size == 0) {
          return TakeHeaders(descriptor, buffer, call);
        }
        if (!TakeBytes(descriptor, buffer, size, &call->body_text) ||
            !TakeLine(descriptor, buffer, &line)) {
          return false;
        }
      }
      return false;
    }
    const std::string length(call->header("Content-Length"));
    if (!TakeBytes(descriptor, buffer, std::strtoul(length.c_str(), nullptr, 10),
                   &call->body_text)) {
      return false;
    }
    call->large = call->body_text.size() > RuntimePorts::kBodySizeMax;
    return true;
  }

  const RuntimePorts::Handler handler_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> closed_ = false;
  std::thread acceptor_;
  // Of the acceptor until it has ended.
  std::list<std::pair<int, std::thread>> connections_;
};

class SocketPorts final : public RuntimePorts {
 public:
  Result<std::unique_ptr<RuntimePort>> Open(Handler handler) override {
    return std::unique_ptr<RuntimePort>(std::make_unique<SocketPort>(std::move(handler)));
  }
};

}  // namespace millrace::streams
