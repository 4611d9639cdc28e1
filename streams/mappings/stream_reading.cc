// Reading with a filter and a share of a lane.
#include "streams/mappings/stream_reading.h"

#include <algorithm>
#include <functional>
#include <memory>

#include "storage/codec/change_codec.h"
#include "streams/mappings/lane_share.h"

namespace millrace::streams {
namespace {

class PieceVisitor final : public tables::ChangeVisitor {
 public:
  PieceVisitor(uint64_t hash_seed, const tables::Stream& stream, const ChangeJson& writer,
               const ChangeFilter& filter, const StreamPiece& piece, StreamPieceRead* read)
      : hash_seed_(hash_seed),
        key_name_(stream.descriptor.key_schema.partition_key().name),
        writer_(writer),
        filter_(filter),
        piece_(piece),
        read_(read) {}

  bool Visit(const tables::LoggedChange& change) override {
    if (visits_ >= piece_.visits_max || read_->batch.size() >= piece_.matches_max) {
      stopped_ = true;
      return false;
    }
    ++visits_;
    if (piece_.lane_count > 1 &&
        LaneHash(hash_seed_, key_name_, change.record) % piece_.lane_count != piece_.lane) {
      read_->read_to = change.sequence;
      return true;
    }
    if (filter_.Matches(change, writer_)) {
      read_->batch.Append(change, writer_);
      if (read_->batch.size() > 1 && read_->batch.bytes() + kEventOverhead > kEventSizeMax) {
        read_->batch.RemoveLast();
        stopped_ = true;
        return false;
      }
      ++read_->matched;
    }
    ++read_->visited;
    read_->read_to = change.sequence;
    return true;
  }
  bool stopped() const { return stopped_; }

 private:
  const uint64_t hash_seed_;
  const std::string key_name_;
  const ChangeJson& writer_;
  const ChangeFilter& filter_;
  const StreamPiece& piece_;
  StreamPieceRead* const read_;
  size_t visits_ = 0;
  bool stopped_ = false;
};

}  // namespace

Result<StreamPieceRead> ReadStreamPiece(const StreamSource& source, const tables::Stream& stream,
                                        const std::string& stream_arn, const ChangeFilter& filter,
                                        const StreamPiece& piece) {
  ChangeJsonOptions options;
  options.form = ChangeForm::kEvent;
  options.stream = &stream.descriptor;
  options.region = source.region;
  options.database_uuid = source.log->database_uuid();
  options.stream_arn = stream_arn;
  const ChangeJson writer(options);
  StreamPieceRead read;
  read.read_to = piece.from == 0 ? 0 : piece.from - 1;
  PieceVisitor visitor(source.engine->hash_seed(), stream, writer, filter, piece, &read);
  std::vector<tables::LogRange> ranges;
  for (uint16_t range = 0; range < stream.descriptor.hash_range_count; ++range) {
    if (piece.from <= piece.to && piece.to > 0 &&
        (!piece.hash_range.has_value() || *piece.hash_range == range)) {
      ranges.push_back({stream.descriptor.stream_id, range, piece.from, piece.to});
    }
  }
  RETURN_IF_ERROR(source.log->ReadMerged(ranges, &visitor));
  read.is_complete = !visitor.stopped();
  if (read.is_complete) {
    read.read_to = std::max(read.read_to, piece.to);
  }
  return read;
}

std::string EventOfBatch(const RecordBatch& batch) {
  std::string event = R"({"Records":[)";
  batch.AppendSlice(0, batch.size(), &event);
  return event + "]}";
}

Result<uint64_t> FirstOfLast(const StreamSource& source, const tables::Stream& stream,
                             size_t count) {
  std::vector<uint64_t> newest;
  for (uint16_t range = 0; range < stream.descriptor.hash_range_count; ++range) {
    std::string from;
    std::string to;
    AppendLogKey({stream.descriptor.stream_id, range, stream.horizons[range]}, &from);
    AppendLogKey({stream.descriptor.stream_id, range, UINT64_MAX}, &to);
    engine::ScanRange scan;
    scan.space = engine::Space::kLog;
    scan.from = from;
    scan.to = to;
    scan.reverse = true;
    const std::unique_ptr<engine::Scanner> rows = source.engine->Scan(scan);
    for (size_t left = count; left > 0 && rows->Valid(); --left, rows->Next()) {
      LogKeyParts place;
      if (!ParseLogKey(rows->key(), &place)) {
        return Status(StatusCode::kCorruption, "a key of the change log is damaged");
      }
      newest.push_back(place.sequence);
    }
    RETURN_IF_ERROR(rows->status());
  }
  std::sort(newest.begin(), newest.end(), std::greater<>());
  if (newest.empty() || count == 0) {
    return source.log->last_sequence() + 1;
  }
  return newest[std::min(count, newest.size()) - 1];
}

}  // namespace millrace::streams
