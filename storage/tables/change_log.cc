// Reading the log: one cursor per hash range over the engine's scanner, bounded by the horizon in
// front and by the wanted end behind. Waiting is in change_log_waiting.cc.
#include "storage/tables/change_log.h"

#include <algorithm>
#include <string>
#include <utility>

namespace millrace::tables {
namespace {

using engine::Scanner;
using engine::Space;

// Records in front of it may be gone, each on its own.
uint64_t HorizonOf(const StreamCatalog& streams, const LogRange& range) {
  const StreamPointer stream = streams.FindById(range.stream_id);
  return stream != nullptr && range.hash_range < stream->horizons.size()
             ? stream->horizons[range.hash_range]
             : 0;
}

std::unique_ptr<Scanner> ScanRecords(const engine::Engine& engine, const LogRange& range) {
  std::string from;
  std::string to;
  AppendLogKey({range.stream_id, range.hash_range, range.from}, &from);
  AppendLogKey({range.stream_id, range.hash_range, range.to == 0 ? UINT64_MAX : range.to}, &to);
  to.push_back('\0');  // the first key behind the last one wanted
  engine::ScanRange scan;
  scan.space = Space::kLog;
  scan.from = from;
  scan.to = to;
  return engine.Scan(scan);
}

// Opens a walk over the records of `range` that have not been trimmed; nullptr: there are none.
std::unique_ptr<Scanner> OpenRange(const engine::Engine& engine, const StreamCatalog& streams,
                                   LogRange range) {
  range.from = std::max(range.from, HorizonOf(streams, range));
  while (range.to == 0 || range.from <= range.to) {
    std::unique_ptr<Scanner> scanner = ScanRecords(engine, range);
    // Trimming publishes the horizon before it deletes, in no particular order. So if the horizon
    // is still in front of the range after the view was taken, the view is whole.
    const uint64_t horizon = HorizonOf(streams, range);
    if (horizon <= range.from) {
      return scanner;
    }
    range.from = horizon;
  }
  return nullptr;
}

Status Damaged() { return Status(StatusCode::kCorruption, "a key of the change log is damaged"); }

// A place in a hash range.
struct Cursor {
  std::unique_ptr<Scanner> scanner;
  LogKeyParts place;
};

// Reads the place that the cursor's scanner is at.
Status Locate(Cursor* cursor) {
  return ParseLogKey(cursor->scanner->key(), &cursor->place) ? Status::Ok() : Damaged();
}

// Shows the visitor the record that the scanner is at; `*taken` tells if it wants more.
Status VisitRecord(const Scanner& scanner, const LogKeyParts& place, LoggedChange* change,
                   ChangeVisitor* visitor, bool* taken) {
  ASSIGN_OR_RETURN(change->record, ViewChangeRecord(scanner.value()));
  change->stream_id = place.stream_id;
  change->hash_range = place.hash_range;
  change->sequence = place.sequence;
  *taken = visitor->Visit(*change);
  return Status::Ok();
}

// Restores the heap (least sequence first) after its first cursor has moved on.
void SiftDown(std::vector<Cursor>* heap) {
  size_t parent = 0;
  for (;;) {
    size_t least = 2 * parent + 1;
    if (least >= heap->size()) {
      return;
    }
    if (least + 1 < heap->size() &&
        (*heap)[least + 1].place.sequence < (*heap)[least].place.sequence) {
      ++least;
    }
    if ((*heap)[parent].place.sequence <= (*heap)[least].place.sequence) {
      return;
    }
    std::swap((*heap)[parent], (*heap)[least]);
    parent = least;
  }
}

bool LaterSequence(const Cursor& left, const Cursor& right) {
  return left.place.sequence > right.place.sequence;
}

}  // namespace

ChangeLog::ChangeLog(engine::Engine* engine, const StreamCatalog* streams)
    : engine_(engine), streams_(streams) {}

Status ChangeLog::Read(const LogRange& range, ChangeVisitor* visitor) const {
  const std::unique_ptr<Scanner> scanner = OpenRange(*engine_, *streams_, range);
  if (scanner == nullptr) {
    return Status::Ok();
  }
  LoggedChange change;
  LogKeyParts place;
  for (; scanner->Valid(); scanner->Next()) {
    if (!ParseLogKey(scanner->key(), &place)) {
      return Damaged();
    }
    bool taken = false;
    RETURN_IF_ERROR(VisitRecord(*scanner, place, &change, visitor, &taken));
    if (!taken) {
      return Status::Ok();
    }
  }
  return scanner->status();
}

Status ChangeLog::ReadMerged(std::span<const LogRange> ranges, ChangeVisitor* visitor) const {
  // The cursors are opened one after the other and see different moments; what all of them see is
  // everything up to here.
  const uint64_t last = last_sequence();
  std::vector<Cursor> heap;
  heap.reserve(ranges.size());
  for (LogRange range : ranges) {
    range.to = range.to == 0 ? last : std::min(range.to, last);
    if (range.to == 0) {
      continue;  // nothing has ever been committed
    }
    Cursor cursor;
    cursor.scanner = OpenRange(*engine_, *streams_, range);
    if (cursor.scanner == nullptr) {
      continue;
    }
    if (!cursor.scanner->Valid()) {
      RETURN_IF_ERROR(cursor.scanner->status());
      continue;
    }
    RETURN_IF_ERROR(Locate(&cursor));
    heap.push_back(std::move(cursor));
  }
  std::make_heap(heap.begin(), heap.end(), LaterSequence);
  LoggedChange change;
  while (!heap.empty()) {
    Cursor* const first = &heap.front();
    bool taken = false;
    RETURN_IF_ERROR(VisitRecord(*first->scanner, first->place, &change, visitor, &taken));
    if (!taken) {
      return Status::Ok();
    }
    first->scanner->Next();
    if (first->scanner->Valid()) {
      RETURN_IF_ERROR(Locate(first));
    } else {
      RETURN_IF_ERROR(first->scanner->status());
      std::swap(heap.front(), heap.back());
      heap.pop_back();
    }
    SiftDown(&heap);
  }
  return Status::Ok();
}

Result<std::optional<uint64_t>> ChangeLog::FindTime(const LogRange& range, int64_t time_ms) const {
  const uint64_t last = last_sequence();
  LogRange rest = range;  // where the answer lies, if there is one
  rest.from = std::max(range.from, HorizonOf(*streams_, range));
  rest.to = range.to == 0 ? last : std::min(range.to, last);
  std::optional<uint64_t> found;
  // Every look-up halves the sequences that are left, so there are at most 64.
  while (rest.to != 0 && rest.from <= rest.to) {
    LogRange upper = rest;
    upper.from = rest.from + (rest.to - rest.from) / 2;
    ASSIGN_OR_RETURN(const std::optional<FirstRecord> record, First(upper));
    if (record.has_value() && record->time_ms < time_ms) {
      rest.from = record->sequence + 1;
      continue;
    }
    if (record.has_value()) {
      found = record->sequence;
    }
    if (upper.from == 0) {
      break;
    }
    rest.to = upper.from - 1;
  }
  return found;
}

Result<std::optional<ChangeLog::FirstRecord>> ChangeLog::First(const LogRange& range) const {
  const std::unique_ptr<Scanner> scanner = OpenRange(*engine_, *streams_, range);
  if (scanner == nullptr) {
    return std::optional<FirstRecord>();
  }
  if (!scanner->Valid()) {
    RETURN_IF_ERROR(scanner->status());
    return std::optional<FirstRecord>();
  }
  LogKeyParts place;
  if (!ParseLogKey(scanner->key(), &place)) {
    return Damaged();
  }
  ASSIGN_OR_RETURN(const ChangeRecord record, ViewChangeRecord(scanner->value()));
  return std::optional<FirstRecord>({place.sequence, record.time_ms});
}

uint64_t ChangeLog::last_sequence() const { return engine_->statistics().last_sequence; }

uint64_t ChangeLog::settled_sequence() const { return engine_->statistics().settled_sequence; }

const std::string& ChangeLog::database_uuid() const { return engine_->database_uuid(); }

}  // namespace millrace::tables
