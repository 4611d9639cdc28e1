// Answering questions about deliveries. What reads the store does so on a worker.
#include "server/admin/outgoing_routes.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/admin/admin_reply.h"
#include "server/gate/exchange.h"
#include "server/request/query.h"
#include "storage/base/json.h"
#include "streams/delivery/outcome_record.h"

namespace millrace::server {
namespace {

using streams::Deliverer;

constexpr std::string_view kFunctions = "/_admin/functions/";
constexpr int64_t kListedDefault = 100;
constexpr int64_t kListedMax = 1000;
constexpr size_t kMessageShownMax = 1024;

void WriteInt(std::string_view name, int64_t value, json::Writer* writer) {
  writer->Key(name);
  writer->Int(value);
}

// A text, computed on a worker and answered at home. Belongs to the exchange.
class Page final : public api::Call::State, private Task {
 public:
  using Make = std::function<Status(std::string* text)>;

  static void Begin(const api::Services& services, Exchange* exchange, Make make) {
    auto owned = std::unique_ptr<Page>(new Page(exchange, std::move(make)));
    Page* const page = owned.get();
    exchange->state = std::move(owned);
    if (!services.workers->TryPost(page)) {
      FinishError(exchange, 503, "the server is busy");
    }
  }

 private:
  Page(Exchange* exchange, Make make) : exchange_(exchange), make_(std::move(make)) {}

  void Run() override {
    if (!made_) {
      status_ = make_(&text_);
      made_ = true;
      exchange_->home->PostOne(this);
      return;
    }
    if (status_.ok()) {
      FinishJson(exchange_, 200, text_);
    } else {
      FinishError(exchange_, status_.code() == StatusCode::kNotFound ? 404 : 500,
                  status_.message());
    }
  }

