// TLS: what is loaded, who is let in, and what goes on while certificates change. That HTTP works
// over it is tested by the other tests of this folder, which run a second time for that.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <csignal>
#include <memory>
#include <string>

#include "server/http/test_certificates.h"
#include "server/http/test_server.h"
#include "server/http/tls_context.h"

namespace millrace::server {
namespace {

struct TlsDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using ClientTls = std::unique_ptr<SSL_CTX, TlsDeleter>;

ClientTls NewClient(const TestIdentity* identity = nullptr) {
  return ClientTls(NewClientTls(identity));
}

const std::string kRequest = Post("Echo", "{}");

// A server whose files can be changed.
class TlsTest : public testing::Test {
 protected:
  // The client may write to a connection that the server has closed.
  TlsTest() { signal(SIGPIPE, SIG_IGN); }

  void Start(const TestIdentity* client_ca = nullptr, HttpOptions options = {}) {
    context_ = std::make_unique<TlsContext>(folder_.WriteServer(identity_, client_ca), &clock_);
    ASSERT_TRUE(context_->Load().ok());
    options.tls = context_.get();
    server_ = std::make_unique<TestServer>(
        options, &clock_, std::vector<Route>{{"GET", "/scheme", false, 0, [](Exchange* exchange) {
                                                exchange->body = exchange->scheme;
                                                exchange->Finish();
                                              }}});
  }

  uint16_t port() const { return server_->port(); }
  bool Serves(SSL_CTX* tls) const { return Client(port(), tls).Exchange(kRequest).status == 200; }
  int64_t connections() const { return server_->server().statistics().connections; }

