// Answering questions about functions that run. The invoker's loop is waited for, so everything
// happens on a worker.
#include "server/admin/function_routes.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "server/admin/admin_reply.h"
#include "server/request/query.h"
#include "storage/base/json.h"
#include "storage/base/utf8.h"
#include "streams/functions/function_name.h"

namespace millrace::server {
namespace {

using streams::EnvironmentView;
using streams::FunctionInvoker;
using streams::InvocationRecord;

constexpr std::string_view kPrefix = "/_admin/functions/";
constexpr size_t kInvocationsDefault = 20;

struct Reply {
  int status = 200;
  std::string text;
};

Reply Refused(int status, std::string_view why) {
  Reply reply;
  reply.status = status;
  json::Writer writer(&reply.text);
  writer.BeginObject();
  writer.Member("error", why);
  writer.EndObject();
  return reply;
}

void WriteInt(std::string_view name, int64_t value, json::Writer* writer) {
  writer->Key(name);
  writer->Int(value);
}

// What processes and clients have written need not be text.
void WriteBytes(std::string_view name, std::string_view bytes, json::Writer* writer) {
  writer->Key(name);
  if (IsValidUtf8(bytes)) {
    writer->String(bytes);
    return;
  }
  // A sample is cut anywhere: the character at its end may be half.
  for (size_t cut = 1; cut < 4 && cut < bytes.size(); ++cut) {
    if (IsValidUtf8(bytes.substr(0, bytes.size() - cut))) {
      writer->String(bytes.substr(0, bytes.size() - cut));
      return;
    }
  }
  std::string shown(bytes);
  std::replace_if(
      shown.begin(), shown.end(),
      [](char character) { return static_cast<unsigned char>(character) >= 0x80; }, '?');
  writer->String(shown);
}

void WriteLog(std::string_view group, std::string_view stream, json::Writer* writer) {
  writer->Member("logGroup", group);
  writer->Member("logStream", stream);
}

void WriteEnvironment(const EnvironmentView& environment, json::Writer* writer) {
  writer->BeginObject();
  writer->Member("id", environment.id);
  writer->Member("version", environment.version);
  writer->Member("revisionId", environment.revision_id);
  writer->Member("state", environment.state);
  writer->Key("provisioned");
  writer->Bool(environment.provisioned);
  WriteInt("processId", environment.process_id, writer);
  WriteInt("startedMs", environment.started_ms, writer);
  WriteInt("lastUsedMs", environment.last_used_ms, writer);
  WriteInt("invocations", environment.invocations, writer);
  WriteInt("maxMemoryBytes", environment.max_memory_bytes, writer);
  WriteLog(environment.log_group, environment.log_stream, writer);
  writer->Key("log");
  writer->BeginArray();
  for (const streams::LogLine& line : environment.lines) {
    writer->BeginObject();
    WriteInt("timeMs", line.time_ms, writer);
    WriteBytes("text", line.text, writer);
    writer->EndObject();
  }
  writer->EndArray();
  writer->EndObject();
}

void WriteInvocation(const InvocationRecord& record, json::Writer* writer) {
  writer->BeginObject();
  writer->Member("id", record.request_id);
  writer->Member("version", record.version);
  writer->Member("trigger", record.trigger.empty() ? "invoke" : record.trigger);
  writer->Member("status", record.status);
  if (!record.error_type.empty()) {
    writer->Member("errorType", record.error_type);
  }
  WriteInt("startedMs", record.started_ms, writer);
  writer->Key("durationMs");
  writer->Double(static_cast<double>(record.duration_us) / 1000);
  if (record.init_duration_us >= 0) {
    writer->Key("initDurationMs");
    writer->Double(static_cast<double>(record.init_duration_us) / 1000);
  }
  WriteLog(record.log_group, record.log_stream, writer);
  WriteBytes("payloadSample", record.payload_sample, writer);
  writer->EndObject();
}

Reply Environments(FunctionInvoker* invoker, const std::string& name) {
  Reply reply;
  json::Writer writer(&reply.text);
  writer.BeginObject();
  writer.Key("environments");
  writer.BeginArray();
  for (const EnvironmentView& environment : invoker->Environments(name)) {
    WriteEnvironment(environment, &writer);
  }
  writer.EndArray();
  writer.EndObject();
  return reply;
}

Reply Invocations(FunctionInvoker* invoker, const std::string& name, const std::string& query) {
  size_t limit = kInvocationsDefault;
  if (const std::optional<std::string> text = QueryParameter(query, "limit"); text.has_value()) {
    const char* const end = text->data() + text->size();
    const auto [stop, error] = std::from_chars(text->data(), end, limit);
    if (error != std::errc() || stop != end || limit == 0) {
      return Refused(400, "limit must be a whole number above zero");
    }
  }
  Reply reply;
  json::Writer writer(&reply.text);
  writer.BeginObject();
  writer.Key("invocations");
  writer.BeginArray();
  for (const InvocationRecord& record : invoker->RecentInvocations(name, limit)) {
    WriteInvocation(record, &writer);
  }
  writer.EndArray();
  writer.EndObject();
  return reply;
}

Reply Recycle(FunctionInvoker* invoker, const std::string& name) {
  Reply reply;
  json::Writer writer(&reply.text);
  writer.BeginObject();
  WriteInt("environments", invoker->Recycle(name), &writer);
  writer.EndObject();
  return reply;
}

Reply Attach(FunctionInvoker* invoker, const std::string& name) {
  const Result<streams::AttachView> attached = invoker->Attach(name);
  if (!attached.ok()) {
    const StatusCode code = attached.status().code();
    return Refused(code == StatusCode::kNotFound             ? 404
                   : code == StatusCode::kFailedPrecondition ? 409
                                                             : 503,
                   attached.status().message());
  }
  Reply reply;
  json::Writer writer(&reply.text);
  writer.BeginObject();
  writer.Member("runtimeApi", attached.value().runtime_api);
  writer.Key("env");
  writer.BeginObject();
  for (const auto& [variable, value] : attached.value().environment) {
    writer.Member(variable, value);
  }
  writer.EndObject();
  writer.EndObject();
  return reply;
}

// What a path asks for.
struct Question {
  std::string name;  // of the function, bare
  std::string action;
  std::string query;
};

// The method that an action wants, empty: there is no such action.
std::string_view MethodOf(std::string_view action) {
  if (action == "environments" || action == "invocations") {
    return "GET";
  }
  return action == "recycle" || action == "attach" ? "POST" : std::string_view();
}

Reply Answer(const FunctionRouteParts& parts, const Question& question) {
  if (question.action == "environments") {
    return Environments(parts.invoker, question.name);
  }
  if (question.action == "invocations") {
    return Invocations(parts.invoker, question.name, question.query);
  }
  return question.action == "recycle" ? Recycle(parts.invoker, question.name)
                                      : Attach(parts.invoker, question.name);
}

class FunctionAnswer final : public api::Call::State, private Task {
 public:
  FunctionAnswer(const FunctionRouteParts& parts, Question question, Exchange* exchange)
      : parts_(parts),
        question_(std::move(question)),
        exchange_(exchange),
        finish_(exchange, &reply_) {}

