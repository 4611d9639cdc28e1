// The engine: the only door to RocksDB, and the whole of what the layers above may know of the
// store below. Keys and values are byte strings in named spaces; keys are ordered bytewise.
// Everything that is written goes through one committer thread, in one total order, durable before
// it is acknowledged.
//
// The seam is small on purpose (get, scan, mutate, drop a range, statistics), so that another
// transactional store could stand behind it: plans are pure and repeatable, a mutation names all
// the keys it depends on beforehand, and nothing relies on more than key order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/random.h"
#include "storage/base/status.h"
#include "storage/base/task.h"

namespace millrace::engine {

// Spaces are RocksDB column families. The values index an array and do not reach disk; the names
// do.
enum class Space : uint8_t {
  kCatalog = 0,
  kItems = 1,
  kMeta = 2,
  kIndexes = 3,
  kLog = 4,
  kTimeToLive = 5,
  kFunctions = 6,
  kCheckpoints = 7,
  kQueues = 8,
  kLogEvents = 9,
};
inline constexpr int kSpaceCount = 10;

// A write of a commit group is acknowledged when it is: on disk (kSync), handed to the operating
// system and synced every so often (kInterval), or handed to the operating system (kNone).
enum class Durability { kSync, kInterval, kNone };

class FileSystemHook;  // file_system_hook.h

struct Options {
  std::string data_dir;
  bool in_memory = false;  // nothing on disk, for throw-away test runs; data_dir is ignored
  Durability durability = Durability::kSync;
  int64_t sync_interval_ms = 100;
  size_t block_cache_bytes = 256 << 20;
  size_t item_cache_bytes = 64 << 20;  // single items read lately; 0: no such cache
  size_t write_buffer_bytes = 16 << 20;
  size_t commit_queue_requests_max = 16384;   // submitted and not yet begun
  size_t commit_queue_bytes_max = 256 << 20;  // the weight (see Mutation) of those
  size_t commit_group_requests_max = 1024;
  size_t commit_group_bytes_max = 8 << 20;  // a group that has come to so much takes in no more
  int64_t resume_period_ms = 1000;          // how often a full disk is looked at again
  int background_threads = 2;
  Random* random = nullptr;  // makes the identity of a new store; nullptr: the operating system's
  const Clock* clock = nullptr;  // dates the commit groups; nullptr: the operating system's
  // Between the store and the disk, for tests; nullptr: nothing. Outlives the engine.
  FileSystemHook* file_system_hook = nullptr;
};

// A value read from the store, pinned where it lies (block cache or memtable) for as long as this
// object lives. Keep it short. Movable. Not thread-safe.
class PinnedValue {
 public:
  PinnedValue();
  ~PinnedValue();
  PinnedValue(PinnedValue&&) noexcept;
  PinnedValue& operator=(PinnedValue&&) noexcept;

  bool found() const { return found_; }
  std::string_view bytes() const { return bytes_; }
  // Lets go of the bytes; found() is false afterwards.
  void Reset();

 private:
  friend class PinnedValueAccess;
  static constexpr size_t kStorageSize = 128;  // room for RocksDB's own handle, see pinned_value.cc
  alignas(16) unsigned char storage_[kStorageSize];
  std::string_view bytes_;
  bool found_ = false;
};

// Walks the keys in [from, to) of a space in either direction. Valid bytes last until the next
// step. Not thread-safe.
class Scanner {
 public:
  virtual ~Scanner() = default;
  virtual bool Valid() const = 0;
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  virtual void Next() = 0;
  // Ok, or why Valid() turned false before the end of the range.
  virtual Status status() const = 0;
};

struct ScanRange {
  Space space = Space::kItems;
  std::string_view from;  // inclusive
  std::string_view to;    // exclusive; empty: no upper end
  bool reverse = false;   // from the last key below `to` down to `from`
  // The range lies within one item-key prefix (kItemKeyPrefixSize bytes): lets the store use its
  // prefix filters.
  bool within_prefix = false;
};

// What a plan wants written. Filled by Mutation::Plan, applied by the committer in one atomic batch
// with the rest of its group. Reads of later plans in the group see it. Not thread-safe.
class WriteSet {
 public:
  virtual ~WriteSet() = default;
  virtual void Put(Space space, std::string_view key, std::string_view value) = 0;
  virtual void Delete(Space space, std::string_view key) = 0;
  // Adds to the counters kept per table and index: written as absolute values once per group, exact
  // after a crash.
  virtual void AddToCounters(uint32_t table_id, int64_t item_count, int64_t size_bytes) = 0;
  // Forgets the counters of a table or index that is gone; nothing may be added to them afterwards.
  virtual void DropCounters(uint32_t table_id) = 0;
  // The commit sequence of this mutation: unique, growing in commit order over the whole database,
  // never reused.
  virtual uint64_t sequence() const = 0;
  // A commit sequence for one change record of this mutation: the first call gives sequence(),
  // every further one the next number, which is then this mutation's as well.
  virtual uint64_t TakeSequence() = 0;
  // The wall time of the commit group, in milliseconds since 1970. Does not go back from one group
  // to the next while the process lives.
  virtual int64_t now_ms() const = 0;
};

// Wants to know when change records have been added to the space kLog.
class LogObserver {
 public:
  virtual ~LogObserver() = default;
  // Runs on the committer thread after a group that put records into the log has become durable and
  // visible, before any of its mutations completes; must be brief. `stream_ids`: the streams that
  // got records (the first four bytes of their keys), each once. `last_sequence`: the newest commit
  // sequence; every record up to it is visible.
  virtual void LogAppended(std::span<const uint32_t> stream_ids, uint64_t last_sequence) = 0;
};

struct MutationKey {
  Space space = Space::kItems;
  std::string_view key;
};

// One request to the commit pipeline: the keys it depends on, and a plan from their current values
// to writes or a refusal. The object is owned by the submitter and must stay until Complete has
// run.
class Mutation : public Task {
 public:
  // All keys whose current values the plan needs; the storage must stay until completion.
  virtual std::span<const MutationKey> keys() const = 0;
  // Bytes this mutation keeps in memory while it waits, which are those of what it brings, roughly;
  // bounds the queue. What it writes is counted as it is planned.
  virtual size_t weight_bytes() const = 0;
  // Runs on the committer thread. `current[i]` is the value of keys()[i], found or not, valid
  // during the call. Either fills `writes` and returns OK, or returns a refusal (kRefused,
  // kSchemaChanged ...), upon which `writes` is dropped. Pure apart from its own object: it may run
  // again, blocks on nothing, does bounded work, reads only `current`.
  virtual Status Plan(std::span<const PinnedValue> current, WriteSet* writes) = 0;
  // Where Complete is to run; nullptr: on the committer thread (then it must be brief, and must not
  // wait for the pipeline). Those of a group that run on the committer thread have all run before
  // any other completion that waited for the group's write is posted.
  virtual TaskQueue* completion_queue() = 0;
  // Runs once. OK: written and as durable as the options say. A refusal: nothing written; it comes
  // before the group is on disk unless it depended on another mutation of the group (read what that
  // one wrote, or is kSchemaChanged). kReadOnly, kIoError: this and all later mutations fail, until
  // a restart or, if the disk was only full, until there is space; after kIoError a restart may
  // still find it written.
  virtual void Complete(const Status& status) = 0;

