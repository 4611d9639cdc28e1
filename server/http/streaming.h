// What a session keeps while its reply is produced over time. Apart from session.h because few
// sessions have it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "server/gate/body_stream.h"
#include "storage/base/task.h"

namespace millrace::server {

// Belongs to its session.
struct Streaming {
  // Runs the session again after the other connections of the thread have had their turn.
  class Turn final : public Task {
   public:
    explicit Turn(std::function<void()> run) : run_(std::move(run)) {}
    void Run() override { run_(); }

   private:
    const std::function<void()> run_;
  };

  explicit Streaming(std::function<void()> run_turn) : turn(std::move(run_turn)) {}

  std::unique_ptr<BodyStream> stream;  // until it is closed
  bool chunked = false;
  bool ready = true;     // the stream may have a piece
  bool ended = false;    // what is pending ends the reply
  bool closing = false;  // the stream was closed and has not said yet that it is
  bool turn_posted = false;
  Turn turn;
  std::string pending;  // bytes on their way
  size_t sent = 0;      // so many of them are written
};

}  // namespace millrace::server
