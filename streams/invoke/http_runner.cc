// Posts events and reads answers.
#include "streams/invoke/http_runner.h"

#include <utility>

#include "storage/base/base64.h"
#include "storage/base/json.h"
#include "streams/invoke/environment_log.h"

namespace millrace::streams {
namespace {

constexpr int kStatusOk = 200;
constexpr int kStatusTooManyRequests = 429;
constexpr char kEmulatorPath[] = "/2015-03-31/functions/function/invocations";

HttpPost PostOf(const Invocation& invocation) {
  const InvokeRequest& request = invocation.request;
  HttpPost post;
  post.url = InvocationUrl(invocation.function->url);
  post.body = request.payload;
  post.timeout_ms = invocation.function->timeout_ms;
  post.headers.emplace_back("Content-Type", "application/json");
  post.headers.emplace_back("X-Amzn-Trace-Id", invocation.trace_id);
  if (!request.client_context.empty()) {
    std::string encoded;
    EncodeBase64(request.client_context, &encoded);
    post.headers.emplace_back("X-Amz-Client-Context", encoded);
  }
  if (!request.checkpoint_token.empty()) {
    post.headers.emplace_back("Lambda-Runtime-Checkpoint-Token", request.checkpoint_token);
  }
  if (!request.replay_id.empty()) {
    post.headers.emplace_back("Lambda-Runtime-Replay-Id", request.replay_id);
  }
  return post;
}

}  // namespace

std::string InvocationUrl(const std::string& url) {
  const size_t scheme = url.find("://");
  const size_t path = url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
  if (path == std::string::npos) {
    return url + kEmulatorPath;
  }
  return path + 1 == url.size() ? url.substr(0, path) + kEmulatorPath : url;
}

bool IsFailureDocument(const std::string& body) {
  if (!body.starts_with('{') || body.find("\"errorType\"") == std::string::npos) {
    return false;
  }
  std::string text = body;
  json::Document document;
  if (!document.Parse(text).ok() || !document.root().IsObject()) {
    return false;
  }
  const json::Value type = document.root().Find("errorType");
  const json::Value message = document.root().Find("errorMessage");
  return type.present() && type.IsString() && message.present() && message.IsString();
}

void HttpRunner::Submit(const InvocationPointer& invocation) {
  if (services_.dependencies.poster == nullptr) {
    listener_->OnRefused(invocation, InvokeOutcome::kServerFault, "",
                         "this server posts no events to URLs");
    return;
  }
  invocation->delivered_us = services_.MonotonicUs();
  invocation->delivered_ms = services_.NowMs();
  const uint64_t number = ++last_number_;
  running_.emplace(number, invocation);
  const std::weak_ptr<bool> alive = alive_;
  const std::shared_ptr<EventLoop> loop = services_.loop;
  services_.dependencies.poster->Post(
      PostOf(*invocation), [this, loop, alive, number](Result<HttpAnswer> answer) {
        loop->Post([this, alive, number, answer = std::move(answer)]() mutable {
          if (!alive.expired()) {
            OnAnswer(number, std::move(answer));
          }
        });
      });
}

void HttpRunner::OnAnswer(uint64_t number, Result<HttpAnswer> answer) {
  const auto found = running_.find(number);
  if (found == running_.end()) {
    return;
  }
  const InvocationPointer invocation = found->second;
  running_.erase(found);
  if (answer.ok()) {
    EndWithAnswer(invocation, std::move(answer).value());
    return;
  }
  switch (answer.status().code()) {
    case StatusCode::kFailedPrecondition:
      End(invocation, TimedOut(invocation->id, invocation->function->timeout_ms));
      return;
    case StatusCode::kResourceExhausted:
      End(invocation, ResponseTooLarge());
      return;
    default:
      listener_->OnRefused(invocation, InvokeOutcome::kServerFault, "",
                           invocation->function->url + ": " + answer.status().ToString());
  }
}

void HttpRunner::EndWithAnswer(const InvocationPointer& invocation, HttpAnswer answer) {
  if (answer.status == kStatusTooManyRequests) {
    listener_->OnRefused(invocation, InvokeOutcome::kThrottled, "ConcurrentInvocationLimitExceeded",
                         invocation->function->url + " is busy");
    return;
  }
  if (answer.status != kStatusOk) {
    listener_->OnRefused(
        invocation, InvokeOutcome::kServerFault, "",
        invocation->function->url + " answered with status " + std::to_string(answer.status));
    return;
  }
  const std::string error(answer.Header("x-amz-function-error"));
  if (!error.empty() || IsFailureDocument(answer.body)) {
    End(invocation, HandlerFailed(std::move(answer.body), error));
    return;
  }
  InvocationEnd end;
  end.payload = std::move(answer.body);
  End(invocation, std::move(end));
}

void HttpRunner::End(const InvocationPointer& invocation, InvocationEnd end) {
  // What the handler writes stays where it runs; when it ran is here.
  const InvokerDependencies& dependencies = services_.dependencies;
  EnvironmentLog log(invocation->function, dependencies.logs, "http", false,
                     invocation->delivered_ms);
  const int64_t duration_us = services_.MonotonicUs() - invocation->delivered_us;
  log.Start(invocation.get(), invocation->delivered_ms);
  log.End(invocation.get(), end, duration_us, services_.NowMs());
  log.Flush();
  listener_->OnEnded(invocation, std::move(end), log.stream());
}

void HttpRunner::Abandon() {
  const auto running = std::exchange(running_, {});
  for (const auto& [number, invocation] : running) {
    listener_->OnRefused(invocation, InvokeOutcome::kShuttingDown, "",
                         "the server is shutting down");
  }
}

}  // namespace millrace::streams
