// Paths, headers and answers of the Runtime API.
#include "streams/invoke/runtime_protocol.h"

#include <algorithm>
#include <utility>

#include "storage/base/base64.h"

namespace millrace::streams {
namespace {

constexpr std::string_view kBase = "/2018-06-01/runtime/";
constexpr std::string_view kInvocation = "invocation/";

void Reply(RuntimeCall* call, int status, std::string body) {
  RuntimeReply reply;
  reply.status = status;
  reply.headers.emplace_back("Content-Type", "application/json");
  reply.body = std::move(body);
  call->Reply(std::move(reply));
}

void ReplyFailure(RuntimeCall* call, int status, const std::string& type,
                  const std::string& message) {
  Reply(call, status, "{\"errorType\":\"" + type + "\",\"errorMessage\":\"" + message + "\"}");
}

// White space between members of a JSON text may be line breaks, which would end a header.
std::string OneLine(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char byte) { return byte < 0x20; }, ' ');
  return text;
}

}  // namespace

RuntimeTarget ParseRuntimeTarget(std::string_view method, std::string_view path) {
  path = path.substr(0, path.find('?'));
  if (!path.starts_with(kBase)) {
    return {};
  }
  path.remove_prefix(kBase.size());
  if (method == "GET") {
    return path == "invocation/next" ? RuntimeTarget{RuntimeOperation::kNext, {}} : RuntimeTarget{};
  }
  if (method != "POST") {
    return {};
  }
  if (path == "init/error") {
    return {RuntimeOperation::kInitError, {}};
  }
  const size_t slash = path.find('/', kInvocation.size());
  if (!path.starts_with(kInvocation) || slash == std::string_view::npos) {
    return {};
  }
  const std::string_view id = path.substr(kInvocation.size(), slash - kInvocation.size());
  const std::string_view what = path.substr(slash + 1);
  if (what == "response") {
    return {RuntimeOperation::kResponse, id};
  }
  return what == "error" ? RuntimeTarget{RuntimeOperation::kError, id} : RuntimeTarget{};
}

void ReplyAccepted(RuntimeCall* call) { Reply(call, 202, R"({"status":"OK"})"); }

void ReplyInvalidId(RuntimeCall* call) {
  ReplyFailure(call, 400, "InvalidRequestID", "Invalid request ID");
}

void ReplyInvalidState(RuntimeCall* call) {
  ReplyFailure(call, 400, "InvalidStateTransition", "State transition is not allowed");
}

void ReplyUnknown(RuntimeCall* call) {
  ReplyFailure(call, 404, "NotFound", "There is no such call");
}

void ReplyTooLarge(RuntimeCall* call) {
  ReplyFailure(call, 413, "RequestEntityTooLarge",
               "Exceeded maximum allowed payload size (6291556 bytes).");
}

void ReplyNext(RuntimeCall* call, const Invocation& invocation, int64_t deadline_ms) {
  const InvokeRequest& request = invocation.request;
  RuntimeReply reply;
  auto& headers = reply.headers;
  headers.reserve(9);
  headers.emplace_back("Content-Type", "application/json");
  headers.emplace_back("Lambda-Runtime-Aws-Request-Id", invocation.id);
  headers.emplace_back("Lambda-Runtime-Deadline-Ms", std::to_string(deadline_ms));
  headers.emplace_back("Lambda-Runtime-Invoked-Function-Arn",
                       request.qualifier.empty()
                           ? invocation.function->arn
                           : invocation.function->arn + ":" + request.qualifier);
  headers.emplace_back("Lambda-Runtime-Trace-Id", invocation.trace_id);
  if (!request.client_context.empty()) {
    headers.emplace_back("Lambda-Runtime-Client-Context", OneLine(request.client_context));
  }
  if (!request.checkpoint_token.empty()) {
    headers.emplace_back("Lambda-Runtime-Checkpoint-Token", request.checkpoint_token);
  }
  if (!request.replay_id.empty()) {
    headers.emplace_back("Lambda-Runtime-Replay-Id", request.replay_id);
  }
  // The only copy: the caller keeps its event for another attempt.
  reply.body = request.payload == nullptr || request.payload->empty() ? "{}" : *request.payload;
  call->Reply(std::move(reply));
}

InvocationEnd EndOf(const RuntimeCall& call, RuntimeOperation operation) {
  if (operation != RuntimeOperation::kResponse) {
    return HandlerFailed(std::string(call.body()),
                         std::string(call.header("Lambda-Runtime-Function-Error-Type")));
  }
  if (call.header("Lambda-Runtime-Function-Response-Mode") == "streaming") {
    // A handler that fails when a part of its response is on its way says so in trailers.
    const std::string_view type = call.header("Lambda-Runtime-Function-Error-Type");
    if (!type.empty()) {
      std::string document;
      if (DecodeBase64(call.header("Lambda-Runtime-Function-Error-Body"), &document) !=
          Base64Error::kNone) {
        document = "{}";
      }
      return HandlerFailed(std::move(document), std::string(type));
    }
  }
  InvocationEnd end;
  end.payload = std::string(call.body());
  return end;
}

}  // namespace millrace::streams
