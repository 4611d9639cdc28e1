// Wiring. Members of Impl are declared in layer order, so that they are destroyed in reverse.
#include "server/app/application.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "api/authorization/service_accesses.h"
#include "api/functions/operation_list.h"
#include "api/logs/log_operations.h"
#include "api/operations/operations.h"
#include "api/queues/queue_operations.h"
#include "api/wire/dispatch.h"
#include "api/wire/throughput_limiter.h"
#include "server/admin/clock_routes.h"
#include "server/admin/compaction_routes.h"
#include "server/admin/stream_routes.h"
#include "server/app/access.h"
#include "server/app/function_services.h"
#include "server/app/maintenance.h"
#include "server/audit/audit_record.h"
#include "server/gate/gate.h"
#include "server/http/http_server.h"
#include "server/http/tls_context.h"
#include "server/metrics/metrics_page.h"
#include "storage/base/clock.h"
#include "storage/base/log.h"
#include "storage/base/random.h"
#include "storage/base/worker_pool.h"
#include "storage/engine/engine.h"
#include "storage/tables/catalog.h"
#include "storage/tables/change_log.h"
#include "storage/tables/index_backfill.h"
#include "storage/tables/item_store.h"
#include "storage/tables/stream_catalog.h"
#include "storage/tables/time_to_live_sweeper.h"
#include "streams/logs/log_store.h"
#include "streams/queues/queue_store.h"

namespace millrace::server {
namespace {

constexpr int64_t kMaintenancePeriodMs = 1000;
constexpr size_t kQueuedTasksMax = 4096;

// Handlers reach a server that speaks TLS by a port of its own: its certificate need not be for the
// loopback address, and its authority need not be known to them. Where certificates of clients are
// all that keeps others of this machine out, there must not be such a port.
bool HasPlainPort(const Flags& flags) {
  return !flags.tls_certificate.empty() && flags.functions.inject_endpoint &&
         (flags.tls_client_ca.empty() || flags.authentication == AuthenticationMode::kVerify);
}

HttpOptions ToHttpOptions(const Flags& flags, const TlsContext* tls) {
  HttpOptions options;
  options.tls = tls;
  options.plain_on_loopback = HasPlainPort(flags);
  options.host = flags.host;
  options.port = static_cast<uint16_t>(flags.port);
  options.io_threads = flags.io_threads;
  options.connections_max = flags.connections_max;
  options.in_flight_requests_max = flags.in_flight_max;
  options.in_flight_bytes_max = flags.in_flight_bytes_max;
  options.streams_max = flags.streams_max;
  options.idle_timeout_ms = flags.idle_timeout_s * 1000;
  return options;
}

engine::Options ToEngineOptions(const Flags& flags) {
  engine::Options options;
  options.data_dir = flags.data_dir;
  options.in_memory = flags.in_memory;
  options.durability = flags.durability;
  options.sync_interval_ms = flags.sync_interval_ms;
  options.block_cache_bytes = static_cast<size_t>(flags.block_cache_mb) << 20;
  options.item_cache_bytes = static_cast<size_t>(flags.item_cache_mb) << 20;
  options.commit_queue_requests_max = static_cast<size_t>(flags.commit_queue_max);
  options.commit_queue_bytes_max = static_cast<size_t>(flags.commit_queue_mb) << 20;
  return options;
}

// Adds a page that can be written at once.
void AddPage(std::string path, std::function<void(Exchange*)> write, std::vector<Route>* routes) {
  Route route;
  route.method = "GET";
  route.path = std::move(path);
  route.handle = [write = std::move(write)](Exchange* exchange) {
    write(exchange);
    exchange->Finish();
  };
  routes->push_back(std::move(route));
}

}  // namespace

class Application::Impl {
 public:
  Impl(const Flags& flags, engine::FileSystemHook* hook)
      : flags_(flags),
        hook_(hook),
        virtual_clock_(flags.virtual_clock ? std::make_unique<VirtualClock>() : nullptr),
        clock_(flags.virtual_clock ? static_cast<Clock*>(virtual_clock_.get()) : &system_clock_),
        tls_(flags.tls_certificate.empty()
                 ? nullptr
                 : std::make_unique<TlsContext>(
                       TlsFiles{flags.tls_certificate, flags.tls_key, flags.tls_client_ca},
                       &system_clock_)),
        http_(ToHttpOptions(flags, tls_.get()), &system_clock_, &random_) {}

