// Feeds arbitrary bytes to a connection as the server sees it: session, parser, gate, replies. The
// first line of the input says in which pieces they arrive and are taken, the rest is what the
// client sends. However it is cut up, the answers must be the same, each must be well formed, and
// what was counted must be given back.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http/scripted_socket.h"
#include "server/http/session.h"
#include "storage/base/digest.h"

namespace millrace::server {
namespace {

constexpr int64_t kNowMs = 1763683200000;
// Of a connection's work; a loop that never ends would show as a timeout only.
constexpr int kStepsMax = 2'000'000;

const api::ShapeMember kMembers[] = {{"text", &api::kStringShape}};
const api::Shape kShape = {api::ShapeKind::kStructure, "Test", nullptr, kMembers};

void RunEcho(const api::Services&, api::Call* call) {
  const json::Value text = call->input.Find("text");
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Member("text", text.present() ? text.AsString() : std::string_view());
  writer.EndObject();
  call->Finish();
}

// Answers after the thread has done something else.
void RunLater(const api::Services&, api::Call* call) {
  struct Later final : api::Call::State, Task {
    void Run() override { call->Finish(); }
    api::Call* call = nullptr;
  };
  auto later = std::make_unique<Later>();
  later->call = call;
  call->body.assign(9000, 'x');
  Task* const task = later.get();
  call->state = std::move(later);
  call->home->PostOne(task);
}

const api::Operation kOperations[] = {{api::ServiceName::kDynamoDb, "Echo", &kShape, RunEcho},
                                      {api::ServiceName::kDynamoDb, "Later", &kShape, RunLater}};

// A body in three pieces, the second of which lets others wait.
class ThreePieces final : public BodyStream, private Task {
 public:
  explicit ThreePieces(TaskQueue* home) : home_(home) {}
  void Start(Owner* owner) override { owner_ = owner; }
  Outcome Produce(size_t, std::string* out) override {
    ++piece_;
    if (piece_ == 2) {
      posted_ = true;
      home_->PostOne(this);
      return Outcome::kWait;
    }
    out->append(piece_ == 1 ? "first\n" : "last\n");
    return piece_ == 1 ? Outcome::kMore : Outcome::kEnd;
  }
  bool Close() override {
    closed_ = true;
    return !posted_;
  }

 private:
  void Run() override {
    posted_ = false;
    if (closed_) {
      owner_->StreamClosed();
    } else {
      owner_->StreamReady();
    }
  }

  TaskQueue* const home_;
  Owner* owner_ = nullptr;
  int piece_ = 0;
  bool posted_ = false;
  bool closed_ = false;
};

// The tasks of the thread, which is the fuzzer's.
class Tasks final : public TaskQueue {
 public:
  void Post(TaskList* tasks) override { tasks_.Splice(tasks); }
  bool RunOne() {
    Task* const task = tasks_.PopFront();
    if (task != nullptr) {
      task->Run();
    }
    return task != nullptr;
  }

 private:
  TaskList tasks_;
};

struct Answer {
  int status = 0;
  std::string head;
  std::string body;
  friend bool operator==(const Answer&, const Answer&) = default;
};

// Everything that a connection needs, made anew for each so that request ids are the same.
class Connection {
 public:
  Connection(std::string_view input, std::string_view piece_sizes)
      : dispatcher_(api::Services(), kOperations),
        gate_(&dispatcher_, &authenticator_, "us-east-1", Routes(&tasks_)) {
    peer_.to_send = input;
    peer_.piece_sizes = piece_sizes;
  }

  // With `disturbances`, its bytes say when the thread sweeps, and when it begins to drain.
  void Run(std::string_view disturbances) {
    SessionSet::Parts parts;
    parts.options = &options_;
    parts.gate = &gate_;
    parts.clock = &clock_;
    parts.admission = &admission_;
    parts.counters = &counters_;
    parts.thread_state = &thread_state_;
    parts.home = &tasks_;
    SessionSet sessions(parts);
    sessions.Accept(std::make_unique<ScriptedSocket>(&peer_));
    for (int step = 0; !peer_.destroyed; ++step) {
      CHECK(step < kStepsMax);
      if (!disturbances.empty()) {
        Disturb(static_cast<uint8_t>(disturbances[step % disturbances.size()]), &sessions);
      }
      // What was posted comes first or last, which must not matter.
      CHECK(peer_.destroyed || (step % 2 == 0 && tasks_.RunOne()) || peer_.Advance() ||
            tasks_.RunOne());
    }
    CHECK(!tasks_.RunOne());
    CHECK(admission_.connections() == 0 && admission_.requests() == 0);
    CHECK(admission_.bytes() == 0 && admission_.streams() == 0);
  }

