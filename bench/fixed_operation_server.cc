// The server itself with everything below its front cut off: sessions, gate and dispatch are the
// product's own, and the only operation, GetItem, answers with a fixed body at once. What a GetItem
// costs above this is parsing its input, reading the store and writing its reply. Lives here and
// not in the server, which has no such mode.
#include <signal.h>

#include <array>
#include <cstdio>
#include <string>

#include "api/wire/dispatch.h"
#include "bench/load/flags.h"
#include "server/auth/authenticator.h"
#include "server/gate/gate.h"
#include "server/http/http_server.h"
#include "storage/base/clock.h"
#include "storage/base/random.h"

namespace millrace::bench {
namespace {

// What GetItem answers. Set once before the server starts.
std::string fixed_body;

void RunFixed(const api::Services&, api::Call* call) {
  call->body = fixed_body;
  call->Finish();
}

constexpr api::Shape kAnything = {api::ShapeKind::kStructure, "GetItemInput", nullptr, {}};
constexpr std::array<api::Operation, 1> kOperations = {
    {{api::ServiceName::kDynamoDb, "GetItem", &kAnything, RunFixed}}};

int Serve(int argc, char** argv) {
  Flags flags(argc, argv, "Answers GetItem with a fixed body through the server's own front.");
  const int64_t port = flags.Integer("port", 0, "port on 127.0.0.1; 0: any free one");
  const int64_t body_bytes = flags.Integer("body_bytes", 272, "size of the reply body");
  const int64_t threads = flags.Integer("threads", 1, "I/O threads");
  flags.Finish();
  constexpr std::string_view kStart = R"({"Item":{"padding":{"S":")";
  constexpr std::string_view kEnd = R"("}}})";
  const size_t around = kStart.size() + kEnd.size();
  const auto size = static_cast<size_t>(body_bytes);
  fixed_body.append(kStart).append(size > around ? size - around : 0, 'x').append(kEnd);

  // Blocked before any thread exists, so that only sigwait sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const SystemClock clock;
  SystemRandom random;
  const api::Dispatcher dispatcher(api::Services(), kOperations);
  const server::OpenAuthenticator authenticator;
  const server::Gate gate(&dispatcher, &authenticator, "us-east-1", {});
  server::HttpOptions options;
  options.port = static_cast<uint16_t>(port);
  options.io_threads = static_cast<int>(threads);
  server::HttpServer http(options, &clock, &random);
  const Status status = http.Start(&gate);
  if (!status.ok()) {
    std::fprintf(stderr, "fixed_operation_server: %s\n", status.ToString().c_str());
    return 1;
  }
  std::printf("fixed_operation_server ready on http://127.0.0.1:%d\n", http.port());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  http.Stop(1000);
  return 0;
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) { return millrace::bench::Serve(argc, argv); }
