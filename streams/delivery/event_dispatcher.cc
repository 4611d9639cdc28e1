// Choosing the events that are run: fair among functions, within the bounds.
#include "streams/delivery/event_dispatcher.h"

#include <algorithm>
#include <array>
#include <utility>

#include "storage/base/log.h"

namespace millrace::streams {
namespace {

using engine::Space;

// Between attempts to note what could not be noted, in real time, and to read what could not be
// read.
constexpr int64_t kNoteAgainMs = 100;
constexpr int64_t kUnreadableMs = 1000;

}  // namespace

Status EventDispatcher::Load() {
  // From the first event of one function to that of the next.
  std::string from = KindBegin(kDueEventRow);
  const std::string to = KindEnd(kDueEventRow);
  while (true) {
    engine::ScanRange range;
    range.space = Space::kFunctions;
    range.from = from;
    range.to = to;
    const std::unique_ptr<engine::Scanner> rows = services_.engine->Scan(range);
    if (!rows->Valid()) {
      return rows->status();
    }
    const std::string name(FunctionOfKey(rows->key()));
    if (name.empty()) {
      return Status(StatusCode::kCorruption, "the key of a stored event is damaged");
    }
    FunctionOf(name, true);
    from = FunctionEnd(kDueEventRow, name);
  }
}

EventDispatcher::Function& EventDispatcher::FunctionOf(const std::string& name, bool stored) {
  const DeliveryOptions& options = services_.options;
  const auto [place, made] = functions_.try_emplace(
      name, Function{EventWindow(options.window_events, stored), options.function_concurrency});
  return place->second;
}

void EventDispatcher::Place(const Placed& placed) {
  // The word that it is stored may come when it has been found, and begun, already.
  const auto running = running_.find(placed.key.id);
  const bool has_begun = running != running_.end() && running->second->due.key == placed.key;
  if (!stopping_ && !has_begun) {
    FunctionOf(placed.function_name, false).window.Insert(placed.key);
  }
}

int64_t EventDispatcher::Tick(int64_t now_ms) {
  int64_t wait_ms = NoteAgain();
  if (stopping_) {
    return wait_ms;
  }
  if (!services_.engine->health().ok()) {
    // What becomes of an event could not be noted: it would run over and over.
    return functions_.empty() ? wait_ms : std::min(wait_ms, kUnreadableMs);
  }
  auto next = functions_.upper_bound(last_begun_);
  for (size_t left = functions_.size(); left > 0; --left) {
    if (next == functions_.end()) {
      next = functions_.begin();
    }
    const auto current = next++;
    BeginDue(current->first, &current->second, now_ms);
    wait_ms = std::min(wait_ms, WaitOf(current->second, now_ms));
    if (current->second.window.empty() && current->second.running == 0) {
      functions_.erase(current);
    }
  }
  return wait_ms;
}

int64_t EventDispatcher::NoteAgain() {
  if (uncommitted_.empty()) {
    return kNever;
  }
  const int64_t now_us = services_.clock->MonotonicUs();
  if (now_us < note_again_us_) {
    return (note_again_us_ - now_us) / 1000 + 1;
  }
  note_again_us_ = now_us + kNoteAgainMs * 1000;
  for (const Uncommitted& again : std::exchange(uncommitted_, {})) {
    Note(again.attempt, again.outcome);
  }
  return kNever;
}

bool EventDispatcher::HasRoom(const Function& function) const {
  const DeliveryOptions& options = services_.options;
  return function.running < function.limit && running_.size() < options.concurrency &&
         (running_bytes_ < options.running_bytes_max || running_.empty());
}

void EventDispatcher::BeginDue(const std::string& name, Function* function, int64_t now_ms) {
  while (function->held_until_ms <= now_ms && HasRoom(*function)) {
    if (function->window.wants_more()) {
      Extend(name, function, now_ms);
    }
    const DueKey* const first = function->window.first();
    if (first == nullptr || first->next_try_ms > now_ms) {
      return;
    }
    const DueKey key = *first;
    function->window.RemoveFirst();
    last_begun_ = name;
    Begin(name, function, key, now_ms);
  }
}

int64_t EventDispatcher::WaitOf(const Function& function, int64_t now_ms) const {
  if (!HasRoom(function) || function.window.empty()) {
    return kNever;  // until one of those that run has ended, or there is an event
  }
  const DueKey* const first = function.window.first();
  const int64_t due_ms = first == nullptr ? now_ms : first->next_try_ms;
  return std::max<int64_t>(std::max(due_ms, function.held_until_ms) - now_ms, 0);
}

void EventDispatcher::Extend(const std::string& name, Function* function, int64_t now_ms) {
  const std::string from = DueEventKey(name, function->window.end());
  const std::string to = FunctionEnd(kDueEventRow, name);
  engine::ScanRange range;
  range.space = Space::kFunctions;
  range.from = from;
  range.to = to;
  std::vector<DueKey> keys;
  DueKey next_end;
  bool all = true;
  const std::unique_ptr<engine::Scanner> rows = services_.engine->Scan(range);
  for (; rows->Valid() && all; rows->Next()) {
    DueKey key;
    if (!ParseDueKey(rows->key(), &key)) {
      Log(LogLevel::kError, "the key of a stored event is damaged function=" + name);
    } else if (keys.size() == services_.options.window_events) {
      next_end = key;
      all = false;
    } else if (!running_.contains(key.id)) {
      keys.push_back(key);
    }
  }
  if (!rows->status().ok()) {
    Log(LogLevel::kError,
        "events cannot be read function=" + name + " status=\"" + rows->status().ToString() + "\"");
    function->held_until_ms = now_ms + kUnreadableMs;
    return;
  }
  function->window.Extend(keys, all, next_end);
}

void EventDispatcher::Begin(const std::string& name, Function* function, const DueKey& key,
                            int64_t now_ms) {
  auto attempt = std::make_shared<Attempt>();
  bool found = false;
  const Status status = Read(name, key, attempt.get(), &found);
  if (status.code() == StatusCode::kCorruption) {
    // It stays where it is, for whoever repairs the store; the others go on.
    Log(LogLevel::kError,
        "a stored event is damaged function=" + name + " status=\"" + status.ToString() + "\"");
    return;
  }
  if (!status.ok()) {
    function->window.Insert(key);
    function->held_until_ms = now_ms + kUnreadableMs;
    return;
  }
  if (!found) {
    return;  // it has ended before the word came that it was stored
  }
  function->running += 1;
  running_bytes_ += attempt->event.payload->size();
  running_[key.id] = attempt;
  Run(attempt, now_ms);
}

Status EventDispatcher::Read(const std::string& name, const DueKey& key, Attempt* attempt,
                             bool* found) const {
  const std::string due_key = DueEventKey(name, key);
  const std::string event_key = StoredEventKey(key.id);
  const std::array<std::string_view, 2> keys = {due_key, event_key};
  std::array<engine::PinnedValue, 2> values;
  RETURN_IF_ERROR(services_.engine->MultiGet(Space::kFunctions, keys, values));
  *found = values[0].found();
  if (!*found) {
    return Status::Ok();
  }
  if (!values[1].found()) {
    return Status(StatusCode::kCorruption, "an event that is due is not there");
  }
  ASSIGN_OR_RETURN(attempt->due, DecodeDueEvent(due_key, values[0].bytes()));
  ASSIGN_OR_RETURN(attempt->event, DecodeStoredEvent(values[1].bytes()));
  attempt->settings = services_.functions->AsynchronousSettingsOf(name, attempt->event.qualifier);
  return Status::Ok();
}

void EventDispatcher::Release(const Attempt& attempt) {
  running_.erase(attempt.due.key.id);
  running_bytes_ -= attempt.event.payload->size();
  functions_.at(attempt.due.function_name).running -= 1;
  CheckStopped();
}

void EventDispatcher::Stop(std::function<void()> stopped) {
  stopping_ = true;
  stopped_ = std::move(stopped);
  // Whatever kept them from being noted; they will be run again.
  for (const Uncommitted& lost : std::exchange(uncommitted_, {})) {
    Release(*lost.attempt);
  }
  CheckStopped();
}

void EventDispatcher::CheckStopped() {
  if (stopping_ && running_.empty() && stopped_ != nullptr) {
    std::exchange(stopped_, nullptr)();
  }
}

std::map<std::string, EventDispatcher::FunctionView> EventDispatcher::View() const {
  std::map<std::string, FunctionView> views;
  for (const auto& [name, function] : functions_) {
    const bool held = function.held_until_ms > services_.clock->NowMs();
    views[name] = {function.running, held ? function.held_until_ms : 0};
  }
  return views;
}

}  // namespace millrace::streams
