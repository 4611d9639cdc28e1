// Requests to the functions service: found, authenticated, handed over.
#include "server/gate/rest_step.h"

#include <utility>

#include "server/gate/page_origin.h"
#include "storage/base/utf8.h"

namespace millrace::server {
namespace {

constexpr std::string_view kJson = "application/json";

api::RestRequest ToRestRequest(Exchange* exchange) {
  api::RestRequest request;
  request.method = exchange->head.method();
  request.path = exchange->head.path();
  request.query = exchange->head.query();
  request.body = exchange->request_body.Terminated();
  for (const HeaderField& field : exchange->head.fields()) {
    const std::optional<api::RestHeader> header = api::FindRestHeader(field.name);
    if (header.has_value()) {
      request.headers[static_cast<size_t>(*header)] = field.value;
    }
  }
  return request;
}

}  // namespace

std::string_view HostText(const RequestHead& head) {
  const std::string_view host = head.Get(KnownHeader::kHost);
  return IsValidUtf8(host) ? host : std::string_view();
}

bool AnswerRest(const Gate& gate, Exchange* exchange) {
  const RequestHead& head = exchange->head;
  const api::RestDispatcher* const rest = gate.RestOf(head.path());
  if (rest == nullptr) {
    return false;
  }
  exchange->content_type = kJson;
  // As with other services, what does not exist is said before credentials are asked for.
  api::RestSegments segments;
  const api::RestOperation* const operation = rest->Find(head.method(), head.path(), &segments);
  if (operation == nullptr) {
    rest->Fail(rest->UnknownOperation(), exchange);
    return true;
  }
  // A function is code that is run here: no page may bring one along.
  if (!gate.authenticator().verifies() && IsFromForeignPage(head)) {
    rest->Fail({api::RestErrorType::kAccessDenied, std::string(kForeignPageMessage)}, exchange);
    return true;
  }
  if (exchange->observer != nullptr) {
    exchange->action.assign("lambda:").append(operation->name);
  }
  exchange->authentication =
      gate.authenticator().Authenticate(head, exchange->request_body.view(), &exchange->access_key);
  if (!exchange->authentication.ok()) {
    rest->Fail(api::FromApi(exchange->authentication), exchange);
    return true;
  }
  if (!exchange->ReserveForParse(exchange->request_body)) {
    gate.Refuse(exchange, Refusal::kOverloaded);
    return true;
  }
  exchange->access_key_id = exchange->access_key;
  exchange->host = HostText(head);
  rest->Run(*operation, std::move(segments), ToRestRequest(exchange), exchange);
  return true;
}

bool RefuseRest(const Gate& gate, Exchange* exchange, Refusal refusal) {
  const RequestHead& head = exchange->head;
  const api::RestDispatcher* const rest = gate.RestOf(head.path());
  if (rest == nullptr || (refusal != Refusal::kBodyTooLarge && refusal != Refusal::kOverloaded)) {
    return false;
  }
  exchange->content_type = kJson;
  rest->Fail(refusal == Refusal::kBodyTooLarge
                 ? rest->BodyTooLarge(head.method(), head.path())
                 : api::RestStatus(api::RestErrorType::kServiceUnavailable,
                                   "The server has as many requests in flight as it accepts. Try "
                                   "again."),
             exchange);
  return true;
}

}  // namespace millrace::server
