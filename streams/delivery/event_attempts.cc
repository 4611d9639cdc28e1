// One attempt with an event: whether it is made, and what follows from its result.
#include <algorithm>
#include <utility>

#include "storage/base/log.h"
#include "streams/delivery/event_dispatcher.h"
#include "streams/delivery/outcome_record.h"
#include "streams/invoke/trace_header.h"
#include "streams/queues/call_task.h"

namespace millrace::streams {
namespace {

constexpr int64_t kShuttingDownMs = 1000;

// Whether at that time the event is older than it may become.
bool IsTooOld(const DueEvent& due, const AsynchronousSettings& settings, int64_t time_ms) {
  return time_ms > due.received_ms + settings.event_age_max_s * 1000;
}

}  // namespace

void EventDispatcher::Run(const AttemptPointer& attempt, int64_t now_ms) {
  const DueEvent& due = attempt->due;
  if (IsTooOld(due, attempt->settings, now_ms)) {
    Fail(attempt, {kEventAgeExceeded, due.attempts, nullptr, 429,
                   "The event has become too old before it could be run."});
    return;
  }
  if (!attempt->settings.recursion_allowed &&
      TraceHops(attempt->event.trace_header) >= kTraceHopsMax) {
    Fail(attempt, {kEventRecursion, due.attempts, nullptr, 400,
                   "The event has gone through too many functions."});
    return;
  }
  services_.counters->Count(due.function_name, [&](DeliveryFigures* figures) {
    figures->AddAge(std::max<int64_t>(now_ms - due.received_ms, 0));
  });
  Invoke(attempt);
}

void EventDispatcher::Invoke(const AttemptPointer& attempt) {
  const StoredEvent& event = attempt->event;
  InvokeRequest request;
  request.function_name = event.function_name;
  request.qualifier = event.qualifier;
  request.payload = event.payload;
  request.client_context = event.client_context;
  request.trace_id = NextHop(event.trace_header, event.function_name);
  request.request_id = event.request_id;
  services_.invoker->Invoke(std::move(request), [this, attempt](InvokeResult result) {
    PostCall(services_.thread,
             [this, attempt, result = std::move(result)] { OnResult(attempt, result); });
  });
}

void EventDispatcher::OnResult(const AttemptPointer& attempt, const InvokeResult& result) {
  Function& function = functions_.at(attempt->due.function_name);
  switch (result.outcome) {
    case InvokeOutcome::kSucceeded:
    case InvokeOutcome::kFunctionError:
      // There is capacity; perhaps for more.
      function.delays = 0;
      function.held_until_ms = 0;
      function.limit = std::min(function.limit + 1, services_.options.function_concurrency);
      if (result.outcome == InvokeOutcome::kSucceeded) {
        Succeed(attempt, result);
      } else {
        OnFunctionError(attempt, result);
      }
      return;
    case InvokeOutcome::kFunctionNotFound:
      Fail(attempt, {kEventRetriesExhausted, attempt->due.attempts, nullptr, 404,
                     "Function not found: " + FunctionArn(*attempt)});
      return;
    case InvokeOutcome::kShuttingDown:
      function.window.Insert(attempt->due.key);
      function.held_until_ms = services_.clock->NowMs() + kShuttingDownMs;
      Release(*attempt);
      return;
    case InvokeOutcome::kThrottled:
    case InvokeOutcome::kNotReady:
    case InvokeOutcome::kServerFault:
      OnDelayed(attempt, result);
      return;
  }
}

void EventDispatcher::OnFunctionError(const AttemptPointer& attempt, const InvokeResult& result) {
  const DueEvent& due = attempt->due;
  const AsynchronousSettings& settings = attempt->settings;
  FailedAttempt failed{result.executed_version, result.payload};
  if (failed.failure.size() > kRecordSizeMax) {
    failed.failure = Shortened(result.payload, kFailureKeptMax);  // no record could hold it
  }
  DueEvent next = due;
  next.attempts += 1;
  next.delays = 0;
  if (next.attempts > settings.retry_attempts_max) {
    Fail(attempt, {kEventRetriesExhausted, next.attempts, &failed, 200, ""});
    return;
  }
  next.key.next_try_ms =
      services_.clock->NowMs() + Doubled(services_.options.retry_base_ms, INT32_MAX, next.attempts);
  if (IsTooOld(due, settings, next.key.next_try_ms)) {
    Fail(attempt, {kEventAgeExceeded, next.attempts, &failed, 200, ""});
    return;
  }
  auto outcome = std::make_shared<EventOutcome>();
  outcome->due = due;
  outcome->next = std::move(next);
  outcome->failure = std::move(failed);
  Note(attempt, std::move(outcome));
}

void EventDispatcher::OnDelayed(const AttemptPointer& attempt, const InvokeResult& result) {
  const DeliveryOptions& options = services_.options;
  const int64_t now_ms = services_.clock->NowMs();
  Function& function = functions_.at(attempt->due.function_name);
  // As many as run beside it is what there is capacity for; if none does, the others would fare no
  // better than this one.
  function.limit = std::max<size_t>(function.running - 1, 1);
  if (function.running == 1) {
    function.delays += 1;
    function.held_until_ms =
        now_ms + Doubled(options.delay_base_ms, options.delay_max_ms, function.delays);
  }
  DueEvent next = attempt->due;
  next.delays += 1;
  next.key.next_try_ms = now_ms + Doubled(options.delay_base_ms, options.delay_max_ms, next.delays);
  if (IsTooOld(attempt->due, attempt->settings, next.key.next_try_ms)) {
    const bool throttled = result.outcome == InvokeOutcome::kThrottled;
    Fail(attempt, {kEventAgeExceeded, next.attempts, nullptr, throttled ? 429 : 500,
                   throttled ? "Rate Exceeded." : result.message});
    return;
  }
  auto outcome = std::make_shared<EventOutcome>();
  outcome->due = attempt->due;
  outcome->next = std::move(next);
  Note(attempt, std::move(outcome));
}

void EventDispatcher::Succeed(const AttemptPointer& attempt, const InvokeResult& result) {
  auto outcome = std::make_shared<EventOutcome>();
  outcome->due = attempt->due;
  const std::string& target_arn = attempt->settings.on_success_arn;
  if (!target_arn.empty()) {
    const std::string function_arn = FunctionArn(*attempt);
    OutcomeRecord record;
    record.condition = kEventSuccess;
    record.request_id = attempt->event.request_id;
    record.function_arn = function_arn;
    record.attempts = attempt->due.attempts + 1;
    record.time_ms = services_.clock->NowMs();
    record.request = *attempt->event.payload;
    record.executed_version = result.executed_version;
    record.response = result.payload;
    outcome->messages.push_back(MessageTo(target_arn, *attempt));
    outcome->messages.back().body = FormatOutcomeRecord(record);
  }
  Note(attempt, std::move(outcome));
}

void EventDispatcher::Fail(const AttemptPointer& attempt, const Failure& failure) {
  const FailedAttempt last = failure.last != nullptr ? *failure.last : LastAttempt(*attempt);
  auto outcome = std::make_shared<EventOutcome>();
  outcome->due = attempt->due;
  EventDiscard& discard = outcome->discard.emplace();
  discard.id = attempt->due.key.id;
  discard.function_name = attempt->due.function_name;
  discard.qualifier = attempt->event.qualifier;
  discard.request_id = attempt->event.request_id;
  discard.condition = failure.condition;
  discard.attempts = failure.attempts;
  discard.received_ms = attempt->due.received_ms;
  discard.executed_version = last.executed_version;
  discard.failure = failure.attempts > 0 ? std::string(Shortened(last.failure, kFailureKeptMax))
                                         : failure.message;
  // A chain that is too long must not go on through the destinations.
  const bool recursive = failure.condition == kEventRecursion;
  if (!recursive) {
    TellOfFailure(*attempt, failure, last, outcome.get());
  }
  Note(attempt, std::move(outcome));
}

void EventDispatcher::TellOfFailure(const Attempt& attempt, const Failure& failure,
                                    const FailedAttempt& last, EventOutcome* outcome) const {
  const AsynchronousSettings& settings = attempt.settings;
  if (!settings.on_failure_arn.empty()) {
    const std::string function_arn = FunctionArn(attempt);
    OutcomeRecord record;
    record.condition = failure.condition;
    record.request_id = attempt.event.request_id;
    record.function_arn = function_arn;
    record.attempts = failure.attempts;
    record.time_ms = services_.clock->NowMs();
    record.request = *attempt.event.payload;
    record.executed_version = last.executed_version;
    record.response = last.failure;
    record.failed = true;
    outcome->messages.push_back(MessageTo(settings.on_failure_arn, attempt));
    outcome->messages.back().body = FormatOutcomeRecord(record);
  }
  if (!settings.dead_letter_arn.empty()) {
    OutgoingMessage& letter =
        outcome->messages.emplace_back(MessageTo(settings.dead_letter_arn, attempt));
    letter.kind = OutgoingKind::kDeadLetter;
    letter.body = *attempt.event.payload;
    const bool was_run = failure.attempts > 0;
    letter.attributes =
        DeadLetterAttributes(attempt.event.request_id, was_run ? 200 : failure.status,
                             was_run ? FailureMessage(last.failure) : failure.message);
  }
}

FailedAttempt EventDispatcher::LastAttempt(const Attempt& attempt) const {
  if (attempt.due.attempts == 0) {
    return {};
  }
  engine::PinnedValue value;
  const Status status = services_.engine->Get(engine::Space::kFunctions,
                                              FailedAttemptKey(attempt.due.key.id), &value);
  if (status.ok() && value.found()) {
    Result<FailedAttempt> stored = DecodeFailedAttempt(value.bytes());
    if (stored.ok()) {
      return std::move(stored).value();
    }
  }
  Log(LogLevel::kError, "what became of an event's last attempt cannot be read request_id=" +
                            attempt.event.request_id);
  return {};
}

OutgoingMessage EventDispatcher::MessageTo(const std::string& target_arn,
                                           const Attempt& attempt) const {
  OutgoingMessage message;
  message.target_arn = target_arn;
  message.source = attempt.due.function_name;
  message.trace_header = NextHop(attempt.event.trace_header, attempt.due.function_name);
  return message;
}

std::string EventDispatcher::FunctionArn(const Attempt& attempt) const {
  const StoredEvent& event = attempt.event;
  const std::string qualifier = event.qualifier.empty() ? "$LATEST" : event.qualifier;
  const RunnableFunctionPointer function =
      services_.functions->Resolve(event.function_name, event.qualifier);
  const std::string arn = function != nullptr
                              ? function->arn
                              : "arn:aws:lambda:" + services_.region + ":" + services_.account +
                                    ":function:" + event.function_name;
  return arn + ":" + qualifier;
}

void EventDispatcher::Note(const AttemptPointer& attempt,
                           std::shared_ptr<const EventOutcome> outcome) {
  NoteOutcome(
      services_.engine, outcome, services_.thread,
      [this, attempt, outcome](const Status& status) { OnNoted(attempt, outcome, status); });
}

void EventDispatcher::OnNoted(const AttemptPointer& attempt,
                              const std::shared_ptr<const EventOutcome>& outcome,
                              const Status& status) {
  if (status.ok()) {
    if (outcome->next.has_value()) {
      functions_.at(attempt->due.function_name).window.Insert(outcome->next->key);
    }
    if (outcome->discard.has_value()) {
      const bool recursive = outcome->discard->condition == kEventRecursion;
      services_.counters->Count(attempt->due.function_name, [&](DeliveryFigures* figures) {
        figures->dropped += 1;
        figures->recursive += recursive ? 1 : 0;
      });
    }
    for (const OutgoingMessage& message : outcome->messages) {
      services_.message_written(message.target_arn);
    }
  } else if (status.code() != StatusCode::kRefused && !stopping_) {
    // Too much is waiting, or writes have stopped. The function has run: that it has, and not it,
    // is what has to be tried again.
    uncommitted_.push_back({attempt, outcome});
    return;
  }
  Release(*attempt);
}

}  // namespace millrace::streams
