// The ledger of records that mappings have given up: looked through, handed to the function once
// more, and cleared. Entries are written by the lanes (checkpoint_commit.h).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "storage/base/status.h"
#include "streams/invoke/invoker.h"
#include "streams/mappings/mapping.h"
#include "streams/mappings/stream_reading.h"

namespace millrace::streams {

// The records of an entry as far as the stream still has them and the mapping's filter takes them.
struct DiscardedRecords {
  std::string event;
  int64_t count = 0;
  bool all_retained = false;  // none has been trimmed
};

// Thread-safe.
class DiscardLedger {
 public:
  using Done = std::function<void(const Result<Discard>&)>;

  // Everything outlives it; the invoker and the engine have stopped before it is destroyed.
  DiscardLedger(const StreamSource& source, Invoker* invoker);

  const StreamSource& source() const { return source_; }

  // Entries of a mapping, which may be gone, from the oldest on behind `after`, at most `limit`.
  Result<std::vector<Discard>> List(const std::string& uuid, uint64_t after, size_t limit) const;
  // kNotFound if there is no such entry.
  Result<Discard> Find(const std::string& uuid, uint64_t id) const;
  // Reads the log. `mapping` says the filter. kNotFound if the stream is gone.
  Result<DiscardedRecords> ReadRecords(const Mapping& mapping, const Discard& discard) const;

  // Invokes the function of the mapping with the records, beside its lanes, and notes in the entry
  // what came of it. Reads the log on the calling thread. Unless the result is a failure, `done`
  // runs later, on another thread, with the entry as it is then. kNotFound: there is no such entry,
  // or no stream; kFailedPrecondition: its records are gone.
  Status Redrive(const Mapping& mapping, uint64_t id, Done done);
  // `done` runs on the committer thread, with the entry that was.
  void Delete(const std::string& uuid, uint64_t id, Done done);

 private:
  void NoteRedrive(const Mapping& mapping, const Discard& discard, const InvokeResult& result,
                   Done done) const;

  const StreamSource source_;
  Invoker* const invoker_;
};

}  // namespace millrace::streams