  Status Start() {
    RETURN_IF_ERROR(CheckListenAddress(flags_));
    ASSIGN_OR_RETURN(access_, Access::Open(flags_, &system_clock_, &random_));
    if (tls_ != nullptr) {
      RETURN_IF_ERROR(tls_->Load());
      tls_->WarnOfTrouble();
    }
    if (!flags_.audit_log.empty()) {
      audit_log_ = std::make_unique<AuditLog>(flags_.audit_log);
      RETURN_IF_ERROR(audit_log_->Start());
      audit_recorder_ =
          std::make_unique<AuditRecorder>(audit_log_.get(), access_->authorizer(), &system_clock_);
    }
    RETURN_IF_ERROR(http_.Listen());
    RETURN_IF_ERROR(OpenStorage());
    RETURN_IF_ERROR(OpenStreams());
    MakeOperations();
    time_to_live_ = std::make_unique<tables::TimeToLiveSweeper>(
        engine_.get(), catalog_.get(), clock_, tables::TimeToLiveOptions{flags_.ttl_interval_ms});
    maintenance_ = std::make_unique<Maintenance>(
        MaintenanceParts{engine_.get(), catalog_.get(), &streams_, change_log_.get(), queues_.get(),
                         logs_.get(), access_.get(), tls_.get(), clock_},
        StreamOptions(), kMaintenancePeriodMs);
    RETURN_IF_ERROR(functions_->Start());
    RETURN_IF_ERROR(http_.Serve(gate_.get()));
    index_backfill_->Start();
    time_to_live_->Start();
    maintenance_->Start();
    compactor_->Start();
    return Status::Ok();
  }

  void Stop() {
    // Handlers may need the server until they are done.
    if (functions_ != nullptr) {
      functions_->Drain();
    }
    // Long polls would keep the drain waiting.
    if (queues_ != nullptr) {
      queues_->EndWaits();
    }
    if (compactor_ != nullptr) {
      compactor_->Stop();
    }
    // Requests first: everything below has to be there until the last one is answered.
    if (!http_.Stop(flags_.drain_timeout_s * 1000)) {
      Log(LogLevel::kWarning, "connections were cut because the drain time was over");
    }
    if (audit_log_ != nullptr) {
      audit_log_->Stop();
    }
    if (maintenance_ != nullptr) {
      maintenance_->Stop();
    }
    if (time_to_live_ != nullptr) {
      time_to_live_->Stop();
    }
    if (functions_ != nullptr) {
      functions_->Stop();
    }
    if (queues_ != nullptr) {
      queues_->Stop();
    }
    if (logs_ != nullptr) {
      logs_->Stop();
    }
    if (index_backfill_ != nullptr) {
      index_backfill_->Stop();
    }
    if (workers_ != nullptr) {
      workers_->Stop();
    }
    if (engine_ != nullptr) {
      engine_->Stop();
    }
  }

  uint16_t port() const { return http_.port(); }

 private:
  // The data, and the threads that write it.
  Status OpenStorage() {
    engine::Options engine_options = ToEngineOptions(flags_);
    engine_options.clock = clock_;
    engine_options.file_system_hook = hook_;
    ASSIGN_OR_RETURN(engine_, engine::Engine::Open(engine_options));
    RETURN_IF_ERROR(streams_.Load(*engine_));
    change_log_ = std::make_unique<tables::ChangeLog>(engine_.get(), &streams_);
    engine_->ObserveLog(change_log_.get());
    engine_->Start();
    catalog_ =
        std::make_unique<tables::Catalog>(engine_.get(), &streams_, clock_, &random_,
                                          tables::CatalogOptions{flags_.table_transition_ms});
    RETURN_IF_ERROR(catalog_->Load());
    index_backfill_ = std::make_unique<tables::IndexBackfill>(engine_.get(), catalog_.get(),
                                                              tables::IndexBackfillOptions());
    items_ = std::make_unique<tables::ItemStore>(engine_.get());
    return Status::Ok();
  }

