// Keeping records as text.
#include "streams/mappings/record_batch.h"

#include <algorithm>

namespace millrace::streams {

void RecordBatch::Append(const tables::LoggedChange& change, const ChangeJson& writer) {
  if (!records_.empty()) {
    json_.push_back(',');
  }
  writer.Append(change, &json_);
  records_.push_back({change.sequence, change.record.time_ms, json_.size()});
}

void RecordBatch::RemoveLast() {
  records_.pop_back();
  json_.resize(records_.empty() ? 0 : records_.back().end);
}

void RecordBatch::Clear() {
  records_.clear();
  constexpr size_t kKeptBytes = 64 * 1024;
  json_.clear();
  if (json_.capacity() > kKeptBytes) {
    json_.shrink_to_fit();
    records_.shrink_to_fit();
  }
}

size_t RecordBatch::IndexOf(uint64_t sequence) const {
  const auto found = std::lower_bound(
      records_.begin(), records_.end(), sequence,
      [](const Record& record, uint64_t wanted) { return record.sequence < wanted; });
  return static_cast<size_t>(found - records_.begin());
}

size_t RecordBatch::SliceBytes(size_t begin, size_t end) const {
  return end == begin ? 0 : records_[end - 1].end - BeginOf(begin);
}

void RecordBatch::AppendSlice(size_t begin, size_t end, std::string* out) const {
  out->append(json_, BeginOf(begin), SliceBytes(begin, end));
}

}  // namespace millrace::streams
