// Writing change records. Readers take hundreds of thousands of them in a second, so nothing is
// built on the way: constant pieces of text, digits, and attribute values from where they lie.
#include "streams/change_json.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "storage/base/digest.h"
#include "storage/base/json.h"
#include "storage/codec/value_json.h"
#include "streams/sequence_number.h"

namespace millrace::streams {
namespace {

constexpr size_t kHashBytesInId = 8;

// The half of an eventID that records of this database have in common; the other half is the
// sequence, so that an id is the same whenever the record is read.
std::string DatabasePartOfId(std::string_view database_uuid) {
  const std::array<uint8_t, 32> hash = Sha256(database_uuid);
  return ToHex({reinterpret_cast<const char*>(hash.data()), kHashBytesInId});
}

void AppendHex64(uint64_t value, std::string* out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::array<char, 16> text;
  for (size_t place = text.size(); place > 0; value >>= 4) {
    text[--place] = kDigits[value & 0x0F];
  }
  out->append(text.data(), text.size());
}

void AppendInt(int64_t value, std::string* out) {
  std::array<char, 24> text;
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value);
  out->append(text.data(), static_cast<size_t>(result.ptr - text.data()));
}

int64_t WholeSeconds(int64_t time_ms) {
  return time_ms >= 0 ? time_ms / 1000 : -((-time_ms + 999) / 1000);
}

void AppendImage(std::string_view before, const ItemView& image, std::string* out) {
  if (image.present()) {
    out->append(before);
    AppendAttributesJson(image.attributes(), out);
  }
}

}  // namespace

std::string_view ViewTypeName(StreamViewType type) {
  switch (type) {
    case StreamViewType::kKeysOnly:
      return "KEYS_ONLY";
    case StreamViewType::kNewImage:
      return "NEW_IMAGE";
    case StreamViewType::kOldImage:
      return "OLD_IMAGE";
    case StreamViewType::kNewAndOldImages:
      return "NEW_AND_OLD_IMAGES";
  }
  return "NEW_AND_OLD_IMAGES";
}

std::string_view ChangeTypeName(ChangeType type) {
  switch (type) {
    case ChangeType::kInsert:
      return "INSERT";
    case ChangeType::kModify:
      return "MODIFY";
    case ChangeType::kRemove:
      return "REMOVE";
  }
  return "MODIFY";
}

ChangeJson::ChangeJson(const ChangeJsonOptions& options)
    : region_(options.region),
      stream_arn_(options.stream_arn),
      view_type_(ViewTypeName(options.stream->view_type)),
      database_part_of_id_(DatabasePartOfId(options.database_uuid)) {
  const KeySchema& schema = options.stream->key_schema;
  for (const std::vector<KeyAttribute>* attributes : {&schema.partition, &schema.sort}) {
    for (const KeyAttribute& attribute : *attributes) {
      KeyText key;
      key.name = attribute.name;
      json::AppendQuoted(&key.text, keys_.empty() ? "{" : ",", attribute.name, ":");
      keys_.push_back(std::move(key));
    }
  }
  beginning_ = R"({"eventID":")" + database_part_of_id_;
  before_time_ = R"(","eventVersion":"1.1","eventSource":"aws:dynamodb",)";
  json::AppendQuoted(&before_time_, R"("awsRegion":)", options.region,
                     R"(,"dynamodb":{"ApproximateCreationDateTime":)");
  json::AppendQuoted(&before_end_, R"(,"StreamViewType":)", ViewTypeName(options.stream->view_type),
                     "}");
  if (options.form == ChangeForm::kEvent) {
    identity_ = R"(,"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"})";
    json::AppendQuoted(&end_, R"(,"eventSourceARN":)", options.stream_arn, "}");
  } else {
    identity_ = R"(,"userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"})";
    end_ = "}";
  }
}

void ChangeJson::Append(const tables::LoggedChange& change, uint64_t size_bytes,
                        std::string* out) const {
  const ChangeRecord& record = change.record;
  out->append(beginning_);
  AppendHex64(change.sequence, out);
  out->append(R"(","eventName":")").append(ChangeTypeName(record.type));
  out->append(before_time_);
  AppendInt(WholeSeconds(record.time_ms), out);
  AppendKeys(record.key_source(), out);
  AppendImage(R"(,"NewImage":)", record.new_image, out);
  AppendImage(R"(,"OldImage":)", record.old_image, out);
  out->append(R"(,"SequenceNumber":")");
  AppendSequenceNumber(change.sequence, out);
  out->append(R"(","SizeBytes":)");
  AppendInt(static_cast<int64_t>(size_bytes), out);
  out->append(before_end_);
  if (record.by_time_to_live) {
    out->append(identity_);
  }
  out->append(end_);
}

void ChangeJson::AppendKeys(const ItemView& source, std::string* out) const {
  out->append(R"(,"Keys":)");
  for (const KeyText& key : keys_) {
    out->append(key.text);
    AppendValueJson(source.Find(key.name), out);
  }
  out->push_back('}');
}

void ChangeJson::AppendEventId(uint64_t sequence, std::string* out) const {
  out->append(database_part_of_id_);
  AppendHex64(sequence, out);
}

int64_t ChangeJson::CreationSeconds(const ChangeRecord& record) {
  return WholeSeconds(record.time_ms);
}

bool ChangeJson::IsKey(std::string_view attribute_name) const {
  return std::any_of(keys_.begin(), keys_.end(),
                     [&](const KeyText& key) { return key.name == attribute_name; });
}

uint64_t ChangeJson::SizeBytes(const ChangeRecord& record) const {
  uint64_t size = uint64_t{record.new_image.DynamoSize()} + record.old_image.DynamoSize();
  const ItemView& source = record.key_source();
  for (const KeyText& key : keys_) {
    const ValueView value = source.Find(key.name);
    size += key.name.size() + (value.present() ? value.DynamoSize() : 0);
  }
  return std::max<uint64_t>(size, 1);
}

}  // namespace millrace::streams
