// What happens to streams as time goes by: open shards that are old enough are rolled over, records
// whose retention has ended are trimmed from the front of their hash ranges, and closed streams
// without records are forgotten. Everything is a commit of its own, and repeating it after a crash
// is harmless.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/status.h"
#include "storage/engine/engine.h"
#include "storage/model/stream_descriptor.h"
#include "storage/tables/catalog.h"
#include "storage/tables/change_log.h"
#include "storage/tables/stream_catalog.h"

namespace millrace::tables {

// The tag by which a table says how long its change records are kept.
inline constexpr std::string_view kRetentionTag = "millrace:stream-retention";

// Reads a retention: a whole number followed by s, m, h or d (at least one second, at most 100
// years), or "forever". Milliseconds, or kRetentionForever; nothing for any other text.
std::optional<int64_t> ParseRetention(std::string_view text);

struct StreamOptions {
  int64_t retention_ms = int64_t{24} * 3600 * 1000;  // or kRetentionForever
  int64_t rollover_ms = int64_t{4} * 3600 * 1000;    // 0: never
};

// How long the records of `stream` are kept: as the tag of its table says, else as was noted when
// the table was deleted, else as the options say. `table` is the table of that name, or nullptr; it
// counts only if it is the stream's.
int64_t RetentionOf(const StreamDescriptor& stream, const Table* table,
                    const StreamOptions& options);

// Run is called by one thread at a time.
class StreamMaintenance {
 public:
  // All must outlive the object.
  StreamMaintenance(engine::Engine* engine, Catalog* catalog, StreamCatalog* streams,
                    ChangeLog* log, const Clock* clock, const StreamOptions& options);
  const StreamOptions& options() const { return options_; }

  // Does what is due; call every second or so. Stops early, without failure, once `stop` is true.
  // What fails with one stream does not keep it from the others; the first failure is returned, and
  // everything is tried again the next time.
  Status Run(const std::atomic<bool>& stop);

 private:
  // What this object remembers of a stream, to spare look-ups. Nothing of it needs to outlive it.
  struct Progress {
    int64_t trimmed_ms = 0;         // when trimming was last looked at
    uint64_t idle_sequence = 0;     // all open shards were old enough and empty at that commit
    std::vector<uint64_t> dropped;  // by hash range: records with smaller sequences are deleted
  };

  Status Maintain(uint32_t stream_id, std::string_view table_name, const std::atomic<bool>& stop);
  Status RollOver(const Stream& stream, Progress* progress);
  Status Trim(const StreamPointer& stream, int64_t cutoff_ms, Progress* progress,
              const std::atomic<bool>& stop);
  Result<uint64_t> FindHorizon(const Stream& stream, uint16_t hash_range, int64_t cutoff_ms,
                               const std::atomic<bool>& stop) const;
  Status DropTrimmed(const Stream& stream, Progress* progress, const std::atomic<bool>& stop);
  Status RemoveShards(const Stream& stream, int64_t cutoff_ms);
  Status RemoveStream(const Stream& stream);

  engine::Engine* const engine_;
  Catalog* const catalog_;
  StreamCatalog* const streams_;
  ChangeLog* const log_;
  const Clock* const clock_;
  const StreamOptions options_;
  std::unordered_map<uint32_t, Progress> progress_;
};

}  // namespace millrace::tables
