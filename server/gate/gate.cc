// The steps of the gate, in order. A step either answers the request or lets it pass; each entry of
// the list says why it stands where it does.
#include "server/gate/gate.h"

#include <utility>

#include "server/gate/content_coding.h"
#include "server/gate/form_body.h"
#include "server/gate/page_origin.h"
#include "server/gate/rest_step.h"
#include "storage/base/utf8.h"

namespace millrace::server {
namespace {

using api::ApiStatus;
using api::ErrorType;

constexpr std::string_view kJson10 = "application/x-amz-json-1.0";
constexpr std::string_view kJson11 = "application/x-amz-json-1.1";
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kQueuesTarget = "AmazonSQS.";
constexpr std::string_view kLogsTarget = "Logs_20140328.";
constexpr std::string_view kForm = "application/x-www-form-urlencoded";
constexpr std::string_view kText = "text/plain";
constexpr std::string_view kAdminPath = "/_admin/";

// What the steps hand to one another.
struct Passage {
  const Gate& gate;
  Exchange* exchange;
  const api::Operation* operation = nullptr;
};

// True when the step has answered.
using Step = bool (*)(Passage*);

bool Answer(Exchange* exchange, int status, std::string_view content_type, std::string_view body) {
  exchange->http_status = status;
  exchange->content_type = content_type;
  exchange->body.assign(body);
  exchange->Finish();
  return true;
}

bool AnswerNotFound(Exchange* exchange) {
  return Answer(exchange, 404, {}, "<UnknownOperationException/>\n");
}

bool Fail(Exchange* exchange, ErrorType type, std::string_view message = {}) {
  exchange->Fail(ApiStatus(type, message));
  return true;
}

bool IsMediaType(std::string_view value, std::string_view media_type) {
  if (value == media_type) {
    return true;
  }
  std::string_view type = value.substr(0, value.find(';'));
  while (!type.empty() && type.back() == ' ') {
    type.remove_suffix(1);
  }
  return EqualsIgnoreCase(type, media_type);
}

bool AnswerForeign(Passage* passage) {
  Exchange* const exchange = passage->exchange;
  const Route* const route = passage->gate.routes().FindForeign(
      exchange->head.Get(KnownHeader::kHost), exchange->head.path());
  if (route == nullptr) {
    return false;
  }
  exchange->is_foreign = true;
  route->handle(exchange);
  return true;
}

bool AnswerPreflight(Passage* passage) {
  Exchange* const exchange = passage->exchange;
  const RequestHead& head = exchange->head;
  if (head.method() != "OPTIONS" || !head.Has(KnownHeader::kOrigin)) {
    return false;
  }
  std::string& headers = exchange->extra_headers;
  headers = "Access-Control-Max-Age: 172800\r\n";
  if (head.Has(KnownHeader::kAccessControlRequestHeaders)) {
    headers.append("Access-Control-Allow-Headers: ")
        .append(head.Get(KnownHeader::kAccessControlRequestHeaders))
        .append("\r\n");
  }
  if (head.Has(KnownHeader::kAccessControlRequestMethod)) {
    headers.append("Access-Control-Allow-Methods: ")
        .append(head.Get(KnownHeader::kAccessControlRequestMethod))
        .append("\r\n");
  }
  return Answer(exchange, 200, {}, {});
}

// What operators may do wants the credentials that API calls want.
bool RefuseOperator(const Passage& passage) {
  Exchange* const exchange = passage.exchange;
  if (!exchange->head.path().starts_with(kAdminPath)) {
    return false;
  }
  const Authenticator& authenticator = passage.gate.authenticator();
  exchange->action =
      exchange->head.method() == "GET" ? "millrace:AdminRead" : "millrace:AdminWrite";
  std::string why;
  exchange->authentication = authenticator.Authenticate(
      exchange->head, exchange->request_body.view(), &exchange->access_key);
  if (!exchange->authentication.ok()) {
    why = exchange->authentication.error().message;
  } else if (!authenticator.verifies() && IsFromForeignPage(exchange->head)) {
    why = kForeignPageMessage;
  } else if (passage.gate.operator_refusal() != nullptr) {
    exchange->access_key_id = exchange->access_key;
    why = passage.gate.operator_refusal()(exchange);
  }
  if (why.empty()) {
    return false;
  }
  std::string text;
  json::Writer writer(&text);
  writer.BeginObject();
  writer.Member("error", ToValidUtf8(why));
  writer.EndObject();
  return Answer(exchange, 403, kJson, text.append("\n"));
}

bool AnswerRoute(Passage* passage) {
  Exchange* const exchange = passage->exchange;
  const RequestHead& head = exchange->head;
  if (head.path() == "/") {
    return head.method() == "GET" && Answer(exchange, 200, kText, passage->gate.health_text());
  }
  if (AnswerRest(passage->gate, exchange)) {
    return true;
  }
  // Clients of queues send to the URL of the queue. curl calls what it sends to the pages for
  // operators a form, too.
  if (head.method() == "POST" && !head.path().starts_with(kAdminPath) &&
      (head.Get(KnownHeader::kTarget).starts_with(kQueuesTarget) ||
       IsMediaType(head.Get(KnownHeader::kContentType), kForm))) {
    return false;
  }
  std::string allowed_methods;
  const Route* const route =
      passage->gate.routes().Find(head.method(), head.path(), &allowed_methods);
  if (route != nullptr) {
    exchange->content_type = kText;
    if (!RefuseOperator(*passage)) {
      route->handle(exchange);
    }
    return true;
  }
  if (!allowed_methods.empty()) {
    exchange->extra_headers = "Allow: " + allowed_methods + "\r\n";
    return Answer(exchange, 405, {}, {});
  }
  return AnswerNotFound(exchange);
}

bool RefuseOtherRequests(Passage* passage) {
  Exchange* const exchange = passage->exchange;
  if (exchange->head.method() != "POST") {
    return AnswerNotFound(exchange);
  }
  const std::string_view type = exchange->head.Get(KnownHeader::kContentType);
  if (IsMediaType(type, kForm)) {
    // A target is signed: what was signed as JSON cannot be sent again as a form.
    return (exchange->head.Has(KnownHeader::kTarget) || !NameFormOperation(exchange)) &&
           AnswerNotFound(exchange);
  }
  const bool is_json10 = IsMediaType(type, kJson10);
  if (!is_json10 && IsMediaType(type, kJson11) &&
      exchange->head.Get(KnownHeader::kTarget).starts_with(kLogsTarget)) {
    exchange->content_type = kJson11;
    return false;
  }
  if (!exchange->request_body.empty() && !is_json10 && !IsMediaType(type, kJson)) {
    return AnswerNotFound(exchange);
  }
  exchange->content_type = is_json10 ? kJson10 : kJson;
  return false;
}

// Says for the observer what is asked for.
void NameAction(const api::Operation& operation, std::string* action) {
  switch (operation.service) {
    case api::ServiceName::kDynamoDb:
    case api::ServiceName::kDynamoDbStreams:
      *action = "dynamodb:";
      break;
    case api::ServiceName::kQueues:
      *action = "sqs:";
      break;
    case api::ServiceName::kLogs:
      *action = "logs:";
      break;
  }
  action->append(operation.name);
}

bool FindOperation(Passage* passage) {
  const Exchange& exchange = *passage->exchange;
  const api::Dispatcher& dispatcher = passage->gate.dispatcher();
  passage->operation =
      exchange.form_operation.empty()
          ? dispatcher.Find(exchange.head.Get(KnownHeader::kTarget))
          : dispatcher.Find(std::string(kQueuesTarget).append(exchange.form_operation));
  if (exchange.observer != nullptr && passage->operation != nullptr) {
    NameAction(*passage->operation, &passage->exchange->action);
  }
  return false;
}

bool Authenticate(Passage* passage) {
  Exchange* const exchange = passage->exchange;
  if (passage->operation != nullptr) {
    exchange->authentication = passage->gate.authenticator().Authenticate(
        exchange->head, exchange->request_body.view(), &exchange->access_key);
  }
  return false;
}

bool IsEncoded(const Exchange& exchange) {
  return !exchange.request_body.empty() && exchange.form_operation.empty() &&
         !IsIdentityCoding(exchange.head.Get(KnownHeader::kContentEncoding));
}

// Answers when the body is not JSON. An empty body passes; a later step refuses it.
bool ParseJson(const Gate& gate, Exchange* exchange, BodyBuffer* body) {
  if (body->empty()) {
    return false;
  }
  if (!exchange->ReserveForParse(*body)) {
    gate.Refuse(exchange, Refusal::kOverloaded);
    return true;
  }
  if (!exchange->document.Parse(body->Terminated()).ok()) {
    return Fail(exchange, ErrorType::kSerialization);
  }
  exchange->input = exchange->document.root();
  return false;
}

bool ParsePlainBody(Passage* passage) {
  return !IsEncoded(*passage->exchange) && passage->exchange->form_operation.empty() &&
         ParseJson(passage->gate, passage->exchange, &passage->exchange->request_body);
}

bool RefuseUnknownOperation(Passage* passage) {
  return passage->operation == nullptr && Fail(passage->exchange, ErrorType::kUnknownOperation);
}

bool RefuseUnauthenticated(Passage* passage) {
  Exchange* const exchange = passage->exchange;
  if (!exchange->authentication.ok()) {
    exchange->Fail(exchange->authentication);
    return true;
  }
  exchange->access_key_id = exchange->access_key;
  return false;
}

bool DecodeAndParse(Passage* passage) {
  Exchange* const exchange = passage->exchange;
  if (!IsEncoded(*exchange)) {
    return false;
  }
  switch (DecodeBody(exchange->head.Get(KnownHeader::kContentEncoding),
                     exchange->request_body.view(), Gate::kBodySizeMax, &exchange->decoded_body)) {
    case DecodeOutcome::kOk:
      break;
    case DecodeOutcome::kTooLarge:
      return Answer(exchange, 413, {}, {});
    case DecodeOutcome::kUnknownCoding:
    case DecodeOutcome::kCorrupt:
      return Fail(exchange, ErrorType::kInternalServerError, "Internal server error");
  }
  if (!exchange->ReserveBytes(exchange->decoded_body.size())) {
    passage->gate.Refuse(exchange, Refusal::kOverloaded);
    return true;
  }
  return ParseJson(passage->gate, exchange, &exchange->decoded_body);
}

bool TranslateForm(Passage* passage) {
  Exchange* const exchange = passage->exchange;
  if (exchange->form_operation.empty()) {
    return false;
  }
  if (!TranslateFormBody(exchange)) {
    passage->gate.Refuse(exchange, Refusal::kOverloaded);
    return true;
  }
  return ParseJson(passage->gate, exchange, &exchange->decoded_body);
}

bool RefuseNoObject(Passage* passage) {
  Exchange* const exchange = passage->exchange;
  return (!exchange->input.present() || !exchange->input.IsObject()) &&
         Fail(exchange, ErrorType::kSerialization);
}

bool Run(Passage* passage) {
  Exchange* const exchange = passage->exchange;
  exchange->host = HostText(exchange->head);
  passage->gate.dispatcher().Run(*passage->operation, exchange);
  return true;
}

constexpr Step kSteps[] = {
    // Functions behind URLs answer whatever comes there, preflights as well.
    AnswerForeign,
    // Browsers ask before they send credentials or a body, so nothing else may stand in front of
    // this.
    AnswerPreflight,
    // Health probes have neither credentials nor content type; whatever is not at "/" ends here.
    AnswerRoute,
    // What is not an API call at all gets the answer without JSON; fixes the reply's media type.
    RefuseOtherRequests,
    // Only looks up, for the next step; the answer for an unknown name comes after that for bad
    // JSON.
    FindOperation,
    // Signatures cover the body as received, and the JSON parser rewrites it in place: so
    // credentials are judged here, and the verdict is given below in AWS's order.
    Authenticate,
    // Bad JSON is answered whatever the target and the credentials are.
    ParsePlainBody,
    // A name that does not exist is no secret, so it is said before credentials are asked for.
    RefuseUnknownOperation,
    RefuseUnauthenticated,
    // Only known clients may make the server inflate something.
    DecodeAndParse,
    TranslateForm,
    // An empty body, or one that is not an object, counts as a type error: those come last.
    RefuseNoObject,
    // Checks the input's shape and runs the operation.
    Run,
};

}  // namespace

Gate::Gate(const api::Dispatcher* dispatcher, const Authenticator* authenticator,
           std::string region, std::vector<Route> routes, const api::RestDispatcher* rest,
           OperatorRefusal operator_refusal, ReplyObserver* observer)
    : dispatcher_(dispatcher),
      authenticator_(authenticator),
      health_text_("healthy: dynamodb." + region + ".amazonaws.com "),
      routes_(std::move(routes)),
      rest_(rest),
      operator_refusal_(std::move(operator_refusal)),
      observer_(observer) {}

size_t Gate::BodySizeMaxElsewhere(const RequestHead& head) const {
  const api::RestDispatcher* const rest = RestOf(head.path());
  return rest != nullptr ? rest->BodySizeMax(head.method(), head.path())
                         : routes_.BodySizeMax(head.method(), head.path(), kBodySizeMax);
}

void Gate::Handle(Exchange* exchange) const {
  exchange->observer = observer_;
  Passage passage{*this, exchange};
  for (const Step step : kSteps) {
    if (step(&passage)) {
      return;
    }
  }
}

void Gate::Refuse(Exchange* exchange, Refusal refusal) const {
  if (RefuseRest(*this, exchange, refusal)) {
    return;
  }
  switch (refusal) {
    case Refusal::kMalformed:
      Answer(exchange, 400, {}, {});
      return;
    case Refusal::kHeaderTooLarge:
      Answer(exchange, 431, {}, {});
      return;
    case Refusal::kBodyTooLarge:
      Answer(exchange, 413, {}, {});
      return;
    case Refusal::kOverloaded:
      exchange->content_type =
          IsMediaType(exchange->head.Get(KnownHeader::kContentType), kJson10) ? kJson10 : kJson;
      Fail(exchange, ErrorType::kServiceUnavailable,
           "The server has as many requests in flight as it accepts. Try again.");
      return;
  }
}

}  // namespace millrace::server
