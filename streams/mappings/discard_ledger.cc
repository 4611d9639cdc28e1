// Reading the ledger, and handing what is in it to functions once more.
#include "streams/mappings/discard_ledger.h"

#include <memory>
#include <utility>

#include "streams/mappings/batch_response.h"
#include "streams/mappings/mapping_codec.h"
#include "streams/mappings/mapping_start.h"
#include "streams/mappings/row_change.h"

namespace millrace::streams {
namespace {

using engine::PinnedValue;
using engine::Space;
using engine::WriteSet;

constexpr size_t kMessageSizeMax = 4096;

Status NoSuchEntry() { return Status(StatusCode::kNotFound, "there is no such discard"); }

// What came of a redrive.
struct Verdict {
  bool succeeded = false;
  std::string message;
};

Verdict VerdictOf(const Mapping& mapping, const std::vector<uint64_t>& sequences,
                  const InvokeResult& result) {
  if (result.outcome == InvokeOutcome::kFunctionError) {
    return {false, result.payload.substr(0, kMessageSizeMax)};
  }
  if (result.outcome != InvokeOutcome::kSucceeded) {
    return {false, "the function was not invoked: " + result.message + result.throttle_reason};
  }
  const BatchResponse response =
      ReadBatchResponse(result.payload, sequences, mapping.settings.report_item_failures, false);
  if (response.verdict != BatchVerdict::kSuccess) {
    return {false, "the function reported failures: " + result.payload.substr(0, kMessageSizeMax)};
  }
  return {true, "OK"};
}

}  // namespace

DiscardLedger::DiscardLedger(const StreamSource& source, Invoker* invoker)
    : source_(source), invoker_(invoker) {}

Result<std::vector<Discard>> DiscardLedger::List(const std::string& uuid, uint64_t after,
                                                 size_t limit) const {
  const std::string from = DiscardKey(uuid, after + 1);
  const std::string to = DiscardKeysEnd(uuid);
  engine::ScanRange range;
  range.space = Space::kFunctions;
  range.from = from;
  range.to = to;
  std::vector<Discard> discards;
  const std::unique_ptr<engine::Scanner> rows = source_.engine->Scan(range);
  for (; rows->Valid() && discards.size() < limit; rows->Next()) {
    ASSIGN_OR_RETURN(Discard discard, DecodeDiscard(rows->value()));
    discards.push_back(std::move(discard));
  }
  RETURN_IF_ERROR(rows->status());
  return discards;
}

Result<Discard> DiscardLedger::Find(const std::string& uuid, uint64_t id) const {
  PinnedValue value;
  const std::string key = DiscardKey(uuid, id);
  RETURN_IF_ERROR(source_.engine->Get(Space::kFunctions, key, &value));
  if (!value.found()) {
    return NoSuchEntry();
  }
  return DecodeDiscard(value.bytes());
}

Result<DiscardedRecords> DiscardLedger::ReadRecords(const Mapping& mapping,
                                                    const Discard& discard) const {
  const tables::StreamPointer stream = source_.streams->FindById(mapping.stream_id);
  if (stream == nullptr) {
    return Status(StatusCode::kNotFound, "the stream is gone");
  }
  ASSIGN_OR_RETURN(const ChangeFilter filter, CompileFilter(mapping));
  StreamPiece piece;
  piece.from = discard.from;
  piece.to = discard.to;
  piece.hash_range = discard.hash_range;
  piece.lane = discard.lane;
  piece.lane_count = discard.lane_count;
  piece.matches_max = static_cast<size_t>(discard.record_count);
  ASSIGN_OR_RETURN(const StreamPieceRead read,
                   ReadStreamPiece(source_, *stream, mapping.event_source_arn, filter, piece));
  DiscardedRecords records;
  records.event = EventOfBatch(read.batch);
  records.count = read.matched;
  const tables::StreamPointer after = source_.streams->FindById(mapping.stream_id);
  records.all_retained = after != nullptr && after->horizons[discard.hash_range] <= discard.from;
  return records;
}

Status DiscardLedger::Redrive(const Mapping& mapping, uint64_t id, Done done) {
  ASSIGN_OR_RETURN(const Discard found, Find(mapping.uuid, id));
  ASSIGN_OR_RETURN(DiscardedRecords records, ReadRecords(mapping, found));
  if (records.count == 0) {
    return Status(StatusCode::kFailedPrecondition,
                  "none of the records is left in the stream, or the filter takes none of them");
  }
  InvokeRequest request;
  request.function_name = mapping.settings.function_name;
  request.qualifier = mapping.settings.qualifier;
  request.payload = std::make_shared<const std::string>(std::move(records.event));
  request.trigger = "redrive";
  invoker_->Invoke(std::move(request), [this, mapping, discard = found,
                                        done = std::move(done)](const InvokeResult& result) {
    NoteRedrive(mapping, discard, result, done);
  });
  return Status::Ok();
}

void DiscardLedger::NoteRedrive(const Mapping& mapping, const Discard& discard,
                                const InvokeResult& result, Done done) const {
  // Any report of failures is a failure here, whichever records it names.
  const Verdict verdict = VerdictOf(mapping, {}, result);
  auto noted = std::make_shared<Discard>();
  auto plan = [noted, verdict, result](std::span<const PinnedValue> current,
                                       WriteSet* writes) -> Status {
    if (!current[0].found()) {
      return NoSuchEntry();
    }
    ASSIGN_OR_RETURN(*noted, DecodeDiscard(current[0].bytes()));
    ++noted->redrive_count;
    noted->redriven_ms = writes->now_ms();
    noted->redrive_succeeded = verdict.succeeded;
    noted->redrive_message = verdict.message;
    std::string value;
    EncodeDiscard(*noted, &value);
    writes->Put(Space::kFunctions, DiscardKey(noted->uuid, noted->id), value);
    return Status::Ok();
  };
  RowChange::Submit(source_.engine, {{Space::kFunctions, DiscardKey(discard.uuid, discard.id)}},
                    std::move(plan), [noted, done = std::move(done)](const Status& status) {
                      done(status.ok() ? Result<Discard>(*noted) : Result<Discard>(status));
                    });
}

void DiscardLedger::Delete(const std::string& uuid, uint64_t id, Done done) {
  auto deleted = std::make_shared<Discard>();
  const std::string key = DiscardKey(uuid, id);
  auto plan = [deleted, key](std::span<const PinnedValue> current, WriteSet* writes) -> Status {
    if (!current[0].found()) {
      return NoSuchEntry();
    }
    ASSIGN_OR_RETURN(*deleted, DecodeDiscard(current[0].bytes()));
    writes->Delete(Space::kFunctions, key);
    return Status::Ok();
  };
  RowChange::Submit(source_.engine, {{Space::kFunctions, key}}, std::move(plan),
                    [deleted, done = std::move(done)](const Status& status) {
                      done(status.ok() ? Result<Discard>(*deleted) : Result<Discard>(status));
                    });
}

}  // namespace millrace::streams
