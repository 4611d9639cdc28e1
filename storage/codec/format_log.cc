// The vectors of log groups, streams and events.
#include <string>

#include "storage/base/digest.h"
#include "storage/codec/format_vector.h"
#include "storage/codec/log_event_codec.h"

namespace millrace {
namespace {

int64_t SignedInteger(const Vector& vector, std::string_view name) {
  return std::stoll(vector.Get(name));
}

// Every beginning of a stored value, and the value with more behind it, is damage.
template <typename Decode>
void ExpectOnlyWhole(const std::string& bytes, Decode decode) {
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode(bytes.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(decode(bytes + "x").ok());
}

}  // namespace

void CheckLogGroup(const Vector& vector) {
  LogGroup group;
  group.group_id = vector.Integer("group");
  group.name = vector.Get("name");
  group.creation_ms = SignedInteger(vector, "creation");
  group.retention_days = SignedInteger(vector, "retention");
  group.swept_to_ms = SignedInteger(vector, "swept");
  group.group_class = vector.Get("class");
  group.key_arn = vector.Get("encryption-key");
  group.tags = {{vector.Get("tag-key"), vector.Get("tag-value")}};
  EXPECT_EQ(ToHex(LogGroupKey(group.name)), ToHex(vector.Bytes("key")));
  std::string bytes;
  EncodeLogGroup(group, &bytes);
  EXPECT_EQ(ToHex(bytes), ToHex(vector.Bytes("hex")));
  const auto read = DecodeLogGroup(bytes);
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read.value(), group);
  ExpectOnlyWhole(bytes, DecodeLogGroup);
}

void CheckLogStream(const Vector& vector) {
  LogStream stream;
  stream.stream_id = vector.Integer("stream");
  stream.name = vector.Get("name");
  stream.creation_ms = SignedInteger(vector, "creation");
  stream.first_event_ms = SignedInteger(vector, "first");
  stream.last_event_ms = SignedInteger(vector, "last");
  stream.last_ingestion_ms = SignedInteger(vector, "ingestion");
  EXPECT_EQ(ToHex(LogStreamKey(vector.Integer("group"), stream.name)), ToHex(vector.Bytes("key")));
  std::string bytes;
  EncodeLogStream(stream, &bytes);
  EXPECT_EQ(ToHex(bytes), ToHex(vector.Bytes("hex")));
  const auto read = DecodeLogStream(bytes);
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read.value(), stream);
  ExpectOnlyWhole(bytes, DecodeLogStream);
}

void CheckLogEvent(const Vector& vector) {
  const uint64_t group_id = vector.Integer("group");
  LogPosition position;
  position.time_ms = SignedInteger(vector, "time");
  position.stream_id = vector.Integer("stream");
  position.sequence = vector.Integer("sequence");
  position.index = static_cast<uint16_t>(vector.Integer("index"));
  const std::string key = LogEventKey(group_id, position);
  EXPECT_EQ(ToHex(key), ToHex(vector.Bytes("key")));
  LogPosition read;
  ASSERT_TRUE(ParseLogEventKey(key, &read));
  EXPECT_EQ(read, position);
  EXPECT_FALSE(ParseLogEventKey(key + "x", &read));
  EXPECT_TRUE(key >= LogTimeKey(group_id, position.time_ms));
  EXPECT_TRUE(key < LogTimeKey(group_id, position.time_ms + 1));
  std::string bytes;
  EncodeLogEvent(SignedInteger(vector, "ingestion"), vector.Get("message"), &bytes);
  EXPECT_EQ(ToHex(bytes), ToHex(vector.Bytes("hex")));
  int64_t ingestion_ms = 0;
  std::string_view message;
  ASSERT_TRUE(DecodeLogEvent(bytes, &ingestion_ms, &message).ok());
  EXPECT_EQ(ingestion_ms, SignedInteger(vector, "ingestion"));
  EXPECT_EQ(message, vector.Get("message"));
  EXPECT_FALSE(DecodeLogEvent(bytes.substr(0, 8), &ingestion_ms, &message).ok());
}

void CheckLogDropped(const Vector& vector) {
  const std::string key = LogDroppedKey(vector.Integer("group"), vector.Integer("stream"));
  EXPECT_EQ(ToHex(key), ToHex(vector.Bytes("key")));
  uint64_t group_id = 0;
  uint64_t stream_id = 0;
  ASSERT_TRUE(ParseLogDroppedKey(key, &group_id, &stream_id));
  EXPECT_EQ(group_id, vector.Integer("group"));
  EXPECT_EQ(stream_id, vector.Integer("stream"));
}

}  // namespace millrace
