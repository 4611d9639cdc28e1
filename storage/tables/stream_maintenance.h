// What happens to streams as time goes by: open shards that are old enough are rolled over, records
// whose retention has ended are trimmed from the front of their hash ranges, and closed streams
// without records are forgotten. Everything is a commit of its own, and repeating it after a crash
// is harmless.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

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
                    ChangeLog* log, Clock* clock, const StreamOptions& options);
  const StreamOptions& options() const { return options_; }

  // Does what is due. Stops early, without failure, once `stop` is true.
  Status Run(const std::atomic<bool>& stop);

 private:
  engine::Engine* const engine_;
  Catalog* const catalog_;
  StreamCatalog* const streams_;
  ChangeLog* const log_;
  Clock* const clock_;
  const StreamOptions options_;
};

}  // namespace millrace::tables
