// Sending messages, and keeping in mind with whom it has not worked.
#include "streams/delivery/message_dispatcher.h"

#include <algorithm>
#include <utility>

#include "storage/base/log.h"
#include "streams/delivery/change.h"
#include "streams/invoke/trace_header.h"

namespace millrace::streams {
namespace {

using engine::PinnedValue;
using engine::Space;
using engine::WriteSet;

constexpr size_t kRowsWeight = 1024;
constexpr size_t kIdleTargetsMax = 1000;
constexpr int64_t kRemoveAgainMs = 100;
constexpr int64_t kUnreadableMs = 1000;

// arn:aws:lambda:region:account:function:name, or with :qualifier behind it.
bool ParseFunctionArn(std::string_view arn, std::string* name, std::string* qualifier) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t colon = arn.find(':');
    parts.push_back(arn.substr(0, colon));
    if (colon == std::string_view::npos) {
      break;
    }
    arn.remove_prefix(colon + 1);
  }
  if (parts.size() < 7 || parts.size() > 8 || parts[2] != "lambda" || parts[5] != "function") {
    return false;
  }
  *name = parts[6];
  *qualifier = parts.size() == 8 ? parts[7] : std::string_view();
  return true;
}

size_t WeightOf(const std::vector<OutgoingMessage>& messages) {
  size_t weight = 0;
  for (const OutgoingMessage& message : messages) {
    weight += message.body.size() + kRowsWeight;
  }
  return weight;
}

void DeleteAll(const std::vector<OutgoingMessage>& messages, WriteSet* writes) {
  for (const OutgoingMessage& message : messages) {
    writes->Delete(Space::kFunctions, OutgoingKey(message.target_arn, message.id));
  }
}

}  // namespace

Status MessageDispatcher::Load() {
  // From the first message of one target to that of the next.
  std::string from = OutgoingKeysBegin();
  const std::string to = OutgoingKeysEnd();
  while (true) {
    engine::ScanRange range;
    range.space = Space::kFunctions;
    range.from = from;
    range.to = to;
    const std::unique_ptr<engine::Scanner> rows = services_.engine->Scan(range);
    if (!rows->Valid()) {
      return rows->status();
    }
    std::string target_arn;
    uint64_t id = 0;
    if (!ParseOutgoingKey(rows->key(), &target_arn, &id)) {
      return Status(StatusCode::kCorruption, "the key of a stored message is damaged");
    }
    targets_[target_arn].from = id;
    from = OutgoingKeysEnd(target_arn);
  }
}

void MessageDispatcher::Written(const std::string& target_arn) {
  if (!stopping_) {
    targets_[target_arn].has_messages = true;
  }
}

int64_t MessageDispatcher::Tick(int64_t now_ms) {
  int64_t wait_ms = kNever;
  const int64_t now_us = services_.clock->MonotonicUs();
  if (!unremoved_.empty() && now_us >= remove_again_us_) {
    remove_again_us_ = now_us + kRemoveAgainMs * 1000;
    for (const BatchPointer& batch : std::exchange(unremoved_, {})) {
      Remove(batch);
    }
  } else if (!unremoved_.empty()) {
    wait_ms = (remove_again_us_ - now_us) / 1000 + 1;
  }
  if (stopping_) {
    return wait_ms;
  }
  if (!services_.engine->health().ok()) {
    return targets_.empty() ? wait_ms : std::min(wait_ms, kUnreadableMs);
  }
  for (auto& [arn, target] : targets_) {
    const bool has_room = busy_count_ < services_.options.targets_at_a_time;
    if (!target.busy && target.has_messages && has_room && target.next_try_ms <= now_ms) {
      Begin(arn, &target, now_ms);
    }
    if (!target.busy && target.has_messages && has_room) {
      wait_ms = std::min(wait_ms, std::max<int64_t>(target.next_try_ms - now_ms, 0));
    }
  }
  ForgetIdleTargets();
  return wait_ms;
}

void MessageDispatcher::ForgetIdleTargets() {
  if (targets_.size() > kIdleTargetsMax) {
    std::erase_if(targets_, [](const auto& entry) {
      return !entry.second.busy && !entry.second.has_messages;
    });
  }
}

