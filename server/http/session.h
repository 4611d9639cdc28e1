// A session is one connection: it reads requests, hands them to the gate one at a time, and writes
// the replies in order. It is a small state machine without timers of its own; the sweep of its
// thread looks at all sessions once a second and closes those that have waited too long.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "server/gate/gate.h"
#include "server/http/io_thread.h"
#include "server/http/options.h"
#include "server/http/request_parser.h"
#include "storage/base/clock.h"
#include "storage/base/task.h"

namespace millrace::server {

class Session;
struct Streaming;

// The sessions of one I/O thread, and what they share. Used on that thread only.
class SessionSet {
 public:
  // All pointers outlive the set; `home` is the thread.
  struct Parts {
    const HttpOptions* options = nullptr;
    const Gate* gate = nullptr;
    const Clock* clock = nullptr;
    Admission* admission = nullptr;
    ThreadCounters* counters = nullptr;
    ThreadState* thread_state = nullptr;
    TaskQueue* home = nullptr;
  };
  explicit SessionSet(const Parts& parts) : parts_(parts) {}
  // All sessions must be gone.
  ~SessionSet();

  // Takes over a new connection.
  void Accept(std::unique_ptr<Socket> socket);
  // Closes the sessions that have waited too long, and frees memory of idle ones.
  void Sweep();
  // From now on replies close their connections; idle ones are closed. `emptied` runs once there
  // are no sessions left.
  void BeginDrain(std::function<void()> emptied);
  // Closes all connections. Sessions with an operation under way stay until that has finished.
  void CloseAll();

  const Parts& parts() const { return parts_; }

 private:
  friend class Session;
  void Remove(Session* session);

  const Parts parts_;
  Session* first_ = nullptr;  // linked through the sessions
  std::function<void()> emptied_;
};

// Owned by its set, which it leaves and is destroyed by once it is closed and nothing that it began
// is under way.
class Session final : public Exchange, private SocketObserver, private BodyStream::Owner {
 public:
  Session(SessionSet* set, std::unique_ptr<Socket> socket);
  ~Session() override;

  // Begins with the first request.
  void Start();
  // Answers 503 without reading anything and closes.
  void StartRefused();

 private:
  friend class SessionSet;

  // Goes on with requests that came together after other connections of the thread have had their
  // turn.
  class NextTurn final : public Task {
   public:
    explicit NextTurn(Session* session) : session_(session) {}
    void Run() override { session_->BeginTurn(); }

   private:
    Session* const session_;
  };

  enum class State {
    kHead,       // reading a request's head, or waiting for its first byte
    kBody,       // reading its body
    kRunning,    // the gate or an operation has it
    kWriting,    // writing the reply
    kStreaming,  // writing a reply that is produced over time
    kLinger,     // reply written, nothing more will be: discarding input until the peer closes
    kClosed,
  };
  static constexpr size_t kHeadSizeMax = 16 * 1024;
  // Most connections are idle, and most requests small: the input grows when a read has filled it,
  // and shrinks when it is not needed for a while. Most of a head must fit into the largest one,
  // and beside it a piece of a chunked body.
  static constexpr size_t kSmallInputSize = 4 * 1024;
  static constexpr size_t kInputSize = 32 * 1024;
  static constexpr uint8_t kSpaciousTurnsMax = 16;
  // Requests that came together and are served in one go.
  static constexpr int kRequestsPerTurn = 16;

  // Exchange, SocketObserver and BodyStream::Owner
  std::string PeerAddress() const override { return socket_->PeerAddress(); }
  bool ReserveBytes(size_t bytes) override;
  void Send() override;
  bool ReserveStream() override;
  void SendStream(std::unique_ptr<BodyStream> stream, bool chunked) override;
  void OnRead(size_t size) override;
  void OnWritable() override;
  void StreamReady() override;
  void StreamClosed() override;

  // Runs the state machine until it has to wait.
  void Advance();
  // One step each; true: go on at once.
  bool Step();
  bool ReadHead();
  bool ParseHead(size_t head_size);
  bool ReadBody();
  bool ReadMoreBody();
  void ReadInput();
  bool InputIsOutgrown() const;
  std::unique_ptr<char[]> ResizeInput(size_t size);
  void FitInput();
  bool RunRequest();
  bool WriteReply();
  bool CountUnsentReply();
  bool FinishReply();
  bool EndTurn();
  void BeginTurn();
  bool Linger();
  bool WriteStream();
  bool WritePending();
  void ProducePiece();
  void EndPending();
  bool FinishStream();

  // Answers without the gate having seen the request; the connection closes after it.
  bool RefuseAndClose(Refusal refusal);
  void CountReply();
  void ReleaseAdmission();
  void Read(char* data, size_t size);
  void Close();
  void CloseIfIdle();
  void SweepStream(int64_t now_us);
  void DrainStream();
  void CloseStream();
  bool StreamIsDone() const;
  void CheckTimeout(int64_t now_us);
  // Leaves the set (and is destroyed) if nothing keeps the session.
  void LeaveIfDone();
  int64_t NowUs() const { return set_->parts_.clock->MonotonicUs(); }
  size_t buffered() const { return input_end_ - input_begin_; }

  SessionSet* const set_;
  const std::unique_ptr<Socket> socket_;
  Session* previous_ = nullptr;
  Session* next_ = nullptr;

  State state_ = State::kHead;
  bool advancing_ = false;  // Advance is on the stack
  bool reading_ = false;    // a read is under way
  bool read_body_ = false;  // ... straight into the body buffer
  bool awaiting_write_ = false;
  bool running_ = false;     // the gate has the exchange and will call Send
  bool admitted_ = false;    // counted as a request in flight
  bool overloaded_ = false;  // the request will be read and then refused
  bool linger_ = false;      // the peer may still be sending when the reply is out
  bool counted_ = false;     // the reply's bytes are among the reserved ones

  // Bytes read and not parsed: [input_begin_, input_end_). The head of the request that is being
  // served lies in front of that and stays where it is, because `head` looks into it.
  std::unique_ptr<char[]> input_;
  size_t input_size_ = kSmallInputSize;
  uint8_t spacious_turns_ = 0;  // that have used little of it, one after the other
  size_t input_begin_ = 0;
  size_t input_end_ = 0;
  size_t head_end_ = 0;                 // where bytes of the body may be moved down to
  size_t searched_ = 0;                 // bytes behind input_begin_ without the end of a head
  std::unique_ptr<char[]> head_input_;  // where the head lies if the input grew behind it
  RequestParser parser_;

  size_t sent_ = 0;             // bytes of the reply
  int64_t reserved_bytes_ = 0;  // counted as in flight
  // When the present state began, or when it last got on.
  int64_t state_began_us_ = 0;
  int64_t reply_began_us_ = 0;  // when its first byte was sent

  NextTurn next_turn_{this};
  bool turn_posted_ = false;
  int requests_in_turn_ = 0;

  std::unique_ptr<Streaming> streaming_;  // from the first streaming reply on, which is the last
};

}  // namespace millrace::server
