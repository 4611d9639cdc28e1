// Answering operators about mappings. Everything is done on a worker: it reads the store, waits for
// commits, or asks the thread of the lanes.
#include "server/admin/mapping_routes.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "server/admin/admin_reply.h"
#include "server/admin/mapping_pages.h"
#include "server/admin/place_json.h"
#include "server/admin/worker_answer.h"
#include "server/request/query.h"
#include "storage/base/json.h"
#include "streams/functions/function_catalog.h"
#include "streams/functions/function_name.h"
#include "streams/mappings/mapping_engine.h"

namespace millrace::server {
namespace {

using streams::Discard;
using streams::Mapping;

constexpr std::string_view kPrefix = "/_admin/esm/";
constexpr size_t kLagRecordsMax = 100'000;
constexpr size_t kListedDefault = 100;
constexpr size_t kListedMax = 1000;

// A request, apart: its parts lie in the exchange.
struct MappingCall {
  const api::Services& services;
  streams::DiscardLedger* ledger;
  Exchange* exchange;
  std::string uuid;
  std::vector<std::string_view> rest;  // of the path

  bool Is(std::string_view method, std::string_view name) const {
    return exchange->head.method() == method && rest.size() == 1 && rest[0] == name;
  }
};

AdminAnswer NotFound() { return {404, "there is no such mapping"}; }

std::vector<std::string_view> SplitPath(std::string_view path) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) {
      return parts;
    }
    path.remove_prefix(slash + 1);
  }
}

std::optional<uint64_t> ParseId(std::string_view text) {
  uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc() && end == text.data() + text.size() && id != 0
             ? std::optional<uint64_t>(id)
             : std::nullopt;
}

AdminAnswer ListMappings(const api::Services& services) {
  AdminAnswer answer;
  json::Writer writer(&answer.text);
  writer.BeginObject();
  writer.Key("mappings");
  writer.BeginArray();
  for (const auto& [mapping, figures] : services.mappings->Snapshot()) {
    WriteMapping(services, mapping, figures, &writer);
  }
  writer.EndArray();
  writer.EndObject();
  return answer;
}

AdminAnswer ShowMapping(const api::Services& services, const Mapping& mapping) {
  const std::optional<streams::MappingFigures> figures = services.mappings->Figures(mapping.uuid);
  if (!figures.has_value()) {
    return NotFound();
  }
  AdminAnswer answer;
  json::Writer writer(&answer.text);
  WriteMapping(services, mapping, *figures, &writer);
  return answer;
}

AdminAnswer ShowLanes(const MappingCall& call, const Mapping& mapping) {
  const api::Services& services = call.services;
  const Result<std::vector<streams::LaneLag>> lanes =
      streams::MeasureLag(call.ledger->source(), mapping, kLagRecordsMax);
  if (!lanes.ok()) {
    return AnswerOf(lanes.status());
  }
  const std::optional<streams::MappingView> view = services.mappings->View(mapping.uuid);
  if (!view.has_value()) {
    return NotFound();
  }
  AdminAnswer answer;
  json::Writer writer(&answer.text);
  writer.BeginObject();
  writer.Key("paused");
  writer.Bool(mapping.settings.paused);
  writer.Key("lanes");
  writer.BeginArray();
  for (const streams::LaneLag& lane : lanes.value()) {
    WriteLane(lane, *view, services.clock->NowMs(), &writer);
  }
  writer.EndArray();
  writer.EndObject();
  return answer;
}

AdminAnswer SetPaused(const api::Services& services, const std::string& uuid, bool paused) {
  const Result<Mapping> changed = Await<Mapping>([&](auto done) {
    services.mappings->Update(
        uuid,
        [paused](Mapping* mapping) {
          mapping->settings.paused = paused;
          return Status::Ok();
        },
        done);
  });
  return changed.ok() ? ShowMapping(services, changed.value()) : AnswerOf(changed.status());
}

AdminAnswer Seek(const MappingCall& call, json::Value body) {
  const Result<streams::StreamPlace> place = ParsePlace(body.Find("to"));
  if (!place.ok()) {
    return AnswerOf(place.status());
  }
  const Result<Mapping> moved = Await<Mapping>(
      [&](auto done) { call.services.mappings->Seek(call.uuid, place.value(), done); });
  return moved.ok() ? ShowLanes(call, moved.value()) : AnswerOf(moved.status());
}

