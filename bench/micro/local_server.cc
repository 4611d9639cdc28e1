// Wiring of what a request passes, as server/app does it.

#include "bench/micro/local_server.h"

#include <utility>
#include <vector>

#include "api/operations/operations.h"
#include "api/wire/dispatch.h"
#include "bench/load/bench_table.h"
#include "bench/load/random.h"
#include "bench/load/request_signer.h"
#include "server/auth/authenticator.h"
#include "server/gate/gate.h"
#include "server/http/request_parser.h"
#include "storage/base/check.h"
#include "storage/base/worker_pool.h"
#include "storage/engine/test_support.h"
#include "storage/tables/catalog.h"
#include "storage/tables/change_log.h"
#include "storage/tables/item_store.h"
#include "storage/tables/stream_catalog.h"

namespace millrace::bench {
namespace {

constexpr int64_t kNowMs = 1'763'683'200'000;
constexpr int64_t kItemBytes = 200;
constexpr char kAccessKeyId[] = "AKIDBENCHMARK0000000";
constexpr char kSecret[] = "a secret of the benchmark";
constexpr char kHost[] = "127.0.0.1:8000";

class LocalExchange final : public server::Exchange {
 public:
  using Exchange::Exchange;
  bool ReserveBytes(size_t) override { return true; }
  void Send() override { sent = true; }
  bool sent = false;
};

/// What a real server has for each I/O thread and for each connection.
struct Client {
  explicit Client(const Clock* clock) : thread_state(clock, &random) { exchange.home = &home; }

  SeededRandom random{7};
  engine::ManualQueue home;
  server::ThreadState thread_state;
  LocalExchange exchange{&thread_state};
};

}  // namespace

class LocalServer::Impl {
 public:
  explicit Impl(bool verifies) {
    OpenStore();
    workers_.Start();
    services_.catalog = catalog_.get();
    services_.items = items_.get();
    services_.streams = &streams_;
    services_.change_log = change_log_.get();
    services_.workers = &workers_;
    services_.clock = &clock_;
    services_.random = &random_;
    keys_.Add({kAccessKeyId, kSecret, "", "bench"});
    dispatcher_ = std::make_unique<api::Dispatcher>(services_, api::AllOperations());
    const server::Authenticator* const authenticator =
        verifies ? static_cast<const server::Authenticator*>(&verifying_) : &open_;
    gate_ = std::make_unique<server::Gate>(dispatcher_.get(), authenticator, "us-east-1",
                                           std::vector<server::Route>());
    for (int i = 0; i < kClientCount; i++) clients_.push_back(std::make_unique<Client>(&clock_));
    Fill(TableShape::kItems);
    Fill(TableShape::kPartitions);
  }
  ~Impl() {
    workers_.Stop();
    engine_->Stop();
  }

  std::string Request(std::string_view operation, std::string_view body) {
    const std::string target = "DynamoDB_20120810." + std::string(operation);
    std::string head = "POST / HTTP/1.1\r\nHost: " + std::string(kHost) + "\r\n";
    head += "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: " + target + "\r\n";
    signer_.AppendHeaders(target, body, kNowMs / 1000, &head);
    head += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    return head + std::string(body);
  }

  std::string_view Run(std::string_view request, int number) {
    Client& client = *clients_[static_cast<size_t>(number)];
    LocalExchange& exchange = client.exchange;
    exchange.BeginRequest();
    exchange.sent = false;
    Parse(request, exchange);
    gate_->Handle(&exchange);
    while (!exchange.sent) client.home.RunTasks(1);
    CHECK(exchange.http_status == 200);
    return exchange.reply_body;
  }

  void Authenticate(std::string_view request) {
    LocalExchange& exchange = clients_[0]->exchange;
    if (parsed_.data() != request.data()) {
      exchange.BeginRequest();
      Parse(request, exchange);
      parsed_ = request;
    }
    CHECK(verifying_.Authenticate(exchange.head, exchange.request_body.view(), &access_key_).ok());
  }

 private:
  void OpenStore() {
    engine::Options options;
    options.in_memory = true;
    options.clock = &clock_;
    Result<std::unique_ptr<engine::Engine>> engine = engine::Engine::Open(options);
    CHECK(engine.ok());
    engine_ = std::move(engine).value();
    CHECK(streams_.Load(*engine_).ok());
    change_log_ = std::make_unique<tables::ChangeLog>(engine_.get(), &streams_);
    engine_->ObserveLog(change_log_.get());
    catalog_ = std::make_unique<tables::Catalog>(engine_.get(), &streams_, &clock_, &random_,
                                                 tables::CatalogOptions{0});
    items_ = std::make_unique<tables::ItemStore>(engine_.get());
    CHECK(catalog_->Load().ok());
    engine_->Start();
  }

  void Fill(TableShape shape) {
    const BenchTable table("bench", shape, kItemBytes);
    Run(Request("CreateTable", table.CreateBody()), 0);
    bench::Random random(1);
    for (uint64_t i = 0; i < kItemCount; i++) {
      std::string body = "{\"TableName\":\"" + table.name() + "\",\"Item\":";
      table.AppendItem(i, 1, random, &body);
      Run(Request("PutItem", body + "}"), 0);
    }
  }

  static void Parse(std::string_view request, LocalExchange& exchange) {
    bool malformed = false;
    const size_t head_size = server::FindHeadEnd(request, 0, &malformed);
    CHECK(head_size > 0);
    server::RequestParser parser;
    CHECK(parser.ParseHead(request.substr(0, head_size), &exchange.head, &exchange.request_body) ==
          server::ParseOutcome::kOk);
    CHECK(parser.LimitBody(server::Gate::kBodySizeMax) == server::ParseOutcome::kOk);
    size_t consumed = 0;
    CHECK(parser.ParseBody(request.substr(head_size), &consumed) == server::ParseOutcome::kOk);
    CHECK(parser.done());
  }

  ManualClock clock_{kNowMs};
  SeededRandom random_{7};
  tables::StreamCatalog streams_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<tables::ChangeLog> change_log_;
  std::unique_ptr<tables::Catalog> catalog_;
  std::unique_ptr<tables::ItemStore> items_;
  WorkerPool workers_{1, 100};
  api::Services services_;
  std::unique_ptr<api::Dispatcher> dispatcher_;
  server::AccessKeys keys_{""};
  server::OpenAuthenticator open_;
  server::VerifyingAuthenticator verifying_{&clock_, "us-east-1", &keys_};
  std::unique_ptr<server::Gate> gate_;
  RequestSigner signer_{kAccessKeyId, kSecret, kHost};
  std::vector<std::unique_ptr<Client>> clients_;
  std::string_view parsed_;
  std::string access_key_;
};

LocalServer::LocalServer(bool verifies) : impl_(std::make_unique<Impl>(verifies)) {}
LocalServer::~LocalServer() = default;

std::string LocalServer::Request(std::string_view operation, std::string_view body) {
  return impl_->Request(operation, body);
}
std::string_view LocalServer::Run(std::string_view request, int client) {
  return impl_->Run(request, client);
}
void LocalServer::Authenticate(std::string_view request) { impl_->Authenticate(request); }

}  // namespace millrace::bench
