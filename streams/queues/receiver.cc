// The thread of the receives.
#include "streams/queues/receiver.h"

#include <algorithm>
#include <utility>

#include "storage/base/log.h"
#include "storage/codec/queue_codec.h"
#include "streams/queues/call_task.h"
#include "streams/queues/queue_mutations.h"
#include "streams/queues/queue_rows.h"

namespace millrace::streams {
namespace {

// How far a receive looks for a free message group before it gives up: as far as the service does.
constexpr size_t kOrderedScanMax = 20000;
constexpr int64_t kTickMsMax = 1000;
constexpr int64_t kCountEveryUs = 1000 * 1000;

}  // namespace

// One call of Receive.
class Receiver::Waiter {
 public:
  Waiter(ReceiveRequest the_request, int64_t now_us, TaskQueue* home, QueueStore::ReceiveDone done)
      : request(std::move(the_request)),
        deadline_us(now_us + request.wait_ms * 1000),
        home_(home),
        done_(std::move(done)) {}

  uint32_t queue_id() const { return request.queue->descriptor.queue_id; }
  bool cancelled() const { return request.cancelled != nullptr && request.cancelled->load(); }
  void Answer(Result<std::vector<QueueMessage>> result) {
    PostCall(home_, [done = std::move(done_), result = std::move(result)]() mutable {
      done(std::move(result));
    });
  }

  const ReceiveRequest request;
  const int64_t deadline_us;