// Sets the function that `body` names; an error for the client otherwise.
std::optional<AdminAnswer> SetFunction(const api::Services& services, json::Value body,
                                       Mapping* mapping) {
  const json::Value named = body.Find("functionName");
  std::optional<streams::FunctionName> name = named.present() && named.IsString()
                                                  ? streams::ParseFunctionName(named.AsString())
                                                  : std::nullopt;
  if (!name.has_value()) {
    return AdminAnswer{400, "functionName must be the name or the ARN of a function"};
  }
  if (const Status status =
          streams::CompleteFunctionName(services.region, services.account, "", &*name);
      !status.ok()) {
    return AnswerOf(status);
  }
  if (services.functions != nullptr &&
      services.functions->Resolve(name->name, name->qualifier) == nullptr) {
    return AdminAnswer{404, "there is no such function"};
  }
  mapping->settings.function_name = name->name;
  mapping->settings.qualifier = name->qualifier;
  for (const Mapping& other : services.mappings->List()) {
    if (other.event_source_arn == mapping->event_source_arn &&
        other.settings.function_name == name->name && other.settings.qualifier == name->qualifier) {
      return AdminAnswer{409, "the function has a mapping of this source already: " + other.uuid};
    }
  }
  return std::nullopt;
}

AdminAnswer Clone(const MappingCall& call, const Mapping& original, json::Value body) {
  using Kind = streams::StreamPlace::Kind;
  Mapping mapping = original;
  mapping.uuid = NewUuid(call.services.random);
  mapping.settings.paused = false;
  if (std::optional<AdminAnswer> refusal = SetFunction(call.services, body, &mapping)) {
    return *std::move(refusal);
  }
  const Result<streams::StreamPlace> place = ParsePlace(body.Find("from"));
  if (!place.ok()) {
    return AnswerOf(place.status());
  }
  // What the API shows of the place; it knows no sequence numbers.
  mapping.starting_position =
      place.value().kind == Kind::kLatest ? streams::StartingPosition::kLatest
      : place.value().kind == Kind::kTime ? streams::StartingPosition::kAtTimestamp
                                          : streams::StartingPosition::kTrimHorizon;
  mapping.starting_timestamp_ms = place.value().time_ms;
  const Result<Mapping> created = Await<Mapping>([&](auto done) {
    call.services.mappings->CreateAt(std::move(mapping), place.value(), done);
  });
  if (!created.ok()) {
    return AnswerOf(created.status());
  }
  AdminAnswer answer = ShowMapping(call.services, created.value());
  answer.status = 201;
  return answer;
}

AdminAnswer ListDiscards(const MappingCall& call) {
  const std::string_view query = call.exchange->head.query();
  uint64_t after = 0;
  size_t limit = kListedDefault;
  if (const std::optional<std::string> text = QueryParameter(query, "after")) {
    after = ParseId(*text).value_or(0);
  }
  if (const std::optional<std::string> text = QueryParameter(query, "limit")) {
    limit = std::min<size_t>(ParseId(*text).value_or(kListedDefault), kListedMax);
  }
  const Result<std::vector<Discard>> discards = call.ledger->List(call.uuid, after, limit);
  if (!discards.ok()) {
    return AnswerOf(discards.status());
  }
  AdminAnswer answer;
  json::Writer writer(&answer.text);
  writer.BeginObject();
  writer.Key("discards");
  writer.BeginArray();
  for (const Discard& discard : discards.value()) {
    writer.BeginObject();
    WriteDiscardMembers(discard, &writer);
    writer.EndObject();
  }
  writer.EndArray();
  writer.EndObject();
  return answer;
}

AdminAnswer ShowDiscard(const MappingCall& call, uint64_t id) {
  const Result<Discard> discard = call.ledger->Find(call.uuid, id);
  if (!discard.ok()) {
    return AnswerOf(discard.status());
  }
  AdminAnswer answer;
  json::Writer writer(&answer.text);
  writer.BeginObject();
  WriteDiscardMembers(discard.value(), &writer);
  // The records are found with the filter and the stream of the mapping, as long as that is there.
  if (const std::optional<Mapping> mapping = call.services.mappings->Find(call.uuid)) {
    const Result<streams::DiscardedRecords> records =
        call.ledger->ReadRecords(*mapping, discard.value());
    if (records.ok()) {
      writer.Key("recordsRetained");
      writer.Bool(records.value().all_retained);
      writer.Key("event");
      writer.Raw(records.value().event);
    }
  }
  writer.EndObject();
  return answer;
}

