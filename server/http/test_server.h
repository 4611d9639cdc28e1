// What the tests of this folder share: a server with made-up operations on a free loopback port,
// and a plain blocking client.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/wire/dispatch.h"
#include "server/auth/authenticator.h"
#include "server/gate/gate.h"
#include "server/http/http_server.h"
#include "server/http/tls_context.h"
#include "storage/base/clock.h"
#include "storage/base/random.h"

struct ssl_ctx_st;
struct ssl_session_st;
struct ssl_st;

namespace millrace::server {

// A reply as the client got it.
struct ClientReply {
  int status = 0;  // 0: the connection ended before a complete reply came
  std::string head;
  std::string body;
  // The value of a header, empty if it is missing.
  std::string Header(std::string_view name) const;
};

// What clients speak by default: TLS in the program that tests it, else nullptr.
ssl_ctx_st* TestTls();

// A blocking connection to the loopback port. Reads give up after ten seconds.
class Client {
 public:
  // Speaks TLS if `tls` is given, which must outlive the connection, and takes up `session` if that
  // is given. By default as TestServer does.
  explicit Client(uint16_t port, ssl_ctx_st* tls = TestTls(), ssl_session_st* session = nullptr);
  // Whether anybody listens there, and has agreed on TLS.
  bool connected() const { return connected_; }
  // The TLS connection, nullptr without TLS.
  ssl_st* tls() const { return ssl_; }
  // What the server has shown, in PEM form.
  std::string ServerCertificate() const;
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // False when the connection is broken.
  bool Send(std::string_view bytes);
  void FinishSending();
  ClientReply ReadReply();
  // Reads exactly so many bytes, fewer if the connection ends.
  std::string ReadBytes(size_t count);
  // True when the server has closed and nothing is left to read.
  bool AtEnd();
  ClientReply Exchange(std::string_view request) {
    return Send(request) ? ReadReply() : ClientReply();
  }

 private:
  bool Fill();

  int descriptor_ = -1;
  ssl_st* ssl_ = nullptr;
  bool connected_ = false;
  bool timed_out_ = false;
  std::string buffer_;
};

// A request for one of the operations below.
std::string Post(std::string_view operation, std::string_view body,
                 std::string_view extra_headers = {});

// Waits until `condition` holds; false after ten seconds.
bool Eventually(const std::function<bool()>& condition);

// A running server with the operations Echo (answers its member "text"), Big (answers "size"
// characters), Hold (answers once ReleaseHeld is called) and Throw.
class TestServer {
 public:
  explicit TestServer(HttpOptions options = {}, const Clock* clock = nullptr,
                      std::vector<Route> routes = {});
  ~TestServer();

  uint16_t port() const { return server_->port(); }
  HttpServer& server() { return *server_; }
  // Calls of Hold that wait.
  static size_t HeldCount();
  // Lets all of them finish.
  static void ReleaseHeld();

 private:
  SystemClock system_clock_;
  SeededRandom random_{1};
  OpenAuthenticator authenticator_;
  std::unique_ptr<api::Dispatcher> dispatcher_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<TlsContext> tls_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace millrace::server