  // What happens to changes, and what functions are made of.
  Status OpenStreams() {
    queues_ = std::make_unique<streams::QueueStore>(
        engine_.get(), clock_, &random_, streams::QueueStoreOptions{flags_.region, flags_.account});
    RETURN_IF_ERROR(queues_->Load());
    queues_->Start();
    streams::LogStoreOptions log_options;
    log_options.retention_days = flags_.functions.log_retention_days;
    logs_ = std::make_unique<streams::LogStore>(engine_.get(), clock_, log_options);
    logs_->Start();
    functions_ = std::make_unique<FunctionServices>(
        FunctionServicesParts{engine_.get(), &streams_, change_log_.get(), queues_.get(),
                              logs_.get(), clock_, &system_clock_, &random_},
        flags_, HandlerEndpoint(), access_->function_key());
    return functions_->Load();
  }

  // Where handlers reach the server: they run on this machine. Empty: they are not told.
  std::string HandlerEndpoint() const {
    if (!flags_.functions.inject_endpoint) {
      return {};
    }
    if (tls_ != nullptr) {
      if (http_.plain_port() == 0) {
        Log(LogLevel::kWarning,
            "handlers of functions are not told where this server is, because they have no client "
            "certificate; with --auth=verify they are");
        return {};
      }
      return "http://127.0.0.1:" + std::to_string(http_.plain_port());
    }
    const bool any = flags_.host == "0.0.0.0" || flags_.host == "::" || flags_.host == "localhost";
    const std::string host = any ? "127.0.0.1" : flags_.host;
    const bool is_version_6 = host.find(':') != std::string::npos;
    return "http://" + (is_version_6 ? "[" + host + "]" : host) + ":" +
           std::to_string(http_.port());
  }

  // What requests are answered by.
  void MakeOperations() {
    workers_ = std::make_unique<WorkerPool>(flags_.worker_threads, kQueuedTasksMax);
    workers_->Start();

    services_.catalog = catalog_.get();
    services_.items = items_.get();
    services_.streams = &streams_;
    services_.change_log = change_log_.get();
    services_.workers = workers_.get();
    if (flags_.throttle) {
      throughput_ = std::make_unique<api::ThroughputLimiter>(clock_);
    }
    services_.throughput = throughput_.get();
    services_.clock = clock_;
    services_.random = &random_;
    services_.stream_shards = static_cast<uint16_t>(flags_.stream_shards);
    services_.region = flags_.region;
    services_.account = flags_.account;
    services_.queues = queues_.get();
    services_.logs = logs_.get();
    functions_->AddTo(&services_);
    services_.access = access_->authorizer();
    for (const std::span<const api::Operation> list :
         {api::AllOperations(), api::QueueOperations(), api::LogOperations()}) {
      operations_.insert(operations_.end(), list.begin(), list.end());
    }
    dispatcher_ = std::make_unique<api::Dispatcher>(services_, operations_);
    rest_ =
        std::make_unique<api::RestDispatcher>(services_, RestOperations(), access_->authorizer());
    compactor_ = std::make_unique<Compactor>(engine_.get(), &system_clock_);
    gate_ = std::make_unique<Gate>(dispatcher_.get(), access_->authenticator(), flags_.region,
                                   Routes(), rest_.get(), OperatorCheck(), audit_recorder_.get());
  }

