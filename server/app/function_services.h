// Everything about functions, wired together: the catalog, what runs them, what invokes them, and
// their sockets.
#pragma once

#include <memory>
#include <vector>

#include "api/authorization/authorizer.h"
#include "api/functions/code_links.h"
#include "api/functions/mapping_transitions.h"
#include "api/wire/services.h"
#include "server/app/functions_folder.h"
#include "server/auth/access_keys.h"
#include "server/auth/authenticator.h"
#include "server/flags/flags.h"
#include "server/gate/route.h"
#include "server/metrics/metrics_page.h"
#include "server/runtime_api/runtime_server.h"
#include "storage/base/clock.h"
#include "storage/base/random.h"
#include "storage/base/status.h"
#include "storage/engine/engine.h"
#include "storage/tables/change_log.h"
#include "storage/tables/stream_catalog.h"
#include "streams/delivery/deliverer.h"
#include "streams/functions/function_catalog.h"
#include "streams/invoke/function_invoker.h"
#include "streams/logs/log_store.h"
#include "streams/mappings/discard_ledger.h"
#include "streams/mappings/mapping_engine.h"
#include "streams/mappings/replay_jobs.h"
#include "streams/mappings/stream_reading.h"
#include "streams/queues/queue_store.h"

namespace millrace::server {

// All outlive the object.
struct FunctionServicesParts {
  engine::Engine* engine = nullptr;
  tables::StreamCatalog* streams = nullptr;
  tables::ChangeLog* change_log = nullptr;
  streams::QueueStore* queues = nullptr;
  streams::LogStore* logs = nullptr;
  const Clock* clock = nullptr;         // of what is stored
  const Clock* system_clock = nullptr;  // of timeouts
  Random* random = nullptr;             // thread-safe
};

// Calls belong to one thread, but for Wake and AddMetrics, which are thread-safe.
class FunctionServices {
 public:
  // Handlers find the server at `endpoint_url` (empty: they do not), and sign their requests with
  // `function_key`.
  FunctionServices(const FunctionServicesParts& parts, const Flags& flags,
                   const std::string& endpoint_url, const AccessKey& function_key);

  // Reads what is stored. Once, before anything else.
  Status Load();
  // Sets what operations use of functions.
  void AddTo(api::Services* services);
  // Adds the routes of function URLs, code and the admin interface. `services` and `verifier` must
  // outlive them; `verifier`: who judges signatures, nullptr if nobody can; `authorizer`: who
  // knows what signers may do, nullptr if they may do everything.
  void AddRoutes(const api::Services* services, const Authenticator* verifier,
                 const api::Authorizer* authorizer, std::vector<Route>* routes);
  // Begins to run functions.
  Status Start();
  // Ends what is under way, while the server still answers its handlers. What cannot be ended in
  // time is done again after the next start. Idempotent.
  void Drain();
  // Ends the threads. When no requests come any more, before the engine is stopped.
  void Stop();
  // The clock has jumped.
  void Wake();
  void AddMetrics(MetricsInput* input) const;

 private:
  const FunctionServicesParts parts_;
  const FunctionsFolder folder_;
  streams::FunctionCatalog catalog_;
  api::CodeLinks code_links_;
  RuntimeServer runtime_;
  streams::FunctionInvoker invoker_;
  streams::Deliverer deliverer_;
  streams::MappingEngine mappings_;
  const streams::StreamSource source_;
  streams::DiscardLedger ledger_;
  streams::ReplayJobs replays_;
  api::MappingTransitions mapping_transitions_;
};

}  // namespace millrace::server
