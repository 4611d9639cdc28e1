// From the request to the invocation and back.
#include "server/function_urls/url_routes.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/function_urls/cross_origin.h"
#include "server/function_urls/url_event.h"
#include "server/function_urls/url_response.h"
#include "server/gate/exchange.h"

namespace millrace::server {
namespace {

using streams::FunctionUrlTarget;
using streams::InvokeOutcome;
using streams::InvokeRequest;
using streams::InvokeResult;

constexpr std::string_view kPathPrefix = "/_url/";
constexpr std::string_view kHostPart = ".lambda-url.";
// Of the event, as with every synchronous invocation.
constexpr size_t kEventSizeMax = 6291456;

void FinishPlain(Exchange* exchange, int status, std::string_view body) {
  exchange->http_status = status;
  exchange->content_type = "application/json";
  exchange->body.assign(body);
  exchange->Finish();
}

// What the reply to an outcome other than success is.
void FinishFailure(Exchange* exchange, const InvokeResult& result) {
  switch (result.outcome) {
    case InvokeOutcome::kThrottled:
      FinishPlain(exchange, 429,
                  "{\"Reason\":\"" + result.throttle_reason +
                      "\",\"Type\":\"User\",\"message\":\"Rate Exceeded.\"}");
      return;
    case InvokeOutcome::kFunctionNotFound:
      FinishPlain(exchange, 404, "{\"message\":\"Not Found\"}");
      return;
    case InvokeOutcome::kNotReady:
    case InvokeOutcome::kShuttingDown:
      FinishPlain(exchange, 503, "{\"message\":\"Service Unavailable\"}");
      return;
    case InvokeOutcome::kSucceeded:
    case InvokeOutcome::kFunctionError:
    case InvokeOutcome::kServerFault:
      FinishPlain(exchange, 502, "{\"message\":\"Internal Server Error\"}");
      return;
  }
}

// An invocation under way. Belongs to the exchange, which waits for it.
class UrlInvocation final : public api::Call::State, private Task {
 public:
  UrlInvocation(Exchange* exchange, std::string cors_json)
      : exchange_(exchange), cors_json_(std::move(cors_json)) {}

  void Begin(streams::Invoker* invoker, InvokeRequest request) {
    invoker->Invoke(std::move(request), [this](InvokeResult result) {
      result_ = std::move(result);
      exchange_->home->PostOne(this);
    });
  }

 private:
  // On the exchange's thread, which destroys this object with the reply.
  void Run() override {
    std::string cross_origin;
    if (!cors_json_.empty()) {
      cross_origin = CrossOriginHeaders(ParseCrossOriginRules(cors_json_), exchange_->head);
    }
    if (result_.outcome != InvokeOutcome::kSucceeded ||
        !MapUrlResponse(result_.payload, &response_)) {
      exchange_->extra_headers = std::move(cross_origin);
      FinishFailure(exchange_, result_);
      return;
    }
    if (!cors_json_.empty()) {
      RemoveCrossOriginHeaders(&response_.headers);
    }
    exchange_->http_status = response_.status;
    exchange_->content_type = response_.content_type;
    exchange_->extra_headers = response_.headers + cross_origin;
    exchange_->body.swap(response_.body);
    exchange_->Finish();
  }

  Exchange* const exchange_;
  const std::string cors_json_;
  InvokeResult result_;
  UrlResponse response_;
};

// Answers, and returns false, when the request may not go on.
bool CheckSigner(const FunctionUrlParts& parts, const FunctionUrlTarget& target,
                 Exchange* exchange) {
  if (target.config.auth_type == "NONE") {
    return true;
  }
  exchange->action = "lambda:InvokeFunctionUrl";
  exchange->authentication =
      parts.authenticator == nullptr
          ? api::ApiStatus(api::ErrorType::kAccessDenied, "Forbidden")
          : parts.authenticator->Authenticate(exchange->head, exchange->request_body.view(),
                                              &exchange->access_key);
  if (exchange->authentication.ok() &&
      (parts.may_invoke == nullptr || parts.may_invoke(target, exchange))) {
    return true;
  }
  FinishPlain(exchange, 403, "{\"Message\":\"Forbidden\"}");
  return false;
}

void Handle(const FunctionUrlParts& parts, Exchange* exchange) {
  const RequestHead& head = exchange->head;
  exchange->access_key.clear();
  std::string_view url_id;
  std::string_view path;
  std::optional<FunctionUrlTarget> target;
  if (FindUrlId(head.Get(KnownHeader::kHost), head.path(), &url_id, &path)) {
    target = parts.find_url(url_id);
  }
  if (!target.has_value()) {
    FinishPlain(exchange, 404, "{\"Message\":\"Not Found\"}");
    return;
  }
  const std::string& cors_json = target->config.cors_json;
  if (!cors_json.empty() && IsPreflight(head)) {
    exchange->http_status = 200;
    exchange->content_type = {};
    exchange->extra_headers = PreflightHeaders(ParseCrossOriginRules(cors_json), head);
    exchange->Finish();
    return;
  }
  if (!CheckSigner(parts, *target, exchange)) {
    return;
  }
  const std::string request_id = NewUuid(parts.random);
  const std::string peer = exchange->PeerAddress();
  UrlEventContext context;
  context.url_id = url_id;
  context.path = path;
  context.account = parts.account;
  context.request_id = request_id;
  context.source_address = peer;
  context.access_key_id = exchange->access_key;
  context.now_ms = parts.clock->NowMs();
  InvokeRequest request;
  auto event = std::make_shared<const std::string>(
      MakeUrlEvent(head, exchange->request_body.view(), context));
  if (event->size() > kEventSizeMax) {
    FinishPlain(exchange, 413, "{\"Message\":\"Request Entity Too Large\"}");
    return;
  }
  request.function_name = target->function->name;
  request.qualifier = target->qualifier;
  request.payload = std::move(event);
  request.trace_id = exchange->Header("x-amzn-trace-id");
  request.request_id = request_id;
  request.trigger = "function-url";
  auto invocation = std::make_unique<UrlInvocation>(exchange, cors_json);
  UrlInvocation* const begun = invocation.get();
  exchange->state = std::move(invocation);
  begun->Begin(parts.invoker, std::move(request));
}

}  // namespace

bool FindUrlId(std::string_view host, std::string_view path, std::string_view* url_id,
               std::string_view* rest) {
  const size_t at = host.find(kHostPart);
  if (at != std::string_view::npos && at > 0) {
    *url_id = host.substr(0, at);
    *rest = path;
    return true;
  }
  if (!path.starts_with(kPathPrefix)) {
    return false;
  }
  path.remove_prefix(kPathPrefix.size());
  const size_t end = std::min(path.find('/'), path.size());
  *url_id = path.substr(0, end);
  *rest = end < path.size() ? path.substr(end) : std::string_view("/");
  return !url_id->empty();
}

void AddFunctionUrlRoutes(const FunctionUrlParts& parts, std::vector<Route>* routes) {
  Route route;
  route.path = kPathPrefix;
  route.is_prefix = true;
  route.host_part = kHostPart;
  route.is_foreign = true;
  route.body_size_max = kEventSizeMax;
  route.handle = [parts](Exchange* exchange) { Handle(parts, exchange); };
  routes->push_back(std::move(route));
}

}  // namespace millrace::server
