// Running asynchronous events: takes those that are due to the invoker, function by function, and
// notes what becomes of them. What has not been noted when the process ends is run again.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/base/status.h"
#include "streams/delivery/delivery_rows.h"
#include "streams/delivery/delivery_services.h"
#include "streams/delivery/event_changes.h"
#include "streams/delivery/event_window.h"

namespace millrace::streams {

// Everything but Load runs on the thread of the services.
class EventDispatcher {
 public:
  static constexpr int64_t kNever = INT64_MAX;

  explicit EventDispatcher(const DeliveryServices* services) : services_(*services) {}

  // Finds out which functions have events.
  Status Load();
  // Begins what is due. Returns in how many milliseconds there is more to do, or kNever.
  int64_t Tick(int64_t now_ms);
  // An event has been stored.
  void Place(const Placed& placed);
  // Begins no further events; `stopped` runs, once, when those under way have ended and are noted.
  void Stop(std::function<void()> stopped);

  struct FunctionView {
    size_t running = 0;
    int64_t held_until_ms = 0;  // there was no capacity for it; 0: there is
  };
  std::map<std::string, FunctionView> View() const;

 private:
  // What is known of the events of a function.
  struct Function {
    EventWindow window;
    size_t limit;  // how many may run at a time: fewer while there is no capacity for more
    size_t running = 0;
    int64_t delays = 0;  // times in a row that there was no capacity even for one
    int64_t held_until_ms = 0;
  };
  // An event that is being run, or ended.
  struct Attempt {
    DueEvent due;  // as it is stored
    StoredEvent event;
    AsynchronousSettings settings;
    std::string trace_header;  // that the function gets
  };
  using AttemptPointer = std::shared_ptr<const Attempt>;
  // How an event has failed for good.
  struct Failure {
    std::string_view condition;
    int64_t attempts = 0;
    const FailedAttempt* last = nullptr;  // nullptr: what is stored, if there were attempts
    int status = 429;                     // and a text, if it was never run
    std::string message;
  };
  struct Uncommitted {
    AttemptPointer attempt;
    std::shared_ptr<const EventOutcome> outcome;
  };

  // Choosing: event_dispatcher.cc.
  Function& FunctionOf(const std::string& name, bool stored);
  void BeginDue(const std::string& name, Function* function, int64_t now_ms);
  bool HasRoom(const Function& function) const;
  int64_t WaitOf(const Function& function, int64_t now_ms) const;
  void Extend(const std::string& name, Function* function, int64_t now_ms);
  void Begin(const std::string& name, Function* function, const DueKey& key, int64_t now_ms);
  Status Read(const std::string& name, const DueKey& key, Attempt* attempt, bool* found) const;
  int64_t NoteAgain();
  void Release(const Attempt& attempt);
  void CheckStopped();

  // Attempts: event_attempts.cc.
  void Run(const AttemptPointer& attempt, int64_t now_ms);
  void Invoke(const AttemptPointer& attempt);
  void OnResult(const AttemptPointer& attempt, const InvokeResult& result);
  void OnFunctionError(const AttemptPointer& attempt, const InvokeResult& result);
  void OnDelayed(const AttemptPointer& attempt, const InvokeResult& result);
  void Succeed(const AttemptPointer& attempt, const InvokeResult& result);
  void Fail(const AttemptPointer& attempt, const Failure& failure);
  void TellOfFailure(const Attempt& attempt, const Failure& failure, const FailedAttempt& last,
                     EventOutcome* outcome) const;
  FailedAttempt LastAttempt(const Attempt& attempt) const;
  OutgoingMessage MessageTo(const std::string& target_arn, const Attempt& attempt) const;
  std::string FunctionArn(const Attempt& attempt) const;
  void Note(const AttemptPointer& attempt, std::shared_ptr<const EventOutcome> outcome);
  void OnNoted(const AttemptPointer& attempt, const std::shared_ptr<const EventOutcome>& outcome,
               const Status& status);

  const DeliveryServices& services_;
  std::map<std::string, Function> functions_;  // those that have events
  std::string last_begun_;                     // name of a function: the next one is next
  std::unordered_map<uint64_t, AttemptPointer> running_;
  size_t running_bytes_ = 0;
  std::vector<Uncommitted> uncommitted_;  // could not be noted
  int64_t note_again_us_ = 0;             // monotonic: when that is tried again
  bool stopping_ = false;
  std::function<void()> stopped_;
};

}  // namespace millrace::streams