  // What was answered. A last answer that the client has not waited for may be cut off.
  std::vector<Answer> Answers() const {
    std::vector<Answer> answers;
    std::string_view bytes = peer_.received;
    while (!bytes.empty()) {
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      if (bytes.starts_with(kContinue)) {
        bytes.remove_prefix(kContinue.size());
        continue;
      }
      Answer& answer = answers.emplace_back();
      const size_t end = bytes.find("\r\n\r\n");
      CHECK(end != std::string_view::npos && bytes.starts_with("HTTP/1.1 "));
      answer.head = bytes.substr(0, end + 2);
      answer.status = std::atoi(answer.head.c_str() + 9);
      CHECK(answer.status >= 200 && answer.status <= 599);
      bytes.remove_prefix(end + 4);
      TakeBody(&answer, &bytes);
    }
    return answers;
  }
  bool has_streamed() const {
    return peer_.received.find("Transfer-Encoding: chunked") != std::string::npos || streamed_old_;
  }

 private:
  std::vector<Route> Routes(TaskQueue* home) {
    Route stream;
    stream.method = "GET";
    stream.path = "/stream";
    stream.handle = [this, home](Exchange* exchange) {
      streamed_old_ = streamed_old_ || exchange->head.minor_version() == 0;
      exchange->FinishStreaming(std::make_unique<ThreePieces>(home));
    };
    Route page;
    page.path = "/page/";
    page.is_prefix = true;
    page.body_size_max = 100;
    page.handle = [](Exchange* exchange) {
      exchange->body.assign(":").append(exchange->request_body.view());
      exchange->Finish();
    };
    return {std::move(stream), std::move(page)};
  }

  void Disturb(uint8_t what, SessionSet* sessions) {
    if (what % 16 == 1) {
      clock_.AdvanceMs(int64_t{what} * 100);
      sessions->Sweep();
    } else if (what == 255 && !drained_) {
      drained_ = true;
      sessions->BeginDrain([] {});
    } else if (what == 254) {
      sessions->CloseAll();
    }
  }

  void TakeBody(Answer* answer, std::string_view* bytes) const {
    constexpr std::string_view kLength = "\r\nContent-Length: ";
    const size_t at = answer->head.find(kLength);
    if (at == std::string::npos) {
      if (answer->status != 204 && answer->status != 304) {
        *bytes = {};  // a stream is the last thing on its connection
      }
      return;
    }
    const size_t size = std::strtoul(answer->head.c_str() + at + kLength.size(), nullptr, 10);
    // Nothing follows the head of an answer to HEAD, which is told by what comes instead.
    if (bytes->size() >= size && !(bytes->starts_with("HTTP/1.1 ") && size > 0)) {
      answer->body = bytes->substr(0, size);
      bytes->remove_prefix(size);
      constexpr std::string_view kChecksum = "x-amz-crc32: ";
      const size_t checksum_at = answer->head.find(kChecksum);
      CHECK(checksum_at != std::string::npos);
      CHECK(std::strtoul(answer->head.c_str() + checksum_at + kChecksum.size(), nullptr, 10) ==
            Crc32(answer->body));
    }
  }

  ScriptedPeer peer_;
  HttpOptions options_;
  ManualClock clock_{kNowMs};
  SeededRandom random_{1};
  ThreadState thread_state_{&clock_, &random_};
  Admission admission_{options_};
  ThreadCounters counters_;
  Tasks tasks_;
  OpenAuthenticator authenticator_;
  api::Dispatcher dispatcher_;
  bool streamed_old_ = false;
  bool drained_ = false;
  Gate gate_;
};

}  // namespace
}  // namespace millrace::server

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using millrace::server::Connection;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) {
    return 0;
  }
  const std::string_view pieces = text.substr(0, end);
  const std::string_view input = text.substr(end + 1);
  Connection at_once(input, {});
  at_once.Run({});
  const auto answers = at_once.Answers();
  Connection cut(input, pieces);
  cut.Run({});
  // A stream ends when its client is seen to be gone, which depends on the pieces.
  if (!at_once.has_streamed() && !cut.has_streamed()) {
    const auto answers_to_pieces = cut.Answers();
    // The parser may wait for more before it refuses what stands where the end of a chunk should
    // be.
    const bool waits =
        answers_to_pieces.size() + 1 == answers.size() && answers.back().status == 400;
    CHECK(waits ? std::equal(answers_to_pieces.begin(), answers_to_pieces.end(), answers.begin())
                : answers_to_pieces == answers);
  }
  Connection disturbed(input, pieces);
  disturbed.Run(pieces);
  return 0;
}
