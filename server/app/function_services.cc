// Wiring. Members are declared in the order in which they need one another.
#include "server/app/function_services.h"

#include <cstdlib>
#include <string>
#include <utility>

#include "api/authorization/service_accesses.h"
#include "server/admin/code_routes.h"
#include "server/admin/function_routes.h"
#include "server/admin/mapping_routes.h"
#include "server/admin/outgoing_routes.h"
#include "server/admin/replay_routes.h"
#include "server/function_urls/url_routes.h"
#include "server/gate/exchange.h"

namespace millrace::server {
namespace {

streams::FunctionCatalogOptions CatalogOptions(const Flags& flags, const FunctionsFolder& folder) {
  streams::FunctionCatalogOptions options;
  options.region = flags.region;
  options.account = flags.account;
  options.code_dir = folder.path() + "/functions";
  options.directory_bucket = flags.functions.directory_bucket;
  options.directory_roots = flags.functions.directory_roots;
  options.default_executor = flags.functions.executor;
  options.create_delay_ms = flags.functions.create_delay_ms;
  options.concurrency_limit = flags.functions.concurrency;
  options.unreserved_concurrency_min = flags.functions.unreserved_concurrency_min;
  return options;
}

streams::InvokerOptions InvokerOptions(const Flags& flags, const FunctionsFolder& folder,
                                       const std::string& endpoint_url, const AccessKey& key) {
  streams::InvokerOptions options;
  options.run_directory = folder.path() + "/run";
  options.endpoint_url = endpoint_url;
  options.python_program = flags.functions.python_program;
  options.node_program = flags.functions.node_program;
  // Interpreters are looked for where the user of the server would find them.
  if (const char* path = std::getenv("PATH"); path != nullptr && *path != '\0') {
    options.search_path = path;
  }
  options.access_key_id = key.id;
  options.secret_access_key = key.secret;
  options.session_token = key.session_token;
  options.idle_timeout_ms = flags.functions.idle_timeout_ms;
  options.init_timeout_ms = flags.functions.init_timeout_ms;
  options.drain_ms = flags.functions.drain_ms;
  options.queue_wait_ms = flags.functions.queue_wait_ms;
  options.running_max = flags.functions.running_max == 0
                            ? streams::FunctionInvoker::DefaultRunningMax()
                            : flags.functions.running_max;
  options.environments_max = flags.functions.environments_max;
  options.account_concurrency = flags.functions.concurrency;
  return options;
}

streams::DelivererParts DelivererParts(const FunctionServicesParts& parts, const Flags& flags,
                                       const streams::FunctionSource* functions,
                                       streams::Invoker* invoker) {
  streams::DelivererParts made;
  made.engine = parts.engine;
  made.functions = functions;
  made.invoker = invoker;
  made.queues = parts.queues;
  made.clock = parts.clock;
  made.random = parts.random;
  made.region = flags.region;
  made.account = flags.account;
  made.options.retry_base_ms = flags.functions.asynchronous_retry_ms;
  return made;
}

streams::MappingEngineParts MappingParts(const FunctionServicesParts& parts, const Flags& flags,
                                         const streams::FunctionSource* functions,
                                         streams::Invoker* invoker, streams::Deliverer* deliverer) {
  streams::MappingEngineParts made;
  made.engine = parts.engine;
  made.streams = parts.streams;
  made.log = parts.change_log;
  made.invoker = invoker;
  made.queues = parts.queues;
  made.clock = parts.clock;
  made.random = parts.random;
  made.region = flags.region;
  made.account = flags.account;
  made.retry.error_base_ms = flags.functions.mapping_retry_ms;
  made.retry.error_max_ms = flags.functions.mapping_retry_max_ms;
  made.retry.warn_blocked_after_ms = flags.functions.mapping_blocked_warning_ms;
  made.drain_ms = flags.functions.drain_ms;
  made.outgoing_written = [deliverer](const std::string& target_arn) {
    deliverer->OutgoingWritten(target_arn);
  };
  made.recursion_allowed = [functions](const std::string& function_name) {
    return functions->AsynchronousSettingsOf(function_name, "").recursion_allowed;
  };
  return made;
}

}  // namespace

FunctionServices::FunctionServices(const FunctionServicesParts& parts, const Flags& flags,
                                   const std::string& endpoint_url, const AccessKey& function_key)
    : parts_(parts),
      folder_(flags),
      catalog_(parts.engine, parts.clock, parts.random, CatalogOptions(flags, folder_)),
      code_links_(parts.system_clock, parts.random),
      runtime_(parts.system_clock),
      invoker_(InvokerOptions(flags, folder_, endpoint_url, function_key),
               {&catalog_, runtime_.ports(), runtime_.client(), parts.logs, parts.system_clock,
                parts.random}),
      deliverer_(DelivererParts(parts, flags, &catalog_, &invoker_)),
      mappings_(MappingParts(parts, flags, &catalog_, &invoker_, &deliverer_)),
      source_{parts.engine, parts.streams, parts.change_log, flags.region},
      ledger_(source_, &invoker_),
      replays_(source_, &invoker_, parts.clock),
      mapping_transitions_(parts.system_clock, flags.functions.mapping_transition_ms) {}

Status FunctionServices::Load() {
  RETURN_IF_ERROR(catalog_.Load());
  RETURN_IF_ERROR(deliverer_.Load());
  RETURN_IF_ERROR(replays_.Load());
  return mappings_.Load();
}

void FunctionServices::AddTo(api::Services* services) {
  services->functions = &catalog_;
  services->code_links = &code_links_;
  services->invoker = &invoker_;
  services->asynchronous = &deliverer_;
  services->mappings = &mappings_;
  services->riders = mappings_.riders();
  services->mapping_transitions = &mapping_transitions_;
}

void FunctionServices::AddRoutes(const api::Services* services, const Authenticator* verifier,
                                 const api::Authorizer* authorizer, std::vector<Route>* routes) {
  AddCodeRoutes(services, routes);
  FunctionUrlParts urls;
  urls.find_url = [this](std::string_view url_id) { return catalog_.FindUrl(url_id); };
  urls.invoker = &invoker_;
  urls.authenticator = verifier;
  if (authorizer != nullptr) {
    urls.may_invoke = [services, authorizer](const streams::FunctionUrlTarget& target,
                                             Exchange* exchange) {
      exchange->access_key_id = exchange->access_key;
      return authorizer
          ->Refusal(*services,
                    api::FunctionUrlAccess(*services, target.function->name, target.qualifier),
                    exchange)
          .empty();
    };
  }
  urls.clock = parts_.system_clock;
  urls.random = parts_.random;
  urls.account = services->account;
  AddFunctionUrlRoutes(urls, routes);
  // Both are below /_admin/functions/.
  std::vector<Route> functions;
  AddFunctionRoutes({&invoker_, &catalog_, services->workers, services->region, services->account},
                    &functions);
  AddOutgoingRoutes(services, &deliverer_, functions.front().handle, routes);
  AddMappingRoutes(services, &ledger_, routes);
  AddReplayRoutes(services, source_, &replays_, routes);
}

Status FunctionServices::Start() {
  catalog_.Start();
  runtime_.Start();
  RETURN_IF_ERROR(invoker_.Start());
  deliverer_.Start();
  mappings_.Start();
  replays_.Start();
  return Status::Ok();
}

void FunctionServices::Drain() {
  mappings_.EndBatches();
  deliverer_.EndTaking();
  invoker_.Stop();
}

void FunctionServices::Stop() {
  Drain();
  replays_.Stop();
  mappings_.Stop();
  deliverer_.Stop();
  runtime_.Stop();
  catalog_.Stop();
}

void FunctionServices::Wake() {
  mappings_.Wake();
  replays_.Wake();
  deliverer_.Wake();
}

void FunctionServices::AddMetrics(MetricsInput* input) const {
  input->invocations = invoker_.Statistics();
  input->mappings = mappings_.Snapshot();
  input->deliveries = deliverer_.Figures();
}

}  // namespace millrace::server