void MessageDispatcher::Begin(const std::string& arn, Target* target, int64_t now_ms) {
  auto batch = std::make_shared<Batch>();
  batch->target_arn = arn;
  const Status status = ReadBatch(arn, *target, batch.get());
  if (!status.ok()) {
    Log(LogLevel::kError,
        "messages cannot be read target=" + arn + " status=\"" + status.ToString() + "\"");
    target->next_try_ms = now_ms + kUnreadableMs;
    return;
  }
  target->has_messages = !batch->messages.empty();
  if (!target->has_messages) {
    return;
  }
  if (!target->was_read) {
    target->was_read = true;
    target->attempts = batch->messages.front().attempts;
    target->next_try_ms = batch->messages.front().next_try_ms;
    if (target->next_try_ms > now_ms) {
      return;
    }
  }
  target->busy = true;
  ++busy_count_;
  Send(batch);
}

Status MessageDispatcher::ReadBatch(const std::string& arn, const Target& target,
                                    Batch* batch) const {
  const std::string from = OutgoingKey(arn, target.from);
  const std::string to = OutgoingKeysEnd(arn);
  engine::ScanRange range;
  range.space = Space::kFunctions;
  range.from = from;
  range.to = to;
  size_t size = 0;
  const std::unique_ptr<engine::Scanner> rows = services_.engine->Scan(range);
  for (; rows->Valid() && batch->messages.size() < services_.options.batch_messages; rows->Next()) {
    size += rows->value().size();
    if (size > services_.options.batch_bytes && !batch->messages.empty()) {
      break;
    }
    Result<OutgoingMessage> message = DecodeOutgoing(rows->value());
    if (message.ok()) {
      batch->messages.push_back(std::move(message).value());
    } else {
      // It stays where it is, for whoever repairs the store; the others go on.
      Log(LogLevel::kError, "a stored message is damaged target=" + arn);
    }
  }
  return rows->status();
}

void MessageDispatcher::Send(const BatchPointer& batch) {
  const std::string& arn = batch->target_arn;
  std::string name;
  std::string qualifier;
  if (ParseFunctionArn(arn, &name, &qualifier)) {
    if (services_.functions->Resolve(name, qualifier) == nullptr) {
      OnFailed(batch, "there is no such function");
    } else {
      SendToFunction(batch, name, qualifier);
    }
    return;
  }
  QueuePointer queue = services_.queues == nullptr ? nullptr : services_.queues->FindByArn(arn);
  if (queue == nullptr) {
    OnFailed(batch, arn.find(":sqs:") != std::string::npos
                        ? "there is no such queue"
                        : "the target is neither a queue nor a function");
    return;
  }
  SendToQueue(batch, std::move(queue));
}

void MessageDispatcher::SendToQueue(const BatchPointer& batch, QueuePointer queue) {
  std::vector<SendEntry> entries;
  for (const OutgoingMessage& message : batch->messages) {
    SendEntry& entry = entries.emplace_back();
    entry.message.body = message.body;
    entry.message.attributes = message.attributes;
    entry.message.trace_header = message.trace_header;
    entry.message.sender = services_.account;
    entry.delay_s = queue->descriptor.settings.delay_s;
    if (queue->descriptor.fifo) {
      // The same message again, after a crash, is known by its id.
      entry.message.group_id = message.source.empty() ? "default" : message.source;
      entry.message.deduplication_id = "outgoing-" + std::to_string(message.id);
    }
  }
  services_.queues->Send(std::move(queue), std::move(entries), services_.thread,
                         [this, batch](const Result<std::vector<SendOutcome>>& outcomes) {
                           if (outcomes.ok()) {
                             Remove(batch);
                           } else {
                             OnFailed(batch, std::string(outcomes.status().message()));
                           }
                         });
}