// Answers as soon as the function is being invoked; what comes of it is noted in the entry.
AdminAnswer Redrive(const MappingCall& call, uint64_t id) {
  const std::optional<Mapping> mapping = call.services.mappings->Find(call.uuid);
  if (!mapping.has_value()) {
    return {409, "the mapping is gone, and with it the filter and the function of the records"};
  }
  if (const Result<Discard> discard = call.ledger->Find(call.uuid, id); !discard.ok()) {
    return AnswerOf(discard.status());
  }
  if (const Status status = call.ledger->Redrive(*mapping, id, [](const Result<Discard>&) {});
      !status.ok()) {
    return AnswerOf(status);
  }
  return {202, R"({"redrive":"started"})"};
}

AdminAnswer DeleteDiscard(const MappingCall& call, uint64_t id) {
  const Result<Discard> deleted =
      Await<Discard>([&](auto done) { call.ledger->Delete(call.uuid, id, done); });
  return deleted.ok() ? AdminAnswer{200, R"({"deleted":true})"} : AnswerOf(deleted.status());
}

AdminAnswer AnswerDiscards(const MappingCall& call) {
  const std::string_view method = call.exchange->head.method();
  if (call.rest.size() == 1 && method == "GET") {
    return ListDiscards(call);
  }
  const std::optional<uint64_t> id =
      call.rest.size() > 1 ? ParseId(call.rest[1]) : std::optional<uint64_t>();
  if (id.has_value() && call.rest.size() == 2 && method == "GET") {
    return ShowDiscard(call, *id);
  }
  if (id.has_value() && call.rest.size() == 2 && method == "DELETE") {
    return DeleteDiscard(call, *id);
  }
  if (id.has_value() && call.rest.size() == 3 && call.rest[2] == "redrive" && method == "POST") {
    return Redrive(call, *id);
  }
  return {404, "there is nothing here; see the documentation of /_admin/esm"};
}

// Changes whose body says how.
AdminAnswer AnswerMove(const MappingCall& call, const Mapping& mapping) {
  if (mapping.is_of_queue()) {
    return {409, "the source of the mapping is a queue, which has no places"};
  }
  json::Document document;
  if (!document.Parse(call.exchange->request_body.Terminated()).ok() ||
      !document.root().IsObject()) {
    return {400, "the body must be a JSON object"};
  }
  return call.rest[0] == "seek" ? Seek(call, document.root())
                                : Clone(call, mapping, document.root());
}

AdminAnswer AnswerMapping(const MappingCall& call) {
  if (!call.rest.empty() && call.rest[0] == "discards") {
    return AnswerDiscards(call);  // of mappings that are gone, too
  }
  const std::optional<Mapping> mapping = call.services.mappings->Find(call.uuid);
  if (!mapping.has_value()) {
    return NotFound();
  }
  if (call.rest.empty() && call.exchange->head.method() == "GET") {
    return ShowMapping(call.services, *mapping);
  }
  if (call.Is("GET", "lanes")) {
    return ShowLanes(call, *mapping);
  }
  if (call.Is("POST", "pause") || call.Is("POST", "resume")) {
    return SetPaused(call.services, call.uuid, call.rest[0] == "pause");
  }
  if (call.Is("POST", "seek") || call.Is("POST", "clone")) {
    return AnswerMove(call, *mapping);
  }
  return {404, "there is nothing here; see the documentation of /_admin/esm"};
}

}  // namespace

void AddMappingRoutes(const api::Services* services, streams::DiscardLedger* ledger,
                      std::vector<Route>* routes) {
  Route list;
  list.method = "GET";
  list.path = kPrefix.substr(0, kPrefix.size() - 1);
  list.handle = [services](Exchange* exchange) {
    AnswerOnWorker(*services, exchange, [services] { return ListMappings(*services); });
  };
  routes->push_back(std::move(list));

  Route one;
  one.path = kPrefix;
  one.is_prefix = true;
  one.handle = [services, ledger](Exchange* exchange) {
    AnswerOnWorker(*services, exchange, [services, ledger, exchange] {
      std::vector<std::string_view> parts = SplitPath(exchange->head.path().substr(kPrefix.size()));
      const std::string uuid(parts.front());
      parts.erase(parts.begin());
      return AnswerMapping({*services, ledger, exchange, uuid, std::move(parts)});
    });
  };
  routes->push_back(std::move(one));
}

}  // namespace millrace::server