 private:
  TaskQueue* const home_;
  QueueStore::ReceiveDone done_;
};

Receiver::Receiver(engine::Engine* engine, const Clock* clock,
                   std::function<QueuePointer(std::string_view)> find_by_arn)
    : engine_(engine),
      clock_(clock),
      find_by_arn_(std::move(find_by_arn)),
      thread_([this] { return Tick(); }) {}

Receiver::~Receiver() = default;

void Receiver::EndWaits() {
  PostCall(&thread_, [this] {
    stopping_ = true;
    for (auto& [queue_id, state] : queues_) {
      EndWaiters(&state, INT64_MAX);
    }
  });
}

void Receiver::Stop() {
  EndWaits();
  thread_.Stop();
}

void Receiver::Receive(ReceiveRequest request, TaskQueue* home, QueueStore::ReceiveDone done) {
  auto waiter = std::make_shared<std::unique_ptr<Waiter>>(
      std::make_unique<Waiter>(std::move(request), clock_->MonotonicUs(), home, std::move(done)));
  PostCall(&thread_, [this, waiter] { Begin(std::move(*waiter)); });
}

void Receiver::NoteNews(uint32_t queue_id) {
  if (!anybody_waits_.load()) {
    return;
  }
  {
    MutexLock lock(&news_mutex_);
    news_.insert(queue_id);
  }
  thread_.Wake();
}

void Receiver::Begin(std::unique_ptr<Waiter> waiter) {
  if (waiter_count_ >= kWaitersMax) {
    waiter->Answer(Status(StatusCode::kResourceExhausted, "too many receives are waiting"));
    return;
  }
  // Before the look: a message sent after it is news then.
  anybody_waits_.store(true);
  const uint32_t queue_id = waiter->queue_id();
  QueueState& state = queues_[queue_id];
  waiter = Try(std::move(waiter), &state);
  if (waiter != nullptr && (stopping_ || waiter->request.wait_ms <= 0)) {
    waiter->Answer(std::vector<QueueMessage>());
  } else if (waiter != nullptr) {
    ++waiter_count_;
    state.waiters.push_back(std::move(waiter));
  }
}

std::unique_ptr<Receiver::Waiter> Receiver::Try(std::unique_ptr<Waiter> waiter, QueueState* state) {
  if (waiter->cancelled()) {
    waiter->Answer(std::vector<QueueMessage>());
    return nullptr;
  }
  Candidates candidates;
  const Queue& queue = *waiter->request.queue;
  Status status = CheckInFlight(queue, state);
  if (status.ok()) {
    status = FindCandidates(queue, static_cast<size_t>(waiter->request.count), *state, &candidates);
  }
  if (!status.ok()) {
    waiter->Answer(status);
    return nullptr;
  }
  if (candidates.numbers.empty()) {
    state->next_visible_ms = candidates.next_visible_ms;
    return waiter;
  }
  Take(std::move(waiter), candidates, state);
  return nullptr;
}

// Counting takes a walk over what is in flight, so it is done only where there is enough, and at
// most once a second.
Status Receiver::CheckInFlight(const Queue& queue, QueueState* state) const {
  const int64_t in_flight_max = queue.descriptor.fifo ? kFifoInFlightMax : kStandardInFlightMax;
  const uint32_t queue_id = queue.descriptor.queue_id;
  if (engine_->Counters(queue_id).item_count < in_flight_max) {
    return Status::Ok();
  }
  const int64_t now_us = clock_->MonotonicUs();
  if (now_us >= state->counted_until_us) {
    ASSIGN_OR_RETURN(const QueueCounts counts,
                     CountMessages(*engine_, queue.descriptor, clock_->NowMs()));
    state->full = counts.in_flight >= in_flight_max;
    state->counted_until_us = now_us + kCountEveryUs;
  }
  return state->full ? Status(StatusCode::kResourceExhausted, "too many messages are in flight")
                     : Status::Ok();
}

void Receiver::Take(std::unique_ptr<Waiter> waiter, const Candidates& candidates,
                    QueueState* state) {
  state->reserved.insert(candidates.numbers.begin(), candidates.numbers.end());
  state->busy_groups.insert(candidates.groups.begin(), candidates.groups.end());
  const QueuePointer queue = waiter->request.queue;
  const std::string& dead_letters_arn = queue->descriptor.settings.redrive_target_arn;
  // A queue whose dead letters go to itself would go on moving them for ever.
  const QueuePointer dead_letters = dead_letters_arn.empty() || dead_letters_arn == queue->arn
                                        ? nullptr
                                        : find_by_arn_(dead_letters_arn);
  const int64_t visibility_timeout_s = waiter->request.visibility_timeout_s;
  auto shared = std::make_shared<std::unique_ptr<Waiter>>(std::move(waiter));
  auto done = [this, shared, candidates, dead_letters](const Status& status,
                                                       TakeMutation::Outcome outcome) {
    std::unique_ptr<Waiter> answered = std::move(*shared);
    QueueState& queue_state = queues_[answered->queue_id()];
    for (const uint64_t number : candidates.numbers) {
      queue_state.reserved.erase(number);
    }
    for (const uint64_t group : candidates.groups) {
      queue_state.busy_groups.erase(queue_state.busy_groups.find(group));
    }
    if (outcome.moved) {
      NoteNews(dead_letters->descriptor.queue_id);
    }
    // Others may have been waiting for what was reserved and then not taken.
    queue_state.next_visible_ms = 0;
    if (!status.ok()) {
      answered->Answer(status);
    } else if (!outcome.taken.empty()) {
      answered->Answer(std::move(outcome.taken));
    } else {
      Begin(std::move(answered));
    }
  };
  auto* const mutation = new TakeMutation(queue, dead_letters, candidates.numbers,
                                          visibility_timeout_s, &thread_, std::move(done));
  const Status status = engine_->Submit(mutation);
  if (!status.ok()) {
    mutation->Complete(status);
  }
}

int64_t Receiver::Tick() {
  TakeNews();
  const int64_t now_us = clock_->MonotonicUs();
  const int64_t now_ms = clock_->NowMs();
  int64_t rest_ms = TaskThread::kNever;
  for (auto entry = queues_.begin(); entry != queues_.end();) {
    QueueState& state = entry->second;
    if (!state.waiters.empty() && state.next_visible_ms <= now_ms) {
      RetryWaiters(&state);
    }
    EndWaiters(&state, now_us);
    if (state.waiters.empty() && state.reserved.empty()) {
      entry = queues_.erase(entry);
      continue;
    }
    for (const std::unique_ptr<Waiter>& waiter : state.waiters) {
      const int64_t left_ms = std::min((waiter->deadline_us - now_us) / 1000 + 1, kTickMsMax);
      const int64_t until_visible_ms =
          state.next_visible_ms == INT64_MAX
              ? kTickMsMax
              : std::clamp<int64_t>(state.next_visible_ms - now_ms, 1, kTickMsMax);
      const int64_t wanted_ms = std::min(left_ms, until_visible_ms);
      rest_ms = rest_ms == TaskThread::kNever ? wanted_ms : std::min(rest_ms, wanted_ms);
    }
    ++entry;
  }
  anybody_waits_.store(!queues_.empty());
  return rest_ms;
}

void Receiver::TakeNews() {
  std::set<uint32_t> news;
  {
    MutexLock lock(&news_mutex_);
    news.swap(news_);
  }
  for (const uint32_t queue_id : news) {
    const auto found = queues_.find(queue_id);
    if (found != queues_.end()) {
      found->second.next_visible_ms = 0;
    }
  }
}

void Receiver::RetryWaiters(QueueState* state) {
  state->next_visible_ms = INT64_MAX;
  std::deque<std::unique_ptr<Waiter>> waiters = std::move(state->waiters);
  state->waiters.clear();
  while (!waiters.empty()) {
    std::unique_ptr<Waiter> waiter = Try(std::move(waiters.front()), state);
    waiters.pop_front();
    if (waiter == nullptr) {
      --waiter_count_;
      continue;
    }
    // Nothing for this one, so nothing for those behind it.
    state->waiters.push_back(std::move(waiter));
    break;
  }
  for (std::unique_ptr<Waiter>& waiter : waiters) {
    state->waiters.push_back(std::move(waiter));
  }
}

void Receiver::EndWaiters(QueueState* state, int64_t now_us) {
  std::erase_if(state->waiters, [&](const std::unique_ptr<Waiter>& waiter) {
    if (waiter->deadline_us > now_us && !waiter->cancelled()) {
      return false;
    }
    waiter->Answer(std::vector<QueueMessage>());
    --waiter_count_;
    return true;
  });
}

Status Receiver::FindCandidates(const Queue& queue, size_t count, const QueueState& state,
                                Candidates* candidates) const {
  return queue.descriptor.fifo ? FindOrdered(queue, count, state, candidates)
                               : FindVisible(queue, count, state, candidates);
}

// Standard queues: the entries lie in the order in which they become visible.
Status Receiver::FindVisible(const Queue& queue, size_t count, const QueueState& state,
                             Candidates* candidates) const {
  const uint32_t queue_id = queue.descriptor.queue_id;
  const std::string from = QueueKindBegin(QueueRowKind::kVisibility, queue_id);
  const std::string to = QueueKindEnd(QueueRowKind::kVisibility, queue_id);
  engine::ScanRange range;
  range.space = engine::Space::kQueues;
  range.from = from;
  range.to = to;
  const int64_t now_ms = clock_->NowMs();
  const std::unique_ptr<engine::Scanner> entries = engine_->Scan(range);
  for (; entries->Valid() && candidates->numbers.size() < count; entries->Next()) {
    int64_t visible_ms = 0;
    uint64_t number = 0;
    if (!ParseVisibilityKey(entries->key(), &visible_ms, &number)) {
      return Status(StatusCode::kCorruption, "a stored queue entry is damaged");
    }
    if (visible_ms > now_ms) {
      candidates->next_visible_ms = visible_ms;
      break;
    }
    if (!state.reserved.contains(number)) {
      candidates->numbers.push_back(number);
    }
  }
  return entries->status();
}

// FIFO queues: the entries lie in order of sending; a group with a message that is not visible
// keeps back the later ones.
Status Receiver::FindOrdered(const Queue& queue, size_t count, const QueueState& state,
                             Candidates* candidates) const {
  const uint32_t queue_id = queue.descriptor.queue_id;
  const std::string from = QueueKindBegin(QueueRowKind::kOrder, queue_id);
  const std::string to = QueueKindEnd(QueueRowKind::kOrder, queue_id);
  engine::ScanRange range;
  range.space = engine::Space::kQueues;
  range.from = from;
  range.to = to;
  const int64_t now_ms = clock_->NowMs();
  std::set<uint64_t> kept_back;
  size_t looked_at = 0;
  const std::unique_ptr<engine::Scanner> entries = engine_->Scan(range);
  for (; entries->Valid() && candidates->numbers.size() < count && looked_at < kOrderedScanMax;
       entries->Next(), ++looked_at) {
    uint64_t number = 0;
    if (!ParseOrderKey(entries->key(), &number)) {
      return Status(StatusCode::kCorruption, "a stored queue entry is damaged");
    }
    ASSIGN_OR_RETURN(const QueueEntry entry, DecodeQueueEntry(entries->value()));
    if (entry.visible_ms > now_ms) {
      kept_back.insert(entry.group_hash);
      candidates->next_visible_ms = std::min(candidates->next_visible_ms, entry.visible_ms);
    } else if (!kept_back.contains(entry.group_hash) &&
               !state.busy_groups.contains(entry.group_hash)) {
      candidates->numbers.push_back(number);
      candidates->groups.push_back(entry.group_hash);
    }
  }
  return entries->status();
}

}  // namespace millrace::streams
