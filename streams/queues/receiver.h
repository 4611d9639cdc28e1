// Receiving: who waits for messages of which queue, and which messages are being handed out at this
// moment. All of it belongs to one thread, so that two receives never reach for the same message;
// what is handed out is decided by the commit.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/base/task_thread.h"
#include "storage/engine/engine.h"
#include "streams/queues/queue_store.h"

namespace millrace::streams {

// Thread-safe apart from Start and Stop.
class Receiver {
 public:
  // `find_by_arn` finds dead-letter queues.
  Receiver(engine::Engine* engine, const Clock* clock,
           std::function<QueuePointer(std::string_view)> find_by_arn);
  ~Receiver();

  void Start() { thread_.Start(); }
  void EndWaits();
  void Stop();
  void Wake() { thread_.Wake(); }

  // As QueueStore::Receive.
  void Receive(ReceiveRequest request, TaskQueue* home, QueueStore::ReceiveDone done);
  // Messages of the queue have become visible.
  void NoteNews(uint32_t queue_id) EXCLUDES(news_mutex_);

  // Limits of the protocol: messages in flight at a time.
  static constexpr int64_t kStandardInFlightMax = 120000;
  static constexpr int64_t kFifoInFlightMax = 20000;
  static constexpr size_t kWaitersMax = 10000;

 private:
  class Waiter;
  // The messages that a receive may take, and when to look again if there are none.
  struct Candidates {
    std::vector<uint64_t> numbers;
    std::vector<uint64_t> groups;  // of a FIFO queue
    int64_t next_visible_ms = INT64_MAX;
  };
  struct QueueState {
    std::deque<std::unique_ptr<Waiter>> waiters;
    std::set<uint64_t> reserved;          // being handed out
    std::multiset<uint64_t> busy_groups;  // of those
    int64_t next_visible_ms = INT64_MAX;  // when a waiter should look again
    bool full = false;                    // too much is in flight; known until then:
    int64_t counted_until_us = 0;
  };

  int64_t Tick();
  void TakeNews() EXCLUDES(news_mutex_);
  void Begin(std::unique_ptr<Waiter> waiter);
  // Gives the waiter what there is; returns it if it has to wait.
  std::unique_ptr<Waiter> Try(std::unique_ptr<Waiter> waiter, QueueState* state);
  void Take(std::unique_ptr<Waiter> waiter, const Candidates& candidates, QueueState* state);
  void RetryWaiters(QueueState* state);
  Status CheckInFlight(const Queue& queue, QueueState* state) const;
  void EndWaiters(QueueState* state, int64_t now_us);
  Status FindCandidates(const Queue& queue, size_t count, const QueueState& state,
                        Candidates* candidates) const;
  Status FindVisible(const Queue& queue, size_t count, const QueueState& state,
                     Candidates* candidates) const;
  Status FindOrdered(const Queue& queue, size_t count, const QueueState& state,
                     Candidates* candidates) const;

  engine::Engine* const engine_;
  const Clock* const clock_;
  const std::function<QueuePointer(std::string_view)> find_by_arn_;
  std::unordered_map<uint32_t, QueueState> queues_;  // those with waiters or reservations
  size_t waiter_count_ = 0;
  bool stopping_ = false;
  std::atomic<bool> anybody_waits_{false};
  Mutex news_mutex_;
  std::set<uint32_t> news_ GUARDED_BY(news_mutex_);
  TaskThread thread_;  // last: its thread uses the others
};

}  // namespace millrace::streams