  const TestFolder folder_;
  const TestIdentity identity_ = MakeIdentity("first");
  ManualClock clock_{0};
  ClientTls client_ = NewClient();
  std::unique_ptr<TlsContext> context_;
  std::unique_ptr<TestServer> server_;
};

TEST_F(TlsTest, FilesMustBeOfUse) {
  const TestIdentity other = MakeIdentity("other");
  const auto code = [this](TlsFiles files) {
    return TlsContext(std::move(files), &clock_).Load().code();
  };
  const TlsFiles good = folder_.WriteServer(identity_, &other);
  EXPECT_EQ(code(good), StatusCode::kOk);
  TlsFiles files = good;
  files.certificate = "/nowhere/certificate.pem";
  EXPECT_EQ(code(files), StatusCode::kNotFound);
  files = good;
  files.key = "/nowhere/key.pem";
  EXPECT_EQ(code(files), StatusCode::kNotFound);
  files = good;
  files.client_ca = "/nowhere/ca.pem";
  EXPECT_EQ(code(files), StatusCode::kNotFound);
  const std::string junk = folder_.Write("junk.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n");
  for (std::string TlsFiles::*const member :
       {&TlsFiles::certificate, &TlsFiles::key, &TlsFiles::client_ca}) {
    files = good;
    files.*member = junk;
    EXPECT_EQ(code(files), StatusCode::kInvalidArgument);
  }
  files = good;
  files.key = folder_.Write("other.pem", other.key);
  const Status mismatch = TlsContext(files, &clock_).Load();
  EXPECT_EQ(mismatch.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(mismatch.message().find(files.key), std::string::npos) << mismatch.ToString();
}

TEST_F(TlsTest, ChangedFilesAreLoadedAndBadOnesReportedOnce) {
  Start();
  EXPECT_FALSE(context_->LoadIfChanged().value());
  Client old(port(), client_.get());
  ASSERT_EQ(old.Exchange(kRequest).status, 200);
  EXPECT_EQ(old.ServerCertificate(), identity_.certificate);

  const TestIdentity second = MakeIdentity("second");
  folder_.Write("certificate.pem", second.certificate);
  EXPECT_EQ(context_->LoadIfChanged().status().code(), StatusCode::kInvalidArgument);
  EXPECT_FALSE(context_->LoadIfChanged().value());
  EXPECT_EQ(Client(port(), client_.get()).ServerCertificate(), identity_.certificate);

  folder_.Write("key.pem", second.key);
  EXPECT_TRUE(context_->LoadIfChanged().value());
  Client fresh(port(), client_.get());
  EXPECT_EQ(fresh.ServerCertificate(), second.certificate);
  EXPECT_EQ(fresh.Exchange(kRequest).status, 200);
  EXPECT_EQ(old.Exchange(kRequest).status, 200);
}

TEST_F(TlsTest, SessionsAreTakenUpUntilTheTicketKeysChange) {
  Start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SSL_CTX_set_max_proto_version(client_.get(), version);
    SSL_SESSION* session = nullptr;
    {
      Client first(port(), client_.get());
      // With TLS 1.3 the ticket comes with the first answer at the latest.
      ASSERT_EQ(first.Exchange(kRequest).status, 200);
      EXPECT_EQ(SSL_version(first.tls()), version);
      EXPECT_FALSE(SSL_session_reused(first.tls()));
      session = SSL_get1_session(first.tls());
    }
    {
      Client second(port(), client_.get(), session);
      EXPECT_EQ(second.Exchange(kRequest).status, 200);
      EXPECT_TRUE(SSL_session_reused(second.tls()));
    }
    clock_.AdvanceMs(TlsContext::kTicketKeyLifeUs / 1000);
    EXPECT_FALSE(context_->LoadIfChanged().value()) << "the files are the same";
    Client third(port(), client_.get(), session);
    EXPECT_EQ(third.Exchange(kRequest).status, 200);
    EXPECT_FALSE(SSL_session_reused(third.tls()));
    SSL_SESSION_free(session);
  }
}

TEST_F(TlsTest, OldVersionsAndWeakCiphersAreRefused) {
  Start();
  SSL_CTX_set_max_proto_version(client_.get(), TLS1_1_VERSION);
  EXPECT_FALSE(Client(port(), client_.get()).connected());
  SSL_CTX_set_max_proto_version(client_.get(), TLS1_2_VERSION);
  EXPECT_TRUE(Serves(client_.get()));
  // No authentication of records.
  ASSERT_EQ(SSL_CTX_set_cipher_list(client_.get(), "ECDHE+AES+SHA:AES+SHA"), 1);
  EXPECT_FALSE(Client(port(), client_.get()).connected());
}

TEST_F(TlsTest, ProtocolsOfClientsMustNameHttp) {
  Start();
  const auto offer = [this](std::string_view protocols) {
    SSL_CTX_set_alpn_protos(client_.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                            static_cast<unsigned int>(protocols.size()));
  };
  offer("\x02h2\x08http/1.1");
  Client both(port(), client_.get());
  EXPECT_EQ(both.Exchange(kRequest).status, 200);
  const unsigned char* chosen = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(both.tls(), &chosen, &size);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "http/1.1");
  offer("\x02h2");
  EXPECT_FALSE(Client(port(), client_.get()).connected());
}

TEST_F(TlsTest, ClientsNeedCertificatesOfTheAuthority) {
  const TestIdentity authority = MakeIdentity("authority");
  const TestIdentity other = MakeIdentity("authority");
  Start(&authority);
  const TestIdentity known = MakeIdentity("client", &authority);
  const TestIdentity unknown = MakeIdentity("client", &other);
  // With TLS 1.3 clients learn of it when they read.
  EXPECT_FALSE(Serves(client_.get()));
  EXPECT_FALSE(Serves(NewClient(&unknown).get()));
  const ClientTls good = NewClient(&known);
  EXPECT_TRUE(Serves(good.get()));
  // Sessions stay with those who had a certificate.
  Client first(port(), good.get());
  ASSERT_EQ(first.Exchange(kRequest).status, 200);
  SSL_SESSION* const session = SSL_get1_session(first.tls());
  Client second(port(), good.get(), session);
  EXPECT_EQ(second.Exchange(kRequest).status, 200);
  EXPECT_TRUE(SSL_session_reused(second.tls()));
  SSL_SESSION_free(session);
}

TEST_F(TlsTest, NobodyNegotiatesAgain) {
  Start();
  SSL_CTX_set_max_proto_version(client_.get(), TLS1_2_VERSION);
  Client client(port(), client_.get());
  ASSERT_EQ(client.Exchange(kRequest).status, 200);
  ASSERT_EQ(SSL_renegotiate(client.tls()), 1);
  EXPECT_NE(SSL_do_handshake(client.tls()), 1);
}

TEST_F(TlsTest, HandshakesThatDoNotEndAreCut) {
  Start();
  Client silent(port(), nullptr);
  Client halted(port(), nullptr);
  ASSERT_TRUE(halted.Send(std::string("\x16\x03\x01\x02\x00\x01\x00", 7)));
  ASSERT_TRUE(Eventually([&] { return connections() == 2; }));
  clock_.AdvanceMs(14'000);
  ASSERT_TRUE(Serves(client_.get()));
  EXPECT_EQ(server_->server().statistics().timeouts_total, 0u);
  clock_.AdvanceMs(2'000);
  EXPECT_TRUE(silent.AtEnd());
  EXPECT_TRUE(halted.AtEnd());
  // A connection that has been agreed on may idle for longer.
  Client idle(port(), client_.get());
  ASSERT_EQ(idle.Exchange(kRequest).status, 200);
  clock_.AdvanceMs(60'000);
  EXPECT_EQ(idle.Exchange(kRequest).status, 200);
}

TEST_F(TlsTest, HandshakesAreBounded) {
  Start();
  Client client(port(), nullptr);
  // A client hello of 128 KiB, in records.
  std::string bytes("\x16\x03\x01\x3e\x84\x01\x01\xff\xf0", 9);
  bytes.append(16'000, 'x');
  const std::string more = std::string("\x16\x03\x01\x3e\x80", 5) + std::string(16'000, 'x');
  for (int i = 0; i < 6 && client.Send(bytes); ++i) {
    bytes = more;
  }
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(TlsTest, HandshakesCountAsConnections) {
  HttpOptions options;
  options.connections_max = 2;
  Start(nullptr, options);
  {
    const Client first(port(), nullptr);
    const Client second(port(), nullptr);
    ASSERT_TRUE(Eventually([&] { return connections() == 2; }));
    Client third(port(), client_.get());
    const ClientReply reply = third.ReadReply();
    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(reply.Header("Connection"), "close");
  }
  EXPECT_TRUE(Eventually([&] { return Serves(client_.get()); }));
}

TEST_F(TlsTest, PlainRequestsAreToldAndClosed) {
  Start();
  Client plain(port(), nullptr);
  const ClientReply reply = plain.Exchange(kRequest);
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.body, "This port is for TLS: use https://.\n");
  EXPECT_TRUE(plain.AtEnd());
  Client junk(port(), nullptr);
  ASSERT_TRUE(junk.Send(std::string(1000, 'x')));
  junk.FinishSending();
  (void)junk.ReadReply();  // an alert, which is not HTTP
  EXPECT_TRUE(Eventually([&] { return connections() <= 1; }));
}

TEST_F(TlsTest, ProcessesOfTheMachineMayHaveAPlainPort) {
  HttpOptions options;
  options.plain_on_loopback = true;
  Start(nullptr, options);
  ASSERT_NE(server_->server().plain_port(), 0);
  ASSERT_NE(server_->server().plain_port(), port());
  const std::string request = "GET /scheme HTTP/1.1\r\nHost: x\r\n\r\n";
  Client plain(server_->server().plain_port(), nullptr);
  EXPECT_EQ(plain.Exchange(request).body, "http");
  Client encrypted(port(), client_.get());
  EXPECT_EQ(encrypted.Exchange(request).body, "https");
}

}  // namespace
}  // namespace millrace::server
