// How much room a connection keeps for what its client sends.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "server/http/scripted_socket.h"
#include "server/http/session.h"
#include "storage/base/digest.h"

namespace millrace::server {
namespace {

class NoTasks final : public TaskQueue {
 public:
  void Post(TaskList* tasks) override { CHECK(tasks->PopFront() == nullptr); }
};

class SessionInputTest : public testing::Test {
 protected:
  SessionInputTest() {
    parts_.options = &options_;
    parts_.gate = &gate_;
    parts_.clock = &clock_;
    parts_.admission = &admission_;
    parts_.counters = &counters_;
    parts_.thread_state = &thread_state_;
    parts_.home = &tasks_;
    sessions_ = std::make_unique<SessionSet>(parts_);
    peer_.patience = 1 << 30;
    sessions_->Accept(std::make_unique<ScriptedSocket>(&peer_));
  }
  ~SessionInputTest() override {
    peer_.patience = 0;
    while (!peer_.destroyed) {
      peer_.Advance();
    }
  }

  // Sends requests of so many bytes, one after the other; returns what the connection then waits
  // for at most.
  size_t RoomAfter(size_t size, int count) {
    std::string request = "GET / HTTP/1.1\r\nHost: x\r\nPadding: ";
    request.append(size - request.size() - 4, 'x').append("\r\n\r\n");
    for (int sent = 0; sent < count; ++sent) {
      peer_.received.clear();
      peer_.to_send = request;
      while (peer_.Advance()) {
      }
      EXPECT_TRUE(peer_.received.starts_with("HTTP/1.1 200")) << peer_.received;
    }
    return peer_.read_size;
  }

  ManualClock clock_{1763683200000};
  SeededRandom random_{7};
  HttpOptions options_;
  NoTasks tasks_;
  ThreadState thread_state_{&clock_, &random_};
  api::Dispatcher dispatcher_{api::Services(), {}};
  OpenAuthenticator authenticator_;
  Gate gate_{&dispatcher_, &authenticator_, "us-east-1", {}};
  Admission admission_{options_};
  ThreadCounters counters_;
  SessionSet::Parts parts_;
  ScriptedPeer peer_;
  std::unique_ptr<SessionSet> sessions_;
};

TEST_F(SessionInputTest, GrowsWithRequestsAndShrinksAgain) {
  EXPECT_EQ(RoomAfter(500, 100), 4096u);
  EXPECT_EQ(RoomAfter(5000, 1), 8192u);
  EXPECT_EQ(RoomAfter(5000, 100), 8192u) << "they fit, with some room";
  EXPECT_EQ(RoomAfter(12'000, 1), 16'384u);
  EXPECT_EQ(RoomAfter(500, 15), 16'384u) << "a few small ones between large ones change nothing";
  EXPECT_EQ(RoomAfter(12'000, 1), 16'384u);
  EXPECT_EQ(RoomAfter(500, 16), 8192u);
  EXPECT_EQ(RoomAfter(500, 16), 4096u);
  EXPECT_EQ(RoomAfter(500, 100), 4096u);
}

}  // namespace
}  // namespace millrace::server