  void Run() final { Complete(outcome_); }

 private:
  friend class CommitPipeline;
  Status outcome_;
};

struct TableCounters {
  int64_t item_count = 0;
  int64_t size_bytes = 0;
};

// Figures since the start of the process; each is read on its own.
struct CommitStatistics {
  uint64_t groups = 0;
  uint64_t requests = 0;
  uint64_t refusals = 0;
  uint64_t queued_requests = 0;  // now
  uint64_t last_sequence = 0;    // of the newest group that is visible to readers
  // Of the newest group whose completions on the committer thread have all run: what they publish
  // (schemas, streams) is published for every commit up to it. No other completion comes earlier.
  uint64_t settled_sequence = 0;
};

// The store. Thread-safe once opened, apart from Stop.
class Engine {
 public:
  // Opens or creates the store. kFailedPrecondition when another process has it; kCorruption with
  // the way out in its message when the folder is not ours, was written by a newer version, or is
  // damaged.
  static Result<std::unique_ptr<Engine>> Open(const Options& options);
  ~Engine();

  // Sets the one observer of the log; it must outlive the engine's committer. Before Start.
  void ObserveLog(LogObserver* observer);
  // Starts the committer. Reads work before it, submissions wait for it.
  void Start();
  // Completes what was submitted, syncs, stops the committer. Mutations after it fail with
  // kShuttingDown; reads still work. Idempotent; the destructor calls it.
  void Stop();

  // Reads the value of `key` as of now: every acknowledged write is visible.
  Status Get(Space space, std::string_view key, PinnedValue* value) const;
  // Reads several keys from one consistent view. `values` has the size of `keys`.
  Status MultiGet(Space space, std::span<const std::string_view> keys,
                  std::span<PinnedValue> values) const;
  // Begins a walk over a consistent view of the store taken now.
  std::unique_ptr<Scanner> Scan(const ScanRange& range) const;

  // Submits a mutation. kResourceExhausted (queue full), kReadOnly or kShuttingDown: refused,
  // Complete will not run.
  [[nodiscard]] Status Submit(Mutation* mutation);
  // Submits and waits (control plane, maintenance): Complete runs on the calling thread, whatever
  // completion_queue() says, unless the submission itself is refused. Returns the outcome. Not for
  // I/O threads, never for the committer's.
  Status SubmitAndWait(Mutation* mutation);

  // Deletes [from, to) of a space for good and gives the disk space back; may take long. The range
  // must no longer be read or written by anybody: the keys go in no particular order. Repeatable:
  // after a crash it is called again.
  Status DropRange(Space space, std::string_view from, std::string_view to);

  // The same for whoever drops the front of a growing range piece by piece: deletes [from, to) of a
  // range that begins at `begin`, all of [begin, from) having been dropped so. Space is given back
  // when enough of it has gathered, so that many small pieces cost no more than a few large ones.
  Status TrimRange(Space space, std::string_view begin, std::string_view from, std::string_view to);

  // About how many bytes the values and keys of [from, to) take up in the store, compressed and
  // with versions that have been overwritten, without reading them. Good for comparing large
  // ranges: small ones may be off by some blocks.
  Result<uint64_t> ApproximateSize(Space space, std::string_view from, std::string_view to) const;

  // Rewrites all table files, so that they hold nothing that has been overwritten or deleted, as
  // compressed as they get. Reads and writes go on; takes as long as copying the store.
  // kShuttingDown after CancelCompactions.
  Status Compact();
  // Makes Compact return soon, now and whenever it is called again.
  void CancelCompactions();
  // How many bytes the table files have: what is stored, without the log of recent writes.
  uint64_t TableFileBytes() const;

  // The counters of a table or index as of the last commit.
  TableCounters Counters(uint32_t table_id) const;
  // The seed of the hash that places partitions: random, made with the database.
  uint64_t hash_seed() const;
  // The identity of the database, a UUID made with it.
  const std::string& database_uuid() const;
  CommitStatistics statistics() const;
  // OK while writes are accepted, else why not.
  Status health() const;

 private:
  class Impl;
  explicit Engine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::engine
