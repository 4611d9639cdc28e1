// Durable queues with the semantics of SQS: standard and FIFO, visibility timeouts, delays, long
// polls, retention, dead letters, deduplication. Everything that is acknowledged is committed; what
// only matters while the process lives (who waits, which messages are being handed out right now)
// is kept by one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/random.h"
#include "storage/base/status.h"
#include "storage/base/task.h"
#include "storage/engine/engine.h"
#include "storage/model/queue.h"

namespace millrace::streams {

// A queue as requests see it. A change of its settings makes a new one; what shares its queue id
// shares `retired`.
struct Queue {
  QueueDescriptor descriptor;
  std::string arn;
  // Set, in commit order, when the queue was deleted or purged: nothing may be written under this
  // queue id any more.
  std::shared_ptr<std::atomic<bool>> retired;
};
using QueuePointer = std::shared_ptr<const Queue>;

struct QueueStoreOptions {
  std::string region = "us-east-1";
  std::string account = "000000000000";
};

// One message to send: `message` with body, attributes, group and the like; the store sets the
// rest.
struct SendEntry {
  QueueMessage message;
  int64_t delay_s = 0;
};
struct SendOutcome {
  std::string message_id;
  uint64_t number = 0;  // the SequenceNumber of FIFO queues
};

struct ReceiveRequest {
  QueuePointer queue;
  int count = 1;  // at most so many messages
  int64_t visibility_timeout_s = 30;
  int64_t wait_ms = 0;  // how long to wait for the first one
  // Once it is true, nothing more is handed out; who sets it calls Wake. nullptr: never.
  std::shared_ptr<const std::atomic<bool>> cancelled = nullptr;
};

// What tells one receive of a message: opaque to clients.
struct ReceiptHandle {
  uint32_t queue_id = 0;
  uint64_t number = 0;
  uint64_t receipt = 0;
};
std::string FormatReceiptHandle(const ReceiptHandle& handle);
// False for text that FormatReceiptHandle did not make.
bool ParseReceiptHandle(std::string_view text, ReceiptHandle* handle);

// What became of a message that was to be deleted or to get another visibility timeout.
enum class HandleOutcome {
  kDone,         // also when a delete came too late or twice: nothing is left to do
  kNotInFlight,  // the visibility timeout was over, or the message is gone
};
struct VisibilityChange {
  ReceiptHandle handle;
  int64_t visibility_timeout_s = 0;
};

struct QueueCounts {
  int64_t visible = 0;
  int64_t in_flight = 0;
  int64_t delayed = 0;
};

// Thread-safe, apart from Load, Start and Stop. Callbacks run once, on the queue that was given, or
// on an internal thread, where they must be brief, if that is nullptr.
class QueueStore {
 public:
  using QueueDone = std::function<void(Result<QueuePointer>)>;
  // Changes a copy of the stored descriptor, or refuses. In commit order; must be pure.
  using QueueEdit = std::function<Status(QueueDescriptor*)>;
  using SendDone = std::function<void(Result<std::vector<SendOutcome>>)>;
  using ReceiveDone = std::function<void(Result<std::vector<QueueMessage>>)>;
  using HandlesDone = std::function<void(Result<std::vector<HandleOutcome>>)>;

  // The pointers must outlive the store; the engine must be stopped before it is destroyed.
  QueueStore(engine::Engine* engine, const Clock* clock, Random* random,
             const QueueStoreOptions& options);
  ~QueueStore();

  // Reads the queues. Once, before anything else. kCorruption if what is stored is not sound.
  Status Load();
  void Start();
  // Answers who waits with no messages, and lets nobody wait any more.
  void EndWaits();
  // The same, and ends the thread. No calls may be under way or come later.
  void Stop();
  // The clock has jumped: looks at once at what is due.
  void Wake();

  // The queue, or nullptr.
  QueuePointer Find(std::string_view name) const;
  QueuePointer FindByArn(std::string_view arn) const;
  // Names that begin with `prefix`, in order, behind `after`, at most `count`.
  std::vector<std::string> List(std::string_view prefix, std::string_view after, size_t count,
                                bool* more) const;
  // The queues that name this one as their dead-letter queue, in order of their names.
  std::vector<QueuePointer> SourcesOf(std::string_view arn) const;
  std::string ArnOf(std::string_view name) const;

  // Creates a queue (name, fifo, settings and tags of `queue` are used). kAlreadyExists if there is
  // one of the name.
  void Create(QueueDescriptor queue, TaskQueue* home, QueueDone done);
  // kNotFound if there is none.
  void Update(std::string_view name, QueueEdit edit, TaskQueue* home, QueueDone done);
  void Delete(std::string_view name, TaskQueue* home, QueueDone done);
  // Removes all messages, also those in flight.
  void Purge(std::string_view name, TaskQueue* home, QueueDone done);

  // Sends all messages in one commit, in their order. A FIFO queue takes a message whose
  // deduplication id (which must be set) was used within five minutes as sent, and names the
  // first. kNotFound if the queue is gone.
  void Send(QueuePointer queue, std::vector<SendEntry> entries, TaskQueue* home, SendDone done);
  // Hands out messages and hides them for the visibility timeout; moves those that were received
  // too often to the dead-letter queue. An empty answer when none came in time.
  // kResourceExhausted when too many are in flight or too many callers wait.
  void Receive(ReceiveRequest request, TaskQueue* home, ReceiveDone done);
  // Handles of another queue id count as done: those messages are gone.
  void DeleteMessages(QueuePointer queue, std::vector<ReceiptHandle> handles, TaskQueue* home,
                      HandlesDone done);
  void ChangeVisibility(QueuePointer queue, std::vector<VisibilityChange> changes, TaskQueue* home,
                        HandlesDone done);
  // Walks over what is in flight or delayed; for worker threads.
  Result<QueueCounts> Counts(const Queue& queue) const;

  // Removes what is too old and what purged and deleted queues have left. Call now and then, from
  // one thread; stops early once `stop` is true.
  Status RunMaintenance(const std::atomic<bool>& stop);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::streams