  Exchange* const exchange_;
  const Make make_;
  bool made_ = false;
  Status status_;
  std::string text_;
};

void WriteEvents(const streams::PendingEvents& events, json::Writer* writer) {
  writer->BeginObject();
  writer->Member("functionName", events.function_name);
  WriteInt("count", events.count, writer);
  writer->Key("countIsExact");
  writer->Bool(events.count_is_exact);
  WriteInt("oldestMs", events.oldest_ms, writer);
  WriteInt("nextTryMs", events.next_try_ms, writer);
  WriteInt("running", static_cast<int64_t>(events.running), writer);
  if (events.held_until_ms != 0) {
    writer->Member("problem", "there is no capacity for the function");
    WriteInt("heldUntilMs", events.held_until_ms, writer);
  }
  writer->EndObject();
}

void WriteMessages(const streams::PendingMessages& messages, json::Writer* writer) {
  writer->BeginObject();
  writer->Member("targetArn", messages.target_arn);
  WriteInt("count", messages.count, writer);
  writer->Key("countIsExact");
  writer->Bool(messages.count_is_exact);
  WriteInt("oldestMs", messages.oldest_ms, writer);
  WriteInt("nextTryMs", messages.next_try_ms, writer);
  WriteInt("attempts", messages.attempts, writer);
  if (!messages.problem.empty()) {
    writer->Member("problem", messages.problem);
  }
  writer->EndObject();
}

void WriteFigures(const std::string& source, const streams::DeliveryFigures& figures,
                  json::Writer* writer) {
  writer->BeginObject();
  writer->Member("source", source);
  WriteInt("asyncEventsReceived", figures.received, writer);
  WriteInt("asyncEventsDropped", figures.dropped, writer);
  WriteInt("recursiveInvocationsDropped", figures.recursive, writer);
  WriteInt("deadLetterErrors", figures.dead_letter_errors, writer);
  WriteInt("destinationDeliveryFailures", figures.destination_failures, writer);
  writer->Key("asyncEventAgeMs");
  writer->BeginObject();
  WriteInt("count", figures.age_count, writer);
  WriteInt("sum", figures.age_sum_ms, writer);
  WriteInt("min", figures.age_min_ms, writer);
  WriteInt("max", figures.age_max_ms, writer);
  writer->EndObject();
  writer->EndObject();
}

Status MakeOutgoing(const Deliverer& deliverer, std::string* text) {
  ASSIGN_OR_RETURN(const streams::PendingDeliveries pending, deliverer.ListPending());
  json::Writer writer(text);
  writer.BeginObject();
  writer.Key("events");
  writer.BeginArray();
  for (const streams::PendingEvents& events : pending.events) {
    WriteEvents(events, &writer);
  }
  writer.EndArray();
  writer.Key("messages");
  writer.BeginArray();
  for (const streams::PendingMessages& messages : pending.messages) {
    WriteMessages(messages, &writer);
  }
  writer.EndArray();
  writer.Key("figures");
  writer.BeginArray();
  for (const auto& [source, figures] : deliverer.Figures()) {
    WriteFigures(source, figures, &writer);
  }
  writer.EndArray();
  writer.EndObject();
  return Status::Ok();
}

// The members of an entry; the object stays open.
void BeginDiscard(const streams::EventDiscard& discard, json::Writer* writer) {
  writer->BeginObject();
  writer->Member("id", std::to_string(discard.id));
  writer->Member("requestId", discard.request_id);
  writer->Member("functionName", discard.function_name);
  writer->Member("qualifier", discard.qualifier.empty() ? "$LATEST" : discard.qualifier);
  writer->Member("condition", discard.condition);
  WriteInt("attempts", discard.attempts, writer);
  WriteInt("receivedMs", discard.received_ms, writer);
  WriteInt("discardedMs", discard.time_ms, writer);
  if (!discard.executed_version.empty()) {
    writer->Member("executedVersion", discard.executed_version);
  }
}

Status MakeList(const Deliverer& deliverer, const std::string& name, uint64_t after, size_t count,
                std::string* text) {
  ASSIGN_OR_RETURN(const std::vector<streams::EventDiscard> discards,
                   deliverer.ListDiscards(name, after, count));
  json::Writer writer(text);
  writer.BeginObject();
  writer.Key("discards");
  writer.BeginArray();
  for (const streams::EventDiscard& discard : discards) {
    BeginDiscard(discard, &writer);
    const std::string message = streams::FailureMessage(discard.failure);
    writer.Member("errorMessage", streams::Shortened(message, kMessageShownMax));
    writer.EndObject();
  }
  writer.EndArray();
  if (discards.size() == count) {
    writer.Member("after", std::to_string(discards.back().id));
  }
  writer.EndObject();
  return Status::Ok();
}

Status MakeDiscard(const Deliverer& deliverer, const std::string& name, uint64_t id,
                   std::string* text) {
  ASSIGN_OR_RETURN(const streams::DiscardedEvent found, deliverer.FindDiscard(name, id));
  json::Writer writer(text);
  BeginDiscard(found.discard, &writer);
  writer.Member("failure", found.discard.failure);
  writer.Member("payload", found.payload);
  writer.EndObject();
  return Status::Ok();
}

// A number of at least `least`; nothing for any other text.
std::optional<uint64_t> ParseNumber(std::string_view text, uint64_t least) {
  uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return stop == end && error == std::errc() && value >= least ? std::optional(value)
                                                               : std::nullopt;
}

// {name}/discards[/{id}[/redrive]]
struct DiscardPath {
  std::string name;
  std::string_view id;
  bool redrive = false;
};
std::optional<DiscardPath> ParsePath(std::string_view path) {
  path.remove_prefix(kFunctions.size());
  DiscardPath parsed;
  const size_t slash = path.find('/');
  if (slash == 0 || slash == std::string_view::npos) {
    return std::nullopt;
  }
  parsed.name = path.substr(0, slash);
  path.remove_prefix(slash);
  constexpr std::string_view kDiscards = "/discards";
  if (!path.starts_with(kDiscards)) {
    return std::nullopt;
  }
  path.remove_prefix(kDiscards.size());
  if (path.empty()) {
    return parsed;
  }
  if (path.front() != '/') {
    return std::nullopt;
  }
  constexpr std::string_view kRedrive = "/redrive";
  path.remove_prefix(1);
  parsed.redrive = path.ends_with(kRedrive);
  parsed.id = path.substr(0, path.size() - (parsed.redrive ? kRedrive.size() : 0));
  return parsed.id.empty() || parsed.id.find('/') != std::string_view::npos ? std::nullopt
                                                                            : std::optional(parsed);
}

void AnswerList(const api::Services& services, Deliverer* deliverer, const std::string& name,
                Exchange* exchange) {
  const std::string_view query = exchange->head.query();
  const std::optional<uint64_t> after =
      ParseNumber(QueryParameter(query, "after").value_or("0"), 0);
  const std::optional<uint64_t> limit =
      ParseNumber(QueryParameter(query, "limit").value_or(std::to_string(kListedDefault)), 1);
  if (!after.has_value() || !limit.has_value() || *limit > kListedMax) {
    FinishError(exchange, 400, "after must be an id, and limit from 1 to 1000");
    return;
  }
  Page::Begin(services, exchange,
              [deliverer, name, after = *after, limit = *limit](std::string* text) {
                return MakeList(*deliverer, name, after, limit, text);
              });
}

// What a change of an entry is answered with.
std::function<void(const Status&)> Answering(Exchange* exchange) {
  return [exchange](const Status& status) {
    if (status.ok()) {
      FinishJson(exchange, 200, "{}");
    } else {
      FinishError(exchange, status.code() == StatusCode::kNotFound ? 404 : 503, status.message());
    }
  };
}

void AnswerDiscards(const api::Services& services, Deliverer* deliverer, const DiscardPath& path,
                    Exchange* exchange) {
  const std::string_view method = exchange->head.method();
  if (path.id.empty() && method == "GET") {
    AnswerList(services, deliverer, path.name, exchange);
    return;
  }
  const std::optional<uint64_t> id = ParseNumber(path.id, 1);
  if (!path.id.empty() && !id.has_value()) {
    FinishError(exchange, 404, "there is no such discarded event");
  } else if (id.has_value() && path.redrive && method == "POST") {
    deliverer->RedriveDiscard(path.name, *id, exchange->home, Answering(exchange));
  } else if (id.has_value() && !path.redrive && method == "DELETE") {
    deliverer->DeleteDiscard(path.name, *id, exchange->home, Answering(exchange));
  } else if (id.has_value() && !path.redrive && method == "GET") {
    Page::Begin(services, exchange, [deliverer, name = path.name, id = *id](std::string* text) {
      return MakeDiscard(*deliverer, name, id, text);
    });
  } else {
    FinishError(exchange, 405, "there is no such method here");
  }
}

}  // namespace

void AddOutgoingRoutes(const api::Services* services, Deliverer* deliverer,
                       std::function<void(Exchange*)> otherwise, std::vector<Route>* routes) {
  Route outgoing;
  outgoing.method = "GET";
  outgoing.path = "/_admin/outgoing";
  outgoing.handle = [services, deliverer](Exchange* exchange) {
    Page::Begin(*services, exchange,
                [deliverer](std::string* text) { return MakeOutgoing(*deliverer, text); });
  };
  routes->push_back(std::move(outgoing));

  Route discards;
  discards.path = kFunctions;
  discards.is_prefix = true;
  discards.handle = [services, deliverer, otherwise = std::move(otherwise)](Exchange* exchange) {
    const std::optional<DiscardPath> path = ParsePath(exchange->head.path());
    if (path.has_value()) {
      AnswerDiscards(*services, deliverer, *path, exchange);
    } else if (otherwise != nullptr) {
      otherwise(exchange);
    } else {
      FinishError(exchange, 404, "there is nothing here");
    }
  };
  routes->push_back(std::move(discards));
}

}  // namespace millrace::server
