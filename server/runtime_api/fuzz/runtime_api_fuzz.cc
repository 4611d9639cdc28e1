// Feeds arbitrary bytes to a connection of the Runtime API, as a function's process may send them:
// connection, parser, and what the environments read of a call. The first line of the input says in
// which pieces the rest arrives; however it is cut up, the answers must be the same.
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <string_view>

#include "server/http/scripted_socket.h"
#include "server/runtime_api/loopback_connection.h"
#include "storage/base/json.h"
#include "streams/invoke/runtime_protocol.h"

namespace millrace::server {
namespace {

using streams::RuntimeCall;
using streams::RuntimeOperation;

constexpr int kIdleStepsMax = 100'000;
constexpr int kPatience = 16;

void AnswerNext(RuntimeCall* call) {
  streams::Invocation invocation;
  auto function = std::make_shared<streams::RunnableFunction>();
  function->arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
  invocation.function = function;
  invocation.id = "11111111-1111-4111-8111-111111111111";
  // Whatever the caller of the function has said must not end a header.
  invocation.request.client_context = std::string(call->header("X-Context"));
  invocation.request.payload = std::make_shared<const std::string>("{\"event\":1}");
  streams::ReplyNext(call, invocation, 1763683200000);
}

void Handle(const std::shared_ptr<RuntimeCall>& call) {
  const streams::RuntimeTarget target = streams::ParseRuntimeTarget(call->method(), call->path());
  if (call->too_large()) {
    CHECK(call->body().empty());
    streams::ReplyTooLarge(call.get());
    return;
  }
  switch (target.operation) {
    case RuntimeOperation::kNext:
      AnswerNext(call.get());
      return;
    case RuntimeOperation::kResponse:
    case RuntimeOperation::kError:
    case RuntimeOperation::kInitError: {
      const streams::InvocationEnd end = streams::EndOf(*call, target.operation);
      if (end.status != streams::InvocationEnd::Status::kSuccess) {
        CHECK(!end.error_type.empty());
      }
      if (target.id == "other") {
        streams::ReplyInvalidId(call.get());
      } else {
        streams::ReplyAccepted(call.get());
      }
      return;
    }
    case RuntimeOperation::kUnknown:
      if (call->path() == "/never") {
        return;  // nobody answers, which costs the client its connection
      }
      streams::ReplyUnknown(call.get());
      return;
  }
}

// The thread of all connections; runs until the process ends.
const std::shared_ptr<IoThread>& Thread() {
  static const auto* const thread = [] {
    auto* made = new std::shared_ptr<IoThread>(std::make_shared<IoThread>());
    (*made)->Start();
    return made;
  }();
  return *thread;
}

// One connection from its beginning to its end.
class Run {
 public:
  Run(std::string_view input, std::string_view piece_sizes) {
    peer_.to_send = input;
    peer_.piece_sizes = piece_sizes;
    // A process that finishes before it has its answer is taken for dead.
    peer_.patience = kPatience;
    port_ = std::make_shared<PortState>(Handle);
    Thread()->RunOnThread([this] {
      connection_ = std::make_shared<LoopbackConnection>(
          Thread(), port_, std::make_unique<ScriptedSocket>(&peer_), [](LoopbackConnection*) {});
      connection_->Start();
      Step();
    });
    finished_.get_future().get();
    port_->Close();
  }

  // Without the interim answers, which depend on the pieces.
  std::string answers() const {
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    std::string answers = peer_.received;
    for (size_t at = answers.find(kContinue); at != std::string::npos;
         at = answers.find(kContinue)) {
      answers.erase(at, kContinue.size());
    }
    return answers;
  }

 private:
  // The thread does what was posted meanwhile before the next step.
  void Step() {
    if (peer_.destroyed) {
      connection_.reset();
      finished_.set_value();
      return;
    }
    idle_steps_ = peer_.Advance() ? 0 : idle_steps_ + 1;
    CHECK(idle_steps_ < kIdleStepsMax);
    Thread()->RunOnThread([this] { Step(); });
  }

  ScriptedPeer peer_;
  std::shared_ptr<PortState> port_;
  std::shared_ptr<LoopbackConnection> connection_;
  int idle_steps_ = 0;
  std::promise<void> finished_;
};

}  // namespace
}  // namespace millrace::server

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) {
    return 0;
  }
  const millrace::server::Run at_once(text.substr(end + 1), {});
  const millrace::server::Run cut(text.substr(end + 1), text.substr(0, end));
  // The parser may wait for more before it refuses what stands where the end of a chunk should be.
  const std::string answers = at_once.answers();
  const std::string answers_to_pieces = cut.answers();
  CHECK(answers.starts_with(answers_to_pieces));
  const std::string_view rest = std::string_view(answers).substr(answers_to_pieces.size());
  CHECK(rest.empty() || (rest.starts_with("HTTP/1.1 400 ") && rest.rfind("HTTP/1.1 ") == 0));
  return 0;
}
