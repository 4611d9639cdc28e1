// Fake operations and the client.
#include "server/http/test_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <utility>

#include "server/http/test_certificates.h"
#include "storage/base/check.h"
#include "storage/base/json.h"
#include "storage/base/mutex.h"

namespace millrace::server {
namespace {

constexpr std::chrono::seconds kPatience{10};

const api::ShapeMember kMembers[] = {{"text", &api::kStringShape}, {"size", &api::kIntegerShape}};
const api::Shape kShape = {api::ShapeKind::kStructure, "Test", nullptr, kMembers};

void RunEcho(const api::Services&, api::Call* call) {
  const json::Value text = call->input.Find("text");
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Member("text", text.present() ? text.AsString() : std::string_view());
  writer.EndObject();
  call->Finish();
}

void RunBig(const api::Services&, api::Call* call) {
  call->body.assign(static_cast<size_t>(call->input.Find("size").AsInt64()), 'x');
  call->Finish();
}

void RunThrow(const api::Services&, api::Call*) { throw std::runtime_error("made up"); }

// The calls of Hold that wait to be released.
struct Holding {
  struct Finisher final : Task {
    void Run() override { call->Finish(); }
    api::Call* call = nullptr;
  };
  struct State final : api::Call::State {
    Finisher finisher;
  };
  Mutex mutex;
  std::vector<State*> states GUARDED_BY(mutex);
};

Holding& Held() {
  static Holding holding;
  return holding;
}

void RunHold(const api::Services&, api::Call* call) {
  auto state = std::make_unique<Holding::State>();
  state->finisher.call = call;
  Holding::State* const held = state.get();
  call->state = std::move(state);
  call->body = "{\"held\":true}";
  MutexLock lock(&Held().mutex);
  Held().states.push_back(held);
}

constexpr api::ServiceName kService = api::ServiceName::kDynamoDb;
const api::Operation kOperations[] = {
    {kService, "Echo", &kShape, RunEcho},
    {kService, "Big", &kShape, RunBig},
    {kService, "Hold", &kShape, RunHold},
    {kService, "Throw", &kShape, RunThrow},
};

}  // namespace

std::string ClientReply::Header(std::string_view name) const {
  const size_t at = head.find("\r\n" + std::string(name) + ": ");
  if (at == std::string::npos) {
    return "";
  }
  const size_t begin = at + 2 + name.size() + 2;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

#ifdef MILLRACE_TEST_OVER_TLS
ssl_ctx_st* TestTls() {
  static ssl_ctx_st* const tls = NewClientTls();
  return tls;
}
#else
ssl_ctx_st* TestTls() { return nullptr; }
#endif

Client::Client(uint16_t port, ssl_ctx_st* tls, ssl_session_st* session)
    : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience = {kPatience.count(), 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  connected_ =
      connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  if (tls != nullptr && connected_) {
    ssl_ = SSL_new(tls);
    SSL_set_fd(ssl_, descriptor_);
    if (session != nullptr) {
      SSL_set_session(ssl_, session);
    }
    connected_ = SSL_connect(ssl_) == 1;
  }
}

Client::~Client() {
  if (ssl_ != nullptr) {
    // Otherwise OpenSSL would not take up a session whose connection just ended.
    SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN);
  }
  SSL_free(ssl_);
  close(descriptor_);
}

std::string Client::ServerCertificate() const {
  BIO* const bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, SSL_get0_peer_certificate(ssl_));
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);  // NOLINT
  const std::string text(data, static_cast<size_t>(size));
  BIO_free(bio);
  return text;
}

bool Client::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ssl_ == nullptr
                              ? send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL)
                              : SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
    if (count <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

void Client::FinishSending() {
  if (ssl_ != nullptr) {
    SSL_shutdown(ssl_);
  }
  shutdown(descriptor_, SHUT_WR);
}

bool Client::Fill() {
  char bytes[65536];
  const ssize_t count = ssl_ == nullptr ? recv(descriptor_, bytes, sizeof(bytes), 0)
                                        : SSL_read(ssl_, bytes, sizeof(bytes));
  if (count <= 0) {
    // Not an end, but the end of patience.
    timed_out_ = ssl_ == nullptr
                     ? count < 0 && errno == EAGAIN
                     : SSL_get_error(ssl_, static_cast<int>(count)) == SSL_ERROR_WANT_READ;
    return false;
  }
  buffer_.append(bytes, static_cast<size_t>(count));
  return true;
}

std::string Client::ReadBytes(size_t count) {
  while (buffer_.size() < count && Fill()) {
  }
  const std::string bytes = buffer_.substr(0, count);
  buffer_.erase(0, bytes.size());
  return bytes;
}

ClientReply Client::ReadReply() {
  size_t end = std::string::npos;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) {
      return {};
    }
  }
  ClientReply reply;
  reply.head = ReadBytes(end + 4);
  const size_t size = std::strtoul(reply.Header("Content-Length").c_str(), nullptr, 10);
  reply.body = ReadBytes(size);
  if (reply.body.size() == size) {
    reply.status = std::atoi(reply.head.c_str() + std::string_view("HTTP/1.1 ").size());
  }
  return reply;
}

bool Client::AtEnd() { return buffer_.empty() && !Fill() && !timed_out_; }

std::string Post(std::string_view operation, std::string_view body,
                 std::string_view extra_headers) {
  std::string request = "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: DynamoDB_20120810.";
  request.append(operation);
  request.append("\r\nContent-Type: application/x-amz-json-1.0\r\n");
  request.append(extra_headers);
  request.append("Content-Length: " + std::to_string(body.size()) + "\r\n\r\n");
  request.append(body);
  return request;
}

bool Eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

TestServer::TestServer(HttpOptions options, const Clock* clock, std::vector<Route> routes) {
  options.port = 0;
  options.sweep_period_ms = 2;
  if (TestTls() != nullptr && options.tls == nullptr) {
    const TestFolder folder;
    tls_ = std::make_unique<TlsContext>(folder.WriteServer(ServerIdentity()), &system_clock_);
    CHECK(tls_->Load().ok());
    options.tls = tls_.get();
  }
  dispatcher_ = std::make_unique<api::Dispatcher>(api::Services(), kOperations);
  gate_ =
      std::make_unique<Gate>(dispatcher_.get(), &authenticator_, "us-east-1", std::move(routes));
  server_ =
      std::make_unique<HttpServer>(options, clock == nullptr ? &system_clock_ : clock, &random_);
  CHECK(server_->Start(gate_.get()).ok());
}

TestServer::~TestServer() {
  ReleaseHeld();
  (void)server_->Stop(10'000);
}

size_t TestServer::HeldCount() {
  MutexLock lock(&Held().mutex);
  return Held().states.size();
}

void TestServer::ReleaseHeld() {
  std::vector<Holding::State*> states;
  {
    MutexLock lock(&Held().mutex);
    states.swap(Held().states);
  }
  for (Holding::State* const state : states) {
    state->finisher.call->home->PostOne(&state->finisher);
  }
}

}  // namespace millrace::server
