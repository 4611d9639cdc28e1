// Reading what operators want replayed or tried. Everything is done on a worker, as it reads the
// log or waits for commits.
#include "server/admin/replay_routes.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "api/wire/arn.h"
#include "server/admin/place_json.h"
#include "server/admin/worker_answer.h"
#include "storage/base/json.h"
#include "streams/functions/function_catalog.h"
#include "streams/functions/function_name.h"
#include "streams/mappings/filter_trial.h"
#include "streams/mappings/stream_place.h"

namespace millrace::server {
namespace {

using streams::ReplayJob;

constexpr std::string_view kReplayPrefix = "/_admin/replay/";
constexpr int64_t kRatePerSecondMax = 1'000'000;
constexpr int64_t kLastDefault = 1000;

Status Refused(const std::string& text) { return Status(StatusCode::kInvalidArgument, text); }

// What the routes need.
struct ReplayParts {
  const api::Services* services = nullptr;
  streams::StreamSource source;
  streams::ReplayJobs* replays = nullptr;
};

Result<tables::StreamPointer> FindStream(const api::Services& services, json::Value arn) {
  if (!arn.present() || !arn.IsString()) {
    return Refused("streamArn must be the ARN of a stream");
  }
  const std::optional<api::StreamArn> parsed = api::ParseStreamArn(arn.AsString());
  if (!parsed.has_value()) {
    return Refused("streamArn must be the ARN of a stream");
  }
  tables::StreamPointer stream =
      api::IsLocal(services, parsed->table)
          ? services.streams->Find(parsed->table.table_name, parsed->label)
          : nullptr;
  if (stream == nullptr) {
    return Status(StatusCode::kNotFound, "there is no such stream");
  }
  return stream;
}

Status ReadFunction(const api::Services& services, json::Value body, ReplayJob* job) {
  const json::Value named = body.Find("functionName");
  if (job->dry_run && !named.present()) {
    return Status::Ok();
  }
  std::optional<streams::FunctionName> name = named.present() && named.IsString()
                                                  ? streams::ParseFunctionName(named.AsString())
                                                  : std::nullopt;
  if (!name.has_value()) {
    return Refused("functionName must be the name or the ARN of a function");
  }
  RETURN_IF_ERROR(streams::CompleteFunctionName(services.region, services.account, "", &*name));
  if (services.functions != nullptr &&
      services.functions->Resolve(name->name, name->qualifier) == nullptr) {
    return Status(StatusCode::kNotFound, "there is no such function");
  }
  job->function_name = name->name;
  job->qualifier = name->qualifier;
  return Status::Ok();
}

Status ReadOptions(json::Value body, ReplayJob* job) {
  if (const json::Value filter = body.Find("filter"); filter.present()) {
    if (filter.IsString()) {
      job->filter = filter.AsString();
    } else {
      return Refused("filter must be a text that holds a pattern");
    }
  }
  if (const json::Value rate = body.Find("ratePerSecond"); rate.present()) {
    if (!rate.IsNumber() || rate.IsFractional() || rate.AsInt64() < 0 ||
        rate.AsInt64() > kRatePerSecondMax) {
      return Refused("ratePerSecond must be a whole number of records, 0 for no limit");
    }
    job->rate_per_second = rate.AsInt64();
  }
  if (const json::Value dry_run = body.Find("dryRun"); dry_run.present()) {
    if (!dry_run.IsBool()) {
      return Refused("dryRun must be true or false");
    }
    job->dry_run = dry_run.AsBool();
  }
  return Status::Ok();
}

// The first and the last sequence: from the beginning of `from` up to `to`, which is included if it
// is a sequence number, and is the newest record if it is left out.
Status ReadPiece(const api::Services& services, const tables::Stream& stream, json::Value body,
                 ReplayJob* job) {
  streams::StreamPlace from;
  streams::StreamPlace to;
  to.kind = streams::StreamPlace::Kind::kLatest;
  if (const json::Value place = body.Find("from"); place.present()) {
    ASSIGN_OR_RETURN(from, ParsePlace(place));
  }
  if (const json::Value place = body.Find("to"); place.present()) {
    ASSIGN_OR_RETURN(to, ParsePlace(place));
  }
  ASSIGN_OR_RETURN(const std::vector<uint64_t> begins,
                   PositionsBefore(*services.change_log, stream, from));
  ASSIGN_OR_RETURN(const std::vector<uint64_t> ends,
                   PositionsBefore(*services.change_log, stream, to));
  job->from = *std::min_element(begins.begin(), begins.end()) + 1;
  job->to = to.kind == streams::StreamPlace::Kind::kSequence
                ? to.sequence
                : *std::min_element(ends.begin(), ends.end());
  job->to = std::min(job->to, services.change_log->last_sequence());
  return job->to < job->from ? Refused("there is nothing between from and to") : Status::Ok();
}

Result<ReplayJob> ReadJob(const api::Services& services, json::Value body) {
  ReplayJob job;
  ASSIGN_OR_RETURN(const tables::StreamPointer stream,
                   FindStream(services, body.Find("streamArn")));
  RETURN_IF_ERROR(ReadOptions(body, &job));
  RETURN_IF_ERROR(ReadFunction(services, body, &job));
  RETURN_IF_ERROR(ReadPiece(services, *stream, body, &job));
  job.id = NewUuid(services.random);
  job.stream_arn = body.Find("streamArn").AsString();
  job.stream_id = stream->descriptor.stream_id;
  return job;
}

AdminAnswer CreateReplay(const ReplayParts& parts, json::Value body) {
  Result<ReplayJob> job = ReadJob(*parts.services, body);
  if (!job.ok()) {
    return AnswerOf(job.status());
  }
  const Result<ReplayJob> created =
      Await<ReplayJob>([&](auto done) { parts.replays->Create(std::move(job).value(), done); });
  return created.ok() ? AdminAnswer{201, streams::ReplayJson(created.value())}
                      : AnswerOf(created.status());
}

AdminAnswer ListReplays(const ReplayParts& parts) {
  AdminAnswer answer;
  json::Writer writer(&answer.text);
  writer.BeginObject();
  writer.Key("replays");
  writer.BeginArray();
  for (const ReplayJob& job : parts.replays->List()) {
    writer.Raw(streams::ReplayJson(job));
  }
  writer.EndArray();
  writer.EndObject();
  return answer;
}

AdminAnswer AnswerReplay(const ReplayParts& parts, std::string_view method, const std::string& id) {
  if (method == "GET") {
    const std::optional<ReplayJob> job = parts.replays->Find(id);
    return job.has_value() ? AdminAnswer{200, streams::ReplayJson(*job)}
                           : AdminAnswer{404, "there is no such replay"};
  }
  if (method == "DELETE") {
    const Result<ReplayJob> ended =
        Await<ReplayJob>([&](auto done) { parts.replays->Cancel(id, done); });
    return ended.ok() ? AdminAnswer{200, streams::ReplayJson(ended.value())}
                      : AnswerOf(ended.status());
  }
  return {405, "a replay can be looked at and deleted"};
}

void WriteSamples(std::string_view name, const std::vector<std::string>& samples,
                  json::Writer* writer) {
  writer->Key(name);
  writer->BeginArray();
  for (const std::string& sample : samples) {
    writer->Raw(sample);
  }
  writer->EndArray();
}

AdminAnswer TestFilter(const ReplayParts& parts, json::Value body) {
  const Result<tables::StreamPointer> stream = FindStream(*parts.services, body.Find("streamArn"));
  if (!stream.ok()) {
    return AnswerOf(stream.status());
  }
  const json::Value pattern = body.Find("pattern");
  const json::Value last = body.Find("last");
  if (!pattern.present() || !pattern.IsString()) {
    return {400, "pattern must be a text that holds a pattern"};
  }
  const int64_t count = last.present() && last.IsNumber() ? last.AsInt64() : kLastDefault;
  if (count < 1 || count > static_cast<int64_t>(streams::kTrialRecordsMax)) {
    return {400, "last must be between 1 and " + std::to_string(streams::kTrialRecordsMax)};
  }
  const Result<streams::FilterTrial> trial = streams::TryFilter(
      parts.source, *stream.value(), std::string(body.Find("streamArn").AsString()),
      std::string(pattern.AsString()), static_cast<size_t>(count));
  if (!trial.ok()) {
    return AnswerOf(trial.status());
  }
  AdminAnswer answer;
  json::Writer writer(&answer.text);
  writer.BeginObject();
  writer.Key("matched");
  writer.Int(trial.value().matched);
  writer.Key("unmatched");
  writer.Int(trial.value().unmatched);
  WriteSamples("matchedSamples", trial.value().matched_samples, &writer);
  WriteSamples("unmatchedSamples", trial.value().unmatched_samples, &writer);
  writer.EndObject();
  return answer;
}

// A route whose body must be an object.
Route BodyRoute(const ReplayParts& parts, std::string path,
                AdminAnswer (*answer)(const ReplayParts&, json::Value)) {
  Route route;
  route.method = "POST";
  route.path = std::move(path);
  route.handle = [parts, answer](Exchange* exchange) {
    AnswerOnWorker(*parts.services, exchange, [parts, answer, exchange]() -> AdminAnswer {
      json::Document document;
      if (!document.Parse(exchange->request_body.Terminated()).ok() ||
          !document.root().IsObject()) {
        return {400, "the body must be a JSON object"};
      }
      return answer(parts, document.root());
    });
  };
  return route;
}

}  // namespace

void AddReplayRoutes(const api::Services* services, const streams::StreamSource& source,
                     streams::ReplayJobs* replays, std::vector<Route>* routes) {
  const ReplayParts parts = {services, source, replays};
  routes->push_back(BodyRoute(parts, "/_admin/replay", CreateReplay));
  routes->push_back(BodyRoute(parts, "/_admin/filter/test", TestFilter));

  Route list;
  list.method = "GET";
  list.path = "/_admin/replay";
  list.handle = [parts](Exchange* exchange) {
    AnswerOnWorker(*parts.services, exchange, [parts] { return ListReplays(parts); });
  };
  routes->push_back(std::move(list));

  Route one;
  one.path = kReplayPrefix;
  one.is_prefix = true;
  one.handle = [parts](Exchange* exchange) {
    AnswerOnWorker(*parts.services, exchange, [parts, exchange] {
      return AnswerReplay(parts, exchange->head.method(),
                          std::string(exchange->head.path().substr(kReplayPrefix.size())));
    });
  };
  routes->push_back(std::move(one));
}

}  // namespace millrace::server
