// The change log: reading the records of streams in commit order, finding the place of a time in
// them, and waiting for new ones. The records themselves are written with the items they are about
// (item_change.h); shards and trimming are the business of stream_maintenance.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
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
  // Both must outlive the object.
  ChangeLog(engine::Engine* engine, StreamCatalog* streams);

  // Hands the records of `range` to `visitor` in order of their sequences, until it stops or none
  // is left that was committed when the read began. kCorruption if a stored record is damaged.
  Status Read(const LogRange& range, ChangeVisitor* visitor) const;
  // The same over several ranges, of any streams, merged into the one total order. Opens a cursor
  // per range: for as many ranges as are known to have records.
  Status ReadMerged(std::span<const LogRange> ranges, ChangeVisitor* visitor) const;

  // The first sequence at or after `range.from`, and at most `range.to`, whose record has a commit
  // time of at least `time_ms`; nothing if there is none yet. Takes a number of look-ups that does
  // not depend on how many records there are.
  Result<std::optional<uint64_t>> FindTime(const LogRange& range, int64_t time_ms) const;
  // The first record's sequence in the range, and its time; nothing if it is empty.
  struct FirstRecord {
    uint64_t sequence = 0;
    int64_t time_ms = 0;
  };
  Result<std::optional<FirstRecord>> First(const LogRange& range) const;

  // The newest commit sequence whose records, and those of all before it, are visible.
  uint64_t last_sequence() const;
  // The newest sequence of a record of the stream that was committed since this process began; 0 if
  // none was. Tells readers that wait for many streams which ones to look at.
  uint64_t LastSequenceOf(uint32_t stream_id) const EXCLUDES(mutex_);

  // A wish to be told once, when next a record is added to the stream (0: to any stream). The task
  // is posted to `queue` at most once, and Cancel returns only when it either has been posted or
  // never will be; the object may then be used again. The owner keeps it until that is settled.
  struct Waiter {
    uint32_t stream_id = 0;
    Task* task = nullptr;
    TaskQueue* queue = nullptr;
    bool waiting = false;  // the log's business
  };
  // Begins to wait for records with a sequence above `seen`. False: there may be some already; read
  // again, nothing was begun.
  [[nodiscard]] bool Wait(Waiter* waiter, uint64_t seen) EXCLUDES(mutex_);
  // Ends the wait. True: the task will not come (or was never asked for). False: it has been
  // posted.
  bool Cancel(Waiter* waiter) EXCLUDES(mutex_);

  // engine::LogObserver
  void LogAppended(std::span<const uint32_t> stream_ids, uint64_t last_sequence) override
      EXCLUDES(mutex_);

 private:
  engine::Engine* const engine_;
  StreamCatalog* const streams_;
  mutable Mutex mutex_;
  std::unordered_map<uint32_t, uint64_t> last_sequences_ GUARDED_BY(mutex_);
  std::vector<Waiter*> waiters_ GUARDED_BY(mutex_);
};

}  // namespace millrace::tables
