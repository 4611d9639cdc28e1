// Feeds arbitrary bytes to the readers of change records and log keys. Reading must stay inside;
// what is a record must survive being written and read again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/check.h"
#include "storage/codec/change_codec.h"
#include "storage/codec/random_value.h"

namespace {

using millrace::ChangeRecord;

bool SameItem(const millrace::ItemView& a, const millrace::ItemView& b) {
  return a.present() == b.present() && a.encoded() == b.encoded();
}

bool SameRecord(const ChangeRecord& a, const ChangeRecord& b) {
  return a.type == b.type && a.by_time_to_live == b.by_time_to_live && a.time_ms == b.time_ms &&
         SameItem(a.old_image, b.old_image) && SameItem(a.new_image, b.new_image) &&
         SameItem(a.keys, b.keys);
}

void CheckLogKey(std::string_view bytes) {
  millrace::LogKeyParts parts;
  const bool is_key = millrace::ParseLogKey(bytes, &parts);
  CHECK(is_key == (bytes.size() == millrace::kLogKeySize));
  if (is_key) {
    std::string rebuilt;
    millrace::AppendLogKey(parts, &rebuilt);
    CHECK(rebuilt == bytes);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  CheckLogKey(bytes);
  const auto record = millrace::ViewChangeRecord(bytes);
  if (!record.ok()) {
    CHECK(record.status().code() == millrace::StatusCode::kCorruption);
    return 0;
  }
  CHECK(record->key_source().present());
  volatile uint64_t read = millrace::ReadEverything(record->old_image);
  read = read + millrace::ReadEverything(record->new_image);
  read = read + millrace::ReadEverything(record->keys);
  std::string rebuilt;
  millrace::EncodeChangeRecord(*record, &rebuilt);
  CHECK(rebuilt.size() <= bytes.size());  // lengths may have been longer than needed
  const auto again = millrace::ViewChangeRecord(rebuilt);
  CHECK(again.ok() && SameRecord(*again, *record));
  return 0;
}