  // False when the workers have no room.
  bool Begin() { return parts_.workers->TryPost(this); }

 private:
  class Finishing final : public Task {
   public:
    Finishing(Exchange* exchange, const Reply* reply) : exchange_(exchange), reply_(reply) {}
    void Run() override { FinishJson(exchange_, reply_->status, reply_->text); }

   private:
    Exchange* const exchange_;
    const Reply* const reply_;
  };

  void Run() override {
    reply_ = Answer(parts_, question_);
    exchange_->home->PostOne(&finish_);
  }

  const FunctionRouteParts parts_;
  const Question question_;
  Exchange* const exchange_;
  Reply reply_;
  Finishing finish_;
};

// The bare name in a segment of a path; nothing if no function of this server can be meant.
std::optional<std::string> NameIn(const FunctionRouteParts& parts, std::string_view segment) {
  const std::optional<std::string> text = DecodeQueryText(segment);
  if (!text.has_value()) {
    return std::nullopt;
  }
  std::optional<streams::FunctionName> name = streams::ParseFunctionName(*text);
  if (!name.has_value() ||
      !streams::CompleteFunctionName(parts.region, parts.account, {}, &*name).ok()) {
    return std::nullopt;
  }
  return name->name;
}

void Handle(const FunctionRouteParts& parts, Exchange* exchange) {
  std::string_view rest = exchange->head.path();
  rest.remove_prefix(kPrefix.size());
  const size_t slash = rest.rfind('/');
  const std::string_view action =
      slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  const std::string_view method = MethodOf(action);
  if (method.empty()) {
    FinishError(exchange, 404, "there is environments, invocations, recycle and attach");
    return;
  }
  if (exchange->head.method() != method) {
    exchange->extra_headers = "Allow: " + std::string(method) + "\r\n";
    FinishError(exchange, 405, "use " + std::string(method));
    return;
  }
  const std::optional<std::string> name = NameIn(parts, rest.substr(0, slash));
  if (!name.has_value() || parts.functions->Resolve(*name, "") == nullptr) {
    FinishError(exchange, 404, "there is no such function");
    return;
  }
  auto answer = std::make_unique<FunctionAnswer>(
      parts, Question{*name, std::string(action), std::string(exchange->head.query())}, exchange);
  FunctionAnswer* const begun = answer.get();
  exchange->state = std::move(answer);
  if (!begun->Begin()) {
    FinishError(exchange, 503, "the server is busy");
  }
}

}  // namespace

void AddFunctionRoutes(const FunctionRouteParts& parts, std::vector<Route>* routes) {
  Route route;
  route.path = kPrefix;
  route.is_prefix = true;
  route.handle = [parts](Exchange* exchange) { Handle(parts, exchange); };
  routes->push_back(std::move(route));
}

}  // namespace millrace::server
