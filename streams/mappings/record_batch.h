// Records of a stream as the JSON of an event, one behind the other, so that any run of them can be
// sent without writing it again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "storage/tables/change_log.h"
#include "streams/change_json.h"

namespace millrace::streams {

// The largest event that a function takes, with what is around the records.
inline constexpr size_t kEventSizeMax = 6291456;
inline constexpr size_t kEventOverhead = 1024;

// Not thread-safe.
class RecordBatch {
 public:
  struct Record {
    uint64_t sequence = 0;
    int64_t time_ms = 0;
    size_t end = 0;  // in the text
  };

  size_t size() const { return records_.size(); }
  bool empty() const { return records_.empty(); }
  const Record& operator[](size_t index) const { return records_[index]; }
  size_t bytes() const { return json_.size(); }

  void Append(const tables::LoggedChange& change, const ChangeJson& writer);
  void RemoveLast();
  // Gives the memory back as well.
  void Clear();

  // The index of the first record at or behind `sequence`.
  size_t IndexOf(uint64_t sequence) const;
  // The text of the records [begin, end), with commas in between.
  size_t SliceBytes(size_t begin, size_t end) const;
  void AppendSlice(size_t begin, size_t end, std::string* out) const;

 private:
  size_t BeginOf(size_t index) const { return index == 0 ? 0 : records_[index - 1].end + 1; }

  std::string json_;
  std::vector<Record> records_;
};

}  // namespace millrace::streams
