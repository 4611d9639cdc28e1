// The change log: reading the records of streams in commit order, finding the place of a time in
// them, and waiting for new ones. The records themselves are written with the items they are about
// (item_change.h); shards and trimming are the business of stream_maintenance.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/base/task.h"
#include "storage/codec/change_codec.h"
#include "storage/engine/engine.h"
#include "storage/tables/stream_catalog.h"

namespace millrace::tables {

// One record with its place.
struct LoggedChange {
  uint32_t stream_id = 0;
  uint16_t hash_range = 0;
  uint64_t sequence = 0;
  ChangeRecord record;  // its views last during the visit only
};

// Receives records one by one. Returns false to stop before this one: it was not taken.
class ChangeVisitor {
 public:
  virtual ~ChangeVisitor() = default;
  virtual bool Visit(const LoggedChange& change) = 0;
};

// A piece of one hash range of a stream.
struct LogRange {
  uint32_t stream_id = 0;
  uint16_t hash_range = 0;
  uint64_t from = 0;  // first sequence wanted
  uint64_t to = 0;    // last sequence wanted; 0: no end
};

// Thread-safe.
class ChangeLog final : public engine::LogObserver {
 public:
  // Both must outlive the object. To be told of new records it must be made the engine's observer.
  ChangeLog(engine::Engine* engine, const StreamCatalog* streams);

  // Hands the records of `range` to `visitor` in order of their sequences, until it stops or none
  // is left that was committed when the read began. Records in front of the stream's horizon are
  // passed over, and no other ever is: who must not miss any compares where it began with
  // Stream::horizons after the read. kCorruption if a stored record is damaged.
  Status Read(const LogRange& range, ChangeVisitor* visitor) const;
  // The same over several ranges, of any streams, merged into the one total order, up to
  // last_sequence() as it was when the read began. Opens a cursor per range: for as many ranges as
  // are known to have records.
  Status ReadMerged(std::span<const LogRange> ranges, ChangeVisitor* visitor) const;

  // The first sequence at or after `range.from`, and at most `range.to`, whose record has a commit
  // time of at least `time_ms`; nothing if there is none yet. Takes a number of look-ups that does
  // not depend on how many records there are. Commit times never go back unless the process was
  // started again with the clock set back; then the answer is one of the places where a record
  // before the time is followed by one at or after it.
  Result<std::optional<uint64_t>> FindTime(const LogRange& range, int64_t time_ms) const;
  // The first record's sequence in the range, and its time; nothing if it is empty.
  struct FirstRecord {
    uint64_t sequence = 0;
    int64_t time_ms = 0;
  };
  Result<std::optional<FirstRecord>> First(const LogRange& range) const;

  // The newest commit sequence whose records, and those of all before it, are visible.
  uint64_t last_sequence() const;
  // The newest commit sequence up to which the stream catalog tells of every change of streams and
  // shards; at most last_sequence(). A look at the catalog after it knows all shards that ended by
  // it, so records up to it can be told apart by shard.
  uint64_t settled_sequence() const;
  // The identity of the database that the log is of.
  const std::string& database_uuid() const;
  // last_sequence() as it was when the stream (0: any stream) got its newest records since this
  // process began; 0 if it got none. Tells readers that wait for many streams which ones to look
  // at: records from before that time are in the store, and whoever has read up to a
  // last_sequence() of this process has them.
  uint64_t LastSequenceOf(uint32_t stream_id) const EXCLUDES(mutex_);

  // A wish to be told once, when next a record is added to the stream (0: to any stream). The task
  // is posted to `queue` at most once, and Cancel returns only when it either has been posted or
  // never will be; the object may then be used again. The owner keeps it until that is settled,
  // and does not change it meanwhile.
  struct Waiter {
    uint32_t stream_id = 0;
    Task* task = nullptr;
    TaskQueue* queue = nullptr;

    // The log's business.
    enum class State : uint8_t { kIdle, kWaiting, kPosted };
    State state = State::kIdle;
    uint64_t seen = 0;
    Waiter* next = nullptr;
    Waiter* previous = nullptr;
  };
  // Begins to wait for more records than were visible at `seen`: last_sequence() as it was before
  // the read that found nothing more. False: there may be some already; note last_sequence() and
  // read again, nothing was begun.
  [[nodiscard]] bool Wait(Waiter* waiter, uint64_t seen) EXCLUDES(mutex_);
  // Ends the wait. True: the task will not come (or was never asked for). False: it has been
  // posted, and may have run.
  bool Cancel(Waiter* waiter) EXCLUDES(mutex_);

  // Forgets a stream that is gone.
  void Forget(uint32_t stream_id) EXCLUDES(mutex_);

  // engine::LogObserver
  void LogAppended(std::span<const uint32_t> stream_ids, uint64_t last_sequence) override
      EXCLUDES(mutex_);

 private:
  // What is known of a stream (id 0: of all together), and who waits for it.
  struct StreamNews {
    uint64_t last_sequence = 0;
    Waiter* first_waiter = nullptr;
  };
  // Tasks on their way to one queue.
  struct Posting {
    TaskQueue* queue = nullptr;
    TaskList tasks;
  };

  void Note(uint32_t stream_id, uint64_t last_sequence) REQUIRES(mutex_);
  static void Unlink(StreamNews* news, Waiter* waiter);
  void AddToPostings(Waiter* waiter);

  engine::Engine* const engine_;
  const StreamCatalog* const streams_;
  mutable Mutex mutex_;
  ConditionVariable posted_;
  std::unordered_map<uint32_t, StreamNews> news_ GUARDED_BY(mutex_);
  bool posting_ GUARDED_BY(mutex_) = false;
  std::vector<Posting> postings_;  // the committer's own, empty between two calls
};

}  // namespace millrace::tables
