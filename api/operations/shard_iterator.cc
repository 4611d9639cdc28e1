// The text of shard iterators: fixed fields, big endian, behind a version and in front of a
// checksum that covers the ARN as well.
#include "api/operations/shard_iterator.h"

#include "storage/base/base64.h"
#include "storage/base/bytes.h"
#include "storage/base/digest.h"

namespace millrace::api {
namespace {

constexpr std::string_view kSeparator = "|1|";
constexpr char kVersion = 1;
constexpr size_t kChecksumSize = 4;
// Version, stream, hash range, shard, position, kind of position, time of issue.
constexpr size_t kStreamAt = 1;
constexpr size_t kHashRangeAt = kStreamAt + 4;
constexpr size_t kShardAt = kHashRangeAt + 4;
constexpr size_t kPositionAt = kShardAt + 8;
constexpr size_t kFromHorizonAt = kPositionAt + 8;
constexpr size_t kIssuedAt = kFromHorizonAt + 1;
constexpr size_t kFieldsSize = kIssuedAt + 8;

uint32_t ChecksumOf(std::string_view stream_arn, std::string_view fields) {
  return Crc32(std::string(stream_arn).append(fields));
}

}  // namespace

std::string FormatShardIterator(const ShardIterator& iterator, std::string_view stream_arn) {
  std::string bytes;
  bytes.push_back(kVersion);
  AppendBigEndian32(&bytes, iterator.stream_id);
  AppendBigEndian32(&bytes, iterator.hash_range);
  AppendBigEndian64(&bytes, iterator.shard_start);
  AppendBigEndian64(&bytes, iterator.position);
  bytes.push_back(iterator.from_horizon ? 1 : 0);
  AppendBigEndian64(&bytes, static_cast<uint64_t>(iterator.issued_ms));
  AppendBigEndian32(&bytes, ChecksumOf(stream_arn, bytes));
  std::string text(stream_arn);
  text.append(kSeparator);
  EncodeBase64(bytes, &text);
  return text;
}

bool ParseShardIterator(std::string_view text, ShardIterator* iterator,
                        std::string_view* stream_arn) {
  const size_t separator = text.find(kSeparator);
  if (text.size() > kShardIteratorSizeMax || separator == std::string_view::npos) {
    return false;
  }
  std::string bytes;
  if (DecodeBase64(text.substr(separator + kSeparator.size()), &bytes) != Base64Error::kNone ||
      bytes.size() != kFieldsSize + kChecksumSize) {
    return false;
  }
  *stream_arn = text.substr(0, separator);
  const std::string_view fields(bytes.data(), kFieldsSize);
  if (LoadBigEndian32(bytes.data() + kFieldsSize) != ChecksumOf(*stream_arn, fields) ||
      fields[0] != kVersion || static_cast<unsigned char>(fields[kFromHorizonAt]) > 1) {
    return false;
  }
  const uint32_t hash_range = LoadBigEndian32(&fields[kHashRangeAt]);
  if (hash_range > UINT16_MAX) {
    return false;
  }
  iterator->stream_id = LoadBigEndian32(&fields[kStreamAt]);
  iterator->hash_range = static_cast<uint16_t>(hash_range);
  iterator->shard_start = LoadBigEndian64(&fields[kShardAt]);
  iterator->position = LoadBigEndian64(&fields[kPositionAt]);
  iterator->from_horizon = fields[kFromHorizonAt] == 1;
  iterator->issued_ms = static_cast<int64_t>(LoadBigEndian64(&fields[kIssuedAt]));
  return true;
}

}  // namespace millrace::api
