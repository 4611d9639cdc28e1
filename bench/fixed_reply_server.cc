// The ceiling for a GetItem: a server on Boost.Beast that parses each request and answers all of
// them with one reply prepared at the start, as long as a GetItem reply and with its headers. What
// it costs is the price of HTTP itself, as far as this library allows; what the real server costs
// beyond it is the price of being a database.
//
// It is written plainly but well: one session object for each connection, Beast's parser with its
// fields in a buffer of the session, one write for a reply, no timers. A benchmark program is a
// leaf, so Boost may be used here although it is confined to server/http elsewhere.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/crc.hpp>
#include <cstdio>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/load/flags.h"
#include "bench/load/process_sample.h"

namespace millrace::bench {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr size_t kReceiveBytesMax = 65'536;
constexpr size_t kFieldBytes = 4096;
constexpr uint64_t kRequestBodyBytesMax = 16'777'216;

/// A whole HTTP reply with the headers of the DynamoDB protocol around a GetItem body of
/// `body_bytes` bytes.
std::string MakeReply(int64_t body_bytes) {
  const std::string begin =
      "{\"Item\":{\"pk\":{\"S\":\"item-0000000000\"},\"revision\":{\"N\":\"1735689600000000\"},"
      "\"active\":{\"BOOL\":true},\"payload\":{\"S\":\"";
  const std::string end = "\"}}}";
  const auto frame_bytes = static_cast<int64_t>(begin.size() + end.size());
  if (body_bytes < frame_bytes)
    Fail("--body_bytes must be at least " + std::to_string(frame_bytes));
  std::string body = begin;
  body.append(static_cast<size_t>(body_bytes - frame_bytes), 'x');
  body += end;
  boost::crc_32_type crc;
  crc.process_bytes(body.data(), body.size());
  return "HTTP/1.1 200 OK\r\nServer: Server\r\nDate: Wed, 01 Jan 2025 00:00:00 GMT\r\n"
         "Content-Type: application/x-amz-json-1.0\r\nContent-Length: " +
         std::to_string(body.size()) +
         "\r\nx-amzn-RequestId: 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEF\r\n"
         "x-amz-crc32: " +
         std::to_string(crc.checksum()) + "\r\n\r\n" + body;
}

/// One connection: read until a request is whole, write the reply, and again.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const std::string& reply)
      : socket_(std::move(socket)), reply_(reply), arena_(field_bytes_, sizeof field_bytes_) {}

  void Start() {
    boost::system::error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    BeginRequest();
    Read();
  }

 private:
  using Allocator = std::pmr::polymorphic_allocator<char>;
  using Parser = http::request_parser<http::string_body, Allocator>;

  void BeginRequest() {
    parser_.reset();
    arena_.release();
    parser_.emplace(std::piecewise_construct, std::forward_as_tuple(),
                    std::forward_as_tuple(Allocator(&arena_)));
    parser_->eager(true);
    parser_->body_limit(kRequestBodyBytesMax);
  }

  void Read() {
    socket_.async_read_some(
        received_.prepare(kReceiveBytesMax - received_.size()),
        [self = shared_from_this()](boost::system::error_code error, size_t count) {
          if (error) return;
          self->received_.commit(count);
          self->Parse();
        });
  }

  void Parse() {
    while (received_.size() > 0) {
      boost::system::error_code error;
      received_.consume(parser_->put(received_.data(), error));
      if (error == http::error::need_more) break;
      if (error) return;
      if (parser_->is_done()) {
        Write();
        return;
      }
    }
    Read();
  }

  void Write() {
    BeginRequest();
    boost::system::error_code error;
    const size_t written = socket_.write_some(asio::buffer(reply_), error);
    if (!error && written == reply_.size()) {
      Parse();
      return;
    }
    if (error && error != asio::error::would_block) return;
    asio::async_write(socket_, asio::buffer(reply_) + written,
                      [self = shared_from_this()](boost::system::error_code write_error, size_t) {
                        if (!write_error) self->Parse();
                      });
  }

  tcp::socket socket_;
  const std::string& reply_;
  char field_bytes_[kFieldBytes];
  std::pmr::monotonic_buffer_resource arena_;
  std::optional<Parser> parser_;
  boost::beast::flat_static_buffer<kReceiveBytesMax> received_;
};

/// Accepts connections for one thread.
class Listener {
 public:
  Listener(const tcp::endpoint& endpoint, const std::string& reply)
      : context_(1), acceptor_(context_), reply_(reply) {
    using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
    boost::system::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(ReusePort(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) Fail("cannot listen: " + error.message());
    Accept();
  }

  asio::io_context& context() { return context_; }

  tcp::endpoint local_endpoint() const {
    boost::system::error_code ignored;
    return acceptor_.local_endpoint(ignored);
  }

 private:
  void Accept() {
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
      if (!error) std::make_shared<Session>(std::move(socket), reply_)->Start();
      Accept();
    });
  }

  asio::io_context context_;
  tcp::acceptor acceptor_;
  const std::string& reply_;
};

int Serve(int argc, char** argv) {
  Flags flags(argc, argv, "Answers every HTTP request with the same GetItem reply.");
  const int64_t port = flags.Integer("port", 0, "port on 127.0.0.1; 0: any free one");
  const int64_t body_bytes = flags.Integer("body_bytes", 272, "size of the reply body");
  const int64_t threads = flags.Integer("threads", 1, "threads, each with its own listener");
  const std::vector<int64_t> processors = flags.Integers("cpu", "", "bind to these processors");
  flags.Finish();
  if (threads < 1) Fail("--threads must be positive");
  if (!processors.empty() && !PinProcess(0, processors)) Fail("--cpu failed");

  const std::string reply = MakeReply(body_bytes);
  tcp::endpoint endpoint(asio::ip::address_v4::loopback(), static_cast<uint16_t>(port));
  std::vector<std::unique_ptr<Listener>> listeners;
  for (int64_t i = 0; i < threads; i++) {
    listeners.push_back(std::make_unique<Listener>(endpoint, reply));
    endpoint = listeners.front()->local_endpoint();
  }
  asio::signal_set signals(listeners.front()->context(), SIGTERM, SIGINT);
  signals.async_wait([&](boost::system::error_code, int) {
    for (const auto& listener : listeners) listener->context().stop();
  });
  std::printf("fixed_reply_server ready on http://127.0.0.1:%d\n", endpoint.port());
  std::fflush(stdout);
  std::vector<std::thread> running;
  for (size_t i = 1; i < listeners.size(); i++) {
    running.emplace_back([&listeners, i] { listeners[i]->context().run(); });
  }
  listeners.front()->context().run();
  for (std::thread& thread : running) thread.join();
  return 0;
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) { return millrace::bench::Serve(argc, argv); }
