// Following changes as they are committed: of one stream, of the streams of a table, or of all
// streams in the one total order. A tail is a place in that order; it says what lies behind the
// place, and when to look again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/base/status.h"
#include "storage/tables/change_log.h"
#include "storage/tables/stream_catalog.h"

namespace millrace::streams {

// Which records a tail shows.
struct TailSelection {
  // Those of tables of this name, also of tables and streams that have been or will be; empty: all.
  std::string table_name;
  // Only the stream of the table that has this label; empty: all of them.
  std::string label;
};

// Where a tail begins.
struct TailStart {
  enum class Kind {
    kLatest,         // behind all that is there now
    kTrimHorizon,    // with the oldest record
    kAfterSequence,  // behind `sequence`; what is not there yet counts as the latest
    kAtTime,         // with the first record committed at or after `time_ms`
  };
  Kind kind = Kind::kLatest;
  uint64_t sequence = 0;
  int64_t time_ms = 0;
};

// Not thread-safe.
class Tail {
 public:
  enum class Outcome {
    kMore,      // the visitor stopped, or there was other work to do: read again
    kCaughtUp,  // everything has been shown; Wait
    kEnd,       // the one stream that was selected is closed, and there is nothing more
  };

  // The pointers must outlive the object.
  Tail(tables::ChangeLog* log, const tables::StreamCatalog* streams, TailSelection selection,
       const TailStart& start);

  // Shows the visitor what comes next, in order of sequences, until it stops. No record of the
  // selection is ever left out, apart from trimmed ones. kCorruption if a stored record is damaged.
  Result<Outcome> Read(tables::ChangeVisitor* visitor);

  // Every record up to this sequence has been shown, or is not of interest.
  uint64_t position() const { return position_; }
  // The start is known, so position() means something: at once, except with kAtTime.
  bool started() const { return !finding_start_; }
  // If records behind position() were trimmed before they could be shown: the least sequence that
  // records of that kind can still have. Told once.
  std::optional<uint64_t> TakeTrimmed() { return std::exchange(trimmed_, std::nullopt); }

  // After kCaughtUp: begins to wait for the next record. Sets the waiter's stream; the rest of it
  // is the caller's. False: there is something to read already, nothing was begun.
  [[nodiscard]] bool Wait(tables::ChangeLog::Waiter* waiter);
  // While waiting, every second or so: true when Read has something to say that no record
  // announces, because streams were made or closed. Cancel the wait first.
  bool CheckAgain() const;

 private:
  std::vector<tables::StreamPointer> SelectedStreams() const;
  // The stream whose news are all that matters; 0: any.
  uint32_t StreamToWaitFor() const;
  Status FindStart();
  void NoteTrimmed(const std::vector<tables::StreamPointer>& streams);
  std::vector<tables::LogRange> RangesToRead(const std::vector<tables::StreamPointer>& streams,
                                             uint64_t bound) const;
  bool AtEnd() const;

  tables::ChangeLog* const log_;
  const tables::StreamCatalog* const streams_;
  const TailSelection selection_;

  // The last sequence when the tail was made. Up to it the log's news say nothing: records from
  // before this process began are not among them.
  const uint64_t initial_sequence_;
  uint64_t position_ = 0;
  std::optional<uint64_t> trimmed_;
  // By stream and hash range: horizons in front of position_ that have been told, or are in front
  // of where the tail began.
  std::map<std::pair<uint32_t, uint16_t>, uint64_t> known_horizons_;
  uint32_t waits_for_ = 0;

  // kAtTime, until the place is found.
  bool finding_start_ = false;
  int64_t start_time_ms_ = 0;
  std::vector<tables::LogRange> ranges_to_search_;
  uint64_t least_found_ = 0;  // 0: nothing yet
};

}  // namespace millrace::streams