void MessageDispatcher::SendToFunction(const BatchPointer& batch, const std::string& name,
                                       const std::string& qualifier) {
  auto events = std::make_shared<std::vector<StoredEvent>>();
  for (const OutgoingMessage& message : batch->messages) {
    StoredEvent& event = events->emplace_back();
    event.request_id = NewUuid(services_.random);
    event.function_name = name;
    event.qualifier = qualifier;
    event.trace_header = message.trace_header.empty()
                             ? NewTraceHeader(services_.clock->NowMs(), services_.random)
                             : message.trace_header;
    event.payload = std::make_shared<const std::string>(message.body);
  }
  auto placed = std::make_shared<std::vector<Placed>>();
  auto plan = [batch, events, placed](std::span<const PinnedValue>, WriteSet* writes) {
    placed->clear();
    for (const StoredEvent& event : *events) {
      placed->push_back(PutNewEvent(event, writes->TakeSequence(), writes));
    }
    DeleteAll(batch->messages, writes);
    return Status::Ok();
  };
  Change::Submit(services_.engine, {}, WeightOf(batch->messages), std::move(plan), services_.thread,
                 [this, batch, placed](const Status& status) {
                   if (!status.ok()) {
                     OnFailed(batch, std::string(status.message()));
                     return;
                   }
                   for (const Placed& event : *placed) {
                     services_.event_placed(event);
                   }
                   OnDelivered(batch);
                 });
}

void MessageDispatcher::Remove(const BatchPointer& batch) {
  auto plan = [batch](std::span<const PinnedValue>, WriteSet* writes) {
    DeleteAll(batch->messages, writes);
    return Status::Ok();
  };
  Change::Submit(services_.engine, {}, kRowsWeight, std::move(plan), services_.thread,
                 [this, batch](const Status& status) { OnRemoved(batch, status); });
}

void MessageDispatcher::OnRemoved(const BatchPointer& batch, const Status& status) {
  if (status.ok()) {
    OnDelivered(batch);
  } else if (stopping_) {
    End(batch->target_arn);  // they will be sent once more
  } else {
    unremoved_.push_back(batch);
  }
}

void MessageDispatcher::OnDelivered(const BatchPointer& batch) {
  Target& target = targets_.at(batch->target_arn);
  target.from = batch->messages.back().id + 1;
  target.attempts = 0;
  target.next_try_ms = 0;
  End(batch->target_arn);
}

void MessageDispatcher::OnFailed(const BatchPointer& batch, const std::string& problem) {
  const DeliveryOptions& options = services_.options;
  const OutgoingMessage& first = batch->messages.front();
  Target& target = targets_.at(batch->target_arn);
  target.attempts += 1;
  int64_t delay_ms = Doubled(options.message_base_ms, options.message_max_ms, target.attempts);
  delay_ms -=
      static_cast<int64_t>(services_.random->Next64() % static_cast<uint64_t>(delay_ms / 2 + 1));
  target.next_try_ms = services_.clock->NowMs() + delay_ms;
  if (target.attempts == 1) {
    Log(LogLevel::kWarning, "messages cannot be delivered target=" + batch->target_arn +
                                " problem=\"" + problem + "\"");
  }
  services_.counters->Count(first.source, [&](DeliveryFigures* figures) {
    (first.kind == OutgoingKind::kDeadLetter ? figures->dead_letter_errors
                                             : figures->destination_failures) += 1;
  });
  OutgoingMessage noted = first;
  noted.attempts = target.attempts;
  noted.next_try_ms = target.next_try_ms;
  noted.problem = problem;
  std::string key = OutgoingKey(noted.target_arn, noted.id);
  auto plan = [noted, key](std::span<const PinnedValue> current, WriteSet* writes) {
    if (!current[0].found()) {
      return Status(StatusCode::kRefused, "the message is gone");
    }
    std::string value;
    EncodeOutgoing(noted, &value);
    writes->Put(Space::kFunctions, key, value);
    return Status::Ok();
  };
  // Whether that was noted matters only after a restart: then the next attempt comes sooner.
  Change::Submit(services_.engine, {key}, noted.body.size() + kRowsWeight, std::move(plan),
                 services_.thread, [this, arn = batch->target_arn](const Status&) { End(arn); });
}

void MessageDispatcher::End(const std::string& target_arn) {
  targets_.at(target_arn).busy = false;
  --busy_count_;
  CheckStopped();
}

void MessageDispatcher::Stop(std::function<void()> stopped) {
  stopping_ = true;
  stopped_ = std::move(stopped);
  for (const BatchPointer& lost : std::exchange(unremoved_, {})) {
    End(lost->target_arn);
  }
  CheckStopped();
}

void MessageDispatcher::CheckStopped() {
  if (stopping_ && busy_count_ == 0 && stopped_ != nullptr) {
    std::exchange(stopped_, nullptr)();
  }
}

}  // namespace millrace::streams