  std::vector<Route> Routes() {
    std::vector<Route> routes;
    AddPage(
        "/_health/live", [](Exchange* exchange) { exchange->body = "live\n"; }, &routes);
    AddPage(
        "/_health/ready",
        [this](Exchange* exchange) {
          const Status health = engine_->health();
          exchange->http_status = health.ok() ? 200 : 503;
          exchange->body = health.ok() ? "ready\n" : health.ToString() + "\n";
        },
        &routes);
    AddPage(
        "/metrics",
        [this](Exchange* exchange) {
          exchange->content_type = "text/plain; version=0.0.4";
          exchange->body = MetricsText();
        },
        &routes);
    AddClockRoutes(
        clock_, virtual_clock_.get(), [this] { ClockAdvanced(); }, &routes);
    AddStreamRoutes(&services_, StreamOptions(), access_->revision(), &routes);
    compactor_->AddRoutes(&routes);
    functions_->AddRoutes(&services_, access_->verifier(), access_->authorizer(), &routes);
    return routes;
  }

  // Who may use what is below /_admin.
  OperatorRefusal OperatorCheck() {
    const api::Authorizer* const authorizer = access_->authorizer();
    if (authorizer == nullptr) {
      return {};
    }
    return [this, authorizer](Exchange* exchange) {
      return authorizer->Refusal(
          services_, api::AdminAccess(services_, exchange->head.method(), exchange->head.path()),
          exchange);
    };
  }

  static std::vector<api::RestOperation> RestOperations() {
    std::vector<api::RestOperation> operations;
    for (const std::span<const api::RestOperation> list :
         {api::FunctionOperations(), api::InvocationOperations()}) {
      operations.insert(operations.end(), list.begin(), list.end());
    }
    return operations;
  }

  std::string MetricsText() const {
    MetricsInput input;
    input.commits = engine_->statistics();
    input.writable = engine_->health().ok();
    input.expired_items = time_to_live_->deleted_count();
    input.http = http_.statistics();
    input.now_ms = clock_->NowMs();
    functions_->AddMetrics(&input);
    return MetricsPage(input);
  }

  tables::StreamOptions StreamOptions() const {
    return {flags_.stream_retention_ms, flags_.shard_rollover_ms};
  }

  // What waits for a time looks at the clock again.
  void ClockAdvanced() {
    maintenance_->Wake();
    time_to_live_->Wake();
    queues_->Wake();
    functions_->Wake();
  }

  const Flags flags_;
  engine::FileSystemHook* const hook_;
  SystemClock system_clock_;
  const std::unique_ptr<VirtualClock> virtual_clock_;  // nullptr: the system's clock is used
  // For everything that is stored or shown. Connections and credentials of clients live in real
  // time.
  Clock* const clock_;
  SystemRandom random_;
  tables::StreamCatalog streams_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<tables::ChangeLog> change_log_;
  std::unique_ptr<tables::Catalog> catalog_;
  std::unique_ptr<tables::IndexBackfill> index_backfill_;
  std::unique_ptr<tables::TimeToLiveSweeper> time_to_live_;
  std::unique_ptr<tables::ItemStore> items_;
  std::unique_ptr<WorkerPool> workers_;
  std::unique_ptr<api::ThroughputLimiter> throughput_;
  std::unique_ptr<streams::QueueStore> queues_;
  std::unique_ptr<streams::LogStore> logs_;
  std::unique_ptr<Access> access_;
  std::unique_ptr<AuditLog> audit_log_;
  std::unique_ptr<AuditRecorder> audit_recorder_;  // nullptr: nothing is recorded
  std::unique_ptr<Compactor> compactor_;
  std::unique_ptr<FunctionServices> functions_;
  api::Services services_;
  std::vector<api::Operation> operations_;
  std::unique_ptr<api::Dispatcher> dispatcher_;
  std::unique_ptr<api::RestDispatcher> rest_;
  std::unique_ptr<Gate> gate_;
  const std::unique_ptr<TlsContext> tls_;  // nullptr: plain HTTP
  HttpServer http_;
  std::unique_ptr<Maintenance> maintenance_;
};

Application::Application(const Flags& flags, engine::FileSystemHook* hook)
    : impl_(std::make_unique<Impl>(flags, hook)) {}

Application::~Application() { impl_->Stop(); }

Status Application::Start() { return impl_->Start(); }
uint16_t Application::port() const { return impl_->port(); }

void Application::Stop() { impl_->Stop(); }

}  // namespace millrace::server
