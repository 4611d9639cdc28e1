// Change records as JSON, straight from the stored bytes: the form that GetRecords answers with,
// and the one that functions get as events. Which record, how it was found and what becomes of it
// is for others.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/model/stream_descriptor.h"
#include "storage/tables/change_log.h"

namespace millrace::streams {

// "NEW_AND_OLD_IMAGES" and the like.
std::string_view ViewTypeName(StreamViewType type);
// "INSERT", "MODIFY", "REMOVE".
std::string_view ChangeTypeName(ChangeType type);

// kStreams: a Record of the streams API. kEvent: a record of a function's event, which names its
// stream and spells the identity of the remover in lower case.
enum class ChangeForm : uint8_t { kStreams, kEvent };

// What is the same for all records of a stream. The views and pointers are needed only while the
// writer is made. `stream_arn` may be left out for kStreams.
struct ChangeJsonOptions {
  ChangeForm form = ChangeForm::kStreams;
  const StreamDescriptor* stream = nullptr;
  std::string_view region;
  std::string_view database_uuid;  // ChangeLog::database_uuid
  std::string_view stream_arn;     // kEvent only
};

// Writes records of one stream. The parts of the text that do not change are made once. Immutable,
// so thread-safe.
class ChangeJson {
 public:
  explicit ChangeJson(const ChangeJsonOptions& options);

  // Appends the record as a JSON object. `change` is of the stream that the writer was made for.
  void Append(const tables::LoggedChange& change, std::string* out) const {
    Append(change, SizeBytes(change.record), out);
  }
  // The same for a caller who has asked for the size already.
  void Append(const tables::LoggedChange& change, uint64_t size_bytes, std::string* out) const;

  // Parts of what Append writes, for who looks at a record without writing it.
  void AppendEventId(uint64_t sequence, std::string* out) const;
  static int64_t CreationSeconds(const ChangeRecord& record);
  const std::string& region() const { return region_; }
  const std::string& stream_arn() const { return stream_arn_; }
  std::string_view view_type() const { return view_type_; }
  bool IsKey(std::string_view attribute_name) const;

  // The member SizeBytes: the sizes of the keys and of the images that the record has, at least 1.
  uint64_t SizeBytes(const ChangeRecord& record) const;

 private:
  struct KeyText {
    std::string name;
    std::string text;  // {"name": or ,"name":
  };

  void AppendKeys(const ItemView& source, std::string* out) const;

  const std::string region_;
  const std::string stream_arn_;
  const std::string_view view_type_;
  const std::string database_part_of_id_;
  std::vector<KeyText> keys_;
  std::string beginning_;      // up to the part of eventID that tells records apart
  std::string before_time_;    // between eventName and the time
  std::string before_end_;     // between SizeBytes and the end of the member dynamodb
  std::string_view identity_;  // of the remover, with the comma in front
  std::string end_;
};

}  // namespace millrace::streams
