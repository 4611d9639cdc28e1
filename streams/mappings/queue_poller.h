// Carries the messages of a queue to a function: receives, gathers batches, invokes, and deletes
// what the function has done. Messages that failed are simply not deleted: the queue makes them
// visible again, counts how often they were received, and moves them to its dead-letter queue.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "streams/mappings/lane.h"
#include "streams/mappings/mapping_runner.h"
#include "streams/mappings/queue_filter.h"
#include "streams/queues/queue_store.h"

namespace millrace::streams {

// On the lanes' thread. While there is nothing to do it has one receive waiting at the queue.
class QueuePoller final : public MappingRunner {
 public:
  // Both outlive it.
  QueuePoller(const LaneServices& services, MappingProgress* progress);
  ~QueuePoller() override;

  void Apply(std::shared_ptr<const Mapping> mapping, int64_t change) override;
  void Stop() override;
  void Abandon() override;
  bool stopped() const override { return ended_ && !receiving_ && running_ == 0; }
  int64_t Tick(int64_t now_ms) override;
  void Describe(MappingView* view) const override;

  // Batches at a time where the mapping does not say.
  static constexpr int64_t kConcurrencyDefault = 10;

 private:
  // A received message.
  struct Taken {
    QueueMessage message;
    ReceiptHandle handle;
    std::string record;  // JSON
  };
  // On its way.
  struct Batch {
    QueuePointer queue;
    std::vector<Taken> messages;
    int64_t started_ms = 0;
  };

  bool active() const {
    return mapping_ != nullptr && mapping_->settings.enabled && !mapping_->settings.paused;
  }
  bool changing() const { return next_mapping_ != nullptr; }
  bool may_run() const { return active() && !changing() && !ended_; }
  int64_t concurrency() const;
  int64_t window_ms() const { return mapping_->settings.batching_window_s * 1000; }
  size_t batch_size() const { return static_cast<size_t>(mapping_->settings.batch_size); }

  // Does what there is to do.
  void Advance();
  void Adopt();
  void Receive(int64_t now_ms);
  size_t CountToReceive() const;
  void CancelReceive();
  // A receive that is under way.
  struct Poll {
    QueuePointer queue;
    size_t wanted = 0;
    int64_t ends_us = 0;  // monotonic
    std::shared_ptr<std::atomic<bool>> cancelled;
  };
  void OnReceived(const Poll& poll, Result<std::vector<QueueMessage>> result);
  void Gather(const QueuePointer& queue, std::vector<QueueMessage> messages);
  bool IsRecursive(const QueueMessage& message) const;
  bool BatchIsComplete(int64_t now_ms) const;
  size_t CountOfBatch() const;
  void StartBatch(int64_t now_ms);
  // Forgets what has waited so long that others can have it.
  void ForgetStale(int64_t now_ms);
  // Gives messages back that were not tried.
  void GiveBack(std::vector<Taken> messages);

  // What comes of it: queue_outcomes.cc.
  void OnResult(Batch batch, const InvokeResult& result);
  void OnNotInvoked(const InvokeResult& result);
  std::vector<bool> FailuresOf(const Batch& batch, const InvokeResult& result) const;
  // Deletes what has not failed; the rest comes back when its visibility timeout is over.
  void Settle(Batch batch, const std::vector<bool>& failed);
  void ShortenVisibility(const Batch& batch, const std::vector<bool>& failed);
  // Those that are not to be tried.
  void Drop(const QueuePointer& queue, std::vector<ReceiptHandle> handles, Counter* counter);
  void Delete(const QueuePointer& queue, std::vector<ReceiptHandle> handles, bool counts);
  void Finished();

  const LaneServices& services_;
  MappingProgress* const progress_;
  // Callbacks that come after the object has gone find this empty.
  std::shared_ptr<QueuePoller*> self_;
  std::shared_ptr<const Mapping> mapping_;
  std::shared_ptr<const Mapping> next_mapping_;  // to be taken on when nothing is under way
  int64_t change_ = 0;
  QueueFilter filter_;

  bool receiving_ = false;
  std::shared_ptr<std::atomic<bool>> cancelled_;  // that
  int64_t running_ = 0;                           // batches, and deletes of what is not to be tried
  bool ended_ = false;
  int64_t pause_until_ms_ = 0;  // nothing is received before
  int64_t refusals_ = 0;        // invocations in a row that were not taken

  // The batch that is being gathered.
  QueuePointer queue_;
  std::vector<Taken> gathered_;
  size_t gathered_size_ = 0;  // of the records
  int64_t first_taken_ms_ = 0;
  bool nothing_more_ = false;  // the queue had less than was wanted
};

}  // namespace millrace::streams
