// Reading on from a place in the total order.
//
// Which streams have news is known up to LastSequenceOf(0): a record is noted for its stream before
// it counts there. So a read that leaves out streams without news goes exactly that far, for all
// streams, and then nothing has been skipped. A stream is published before its first record is
// committed, so the list of streams, taken after the bound, is complete up to it.
#include "streams/tail.h"

#include <algorithm>

namespace millrace::streams {
namespace {

using tables::ChangeLog;
using tables::LogRange;
using tables::StreamPointer;

// Hash ranges searched for a time with one call of Read.
constexpr size_t kRangesSearchedAtOnce = 8;

// Remembers how far a visitor got.
class ProgressVisitor final : public tables::ChangeVisitor {
 public:
  explicit ProgressVisitor(tables::ChangeVisitor* visitor) : visitor_(visitor) {}
  bool Visit(const tables::LoggedChange& change) override {
    if (!visitor_->Visit(change)) {
      stopped_ = true;
      return false;
    }
    last_sequence_ = change.sequence;
    return true;
  }
  bool stopped() const { return stopped_; }
  uint64_t last_sequence() const { return last_sequence_; }  // 0: none

 private:
  tables::ChangeVisitor* const visitor_;
  bool stopped_ = false;
  uint64_t last_sequence_ = 0;
};

}  // namespace

Tail::Tail(ChangeLog* log, const tables::StreamCatalog* streams, TailSelection selection,
           const TailStart& start)
    : log_(log),
      streams_(streams),
      selection_(std::move(selection)),
      initial_sequence_(log->last_sequence()) {
  switch (start.kind) {
    case TailStart::Kind::kLatest:
      position_ = initial_sequence_;
      return;
    case TailStart::Kind::kTrimHorizon:
      break;
    case TailStart::Kind::kAfterSequence:
      position_ = std::min(start.sequence, initial_sequence_);
      return;  // what is behind that and has been trimmed is missing
    case TailStart::Kind::kAtTime:
      finding_start_ = true;
      start_time_ms_ = start.time_ms;
      break;
  }
  for (const StreamPointer& stream : SelectedStreams()) {
    for (uint16_t range = 0; range < stream->descriptor.hash_range_count; ++range) {
      known_horizons_[{stream->descriptor.stream_id, range}] = stream->horizons[range];
      if (finding_start_) {
        ranges_to_search_.push_back({stream->descriptor.stream_id, range, 0, initial_sequence_});
      }
    }
  }
}

std::vector<StreamPointer> Tail::SelectedStreams() const {
  if (selection_.table_name.empty()) {
    return streams_->All();
  }
  if (!selection_.label.empty()) {
    const StreamPointer stream = streams_->Find(selection_.table_name, selection_.label);
    return stream == nullptr ? std::vector<StreamPointer>() : std::vector<StreamPointer>{stream};
  }
  bool more = false;
  return streams_->List(selection_.table_name, "", "", SIZE_MAX, &more);
}

Status Tail::FindStart() {
  for (size_t count = 0; count < kRangesSearchedAtOnce && !ranges_to_search_.empty(); ++count) {
    LogRange range = ranges_to_search_.back();
    ranges_to_search_.pop_back();
    if (least_found_ != 0) {
      range.to = least_found_ - 1;
    }
    if (range.to == 0) {
      continue;
    }
    ASSIGN_OR_RETURN(const std::optional<uint64_t> found, log_->FindTime(range, start_time_ms_));
    if (found.has_value()) {
      least_found_ = *found;
    }
  }
  if (ranges_to_search_.empty()) {
    finding_start_ = false;
    position_ = least_found_ == 0 ? initial_sequence_ : least_found_ - 1;
  }
  return Status::Ok();
}

void Tail::NoteTrimmed(const std::vector<StreamPointer>& streams) {
  for (const StreamPointer& stream : streams) {
    for (uint16_t range = 0; range < stream->descriptor.hash_range_count; ++range) {
      const uint64_t horizon = stream->horizons[range];
      if (horizon <= position_ + 1) {
        continue;
      }
      uint64_t& known = known_horizons_[{stream->descriptor.stream_id, range}];
      known = std::max(known, stream->descriptor.start_sequence);  // nothing was in front of that
      if (horizon > known) {
        known = horizon;
        trimmed_ = trimmed_.has_value() ? std::min(*trimmed_, horizon) : horizon;
      }
    }
  }
}

std::vector<LogRange> Tail::RangesToRead(const std::vector<StreamPointer>& streams,
                                         uint64_t bound) const {
  std::vector<LogRange> ranges;
  for (const StreamPointer& stream : streams) {
    const StreamDescriptor& descriptor = stream->descriptor;
    const bool is_over = !descriptor.open() && descriptor.end_sequence <= position_ + 1;
    const bool has_news =
        position_ < initial_sequence_ || log_->LastSequenceOf(descriptor.stream_id) > position_;
    if (is_over || !has_news) {
      continue;
    }
    for (uint16_t range = 0; range < descriptor.hash_range_count; ++range) {
      ranges.push_back({descriptor.stream_id, range, position_ + 1, bound});
    }
  }
  return ranges;
}

Result<Tail::Outcome> Tail::Read(tables::ChangeVisitor* visitor) {
  if (finding_start_) {
    RETURN_IF_ERROR(FindStart());
    return Outcome::kMore;
  }
  const bool catching_up = position_ < initial_sequence_;
  const uint64_t bound = catching_up ? initial_sequence_ : log_->LastSequenceOf(0);
  if (bound > position_) {
    const std::vector<StreamPointer> streams = SelectedStreams();
    NoteTrimmed(streams);
    if (trimmed_.has_value()) {
      return Outcome::kMore;  // the visitor should know before it sees what is behind the gap
    }
    ProgressVisitor progress(visitor);
    const std::vector<LogRange> ranges = RangesToRead(streams, bound);
    if (!ranges.empty()) {
      RETURN_IF_ERROR(log_->ReadMerged(ranges, &progress));
      // What was trimmed while this was read; a record that was just shown may be among it.
      NoteTrimmed(SelectedStreams());
    }
    if (progress.stopped()) {
      position_ = std::max(position_, progress.last_sequence());
      return Outcome::kMore;
    }
    position_ = bound;
    if (catching_up) {
      return Outcome::kMore;
    }
  }
  return AtEnd() ? Outcome::kEnd : Outcome::kCaughtUp;
}

bool Tail::AtEnd() const {
  if (selection_.label.empty()) {
    return false;
  }
  const StreamPointer stream = streams_->Find(selection_.table_name, selection_.label);
  // It is published as closed after its last record was noted.
  return stream == nullptr || (!stream->descriptor.open() &&
                               log_->LastSequenceOf(stream->descriptor.stream_id) <= position_);
}

uint32_t Tail::StreamToWaitFor() const {
  if (selection_.table_name.empty()) {
    return 0;
  }
  uint32_t open_stream = 0;
  for (const StreamPointer& stream : SelectedStreams()) {
    if (!stream->descriptor.open()) {
      continue;
    }
    if (open_stream != 0) {
      return 0;
    }
    open_stream = stream->descriptor.stream_id;
  }
  return open_stream;
}

bool Tail::Wait(ChangeLog::Waiter* waiter) {
  waits_for_ = StreamToWaitFor();
  waiter->stream_id = waits_for_;
  return log_->Wait(waiter, position_);
}

bool Tail::CheckAgain() const { return AtEnd() || StreamToWaitFor() != waits_for_; }

}  // namespace millrace::streams
