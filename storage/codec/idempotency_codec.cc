// Encoders and decoders of idempotency tokens: fixed layouts with one part of any length at the
// end.
#include "storage/codec/idempotency_codec.h"

#include <cstring>

#include "storage/base/bytes.h"
#include "storage/base/check.h"
#include "storage/codec/meta_codec.h"

namespace millrace {
namespace {

constexpr char kRecordVersion = 1;
constexpr size_t kTimeOffset = 1;
constexpr size_t kHashOffset = kTimeOffset + 8;
constexpr size_t kPayloadOffset = kHashOffset + sizeof(ParametersHash);
constexpr size_t kTimeKeyHeaderSize = 1 + 8;

Status Malformed() {
  return Status(StatusCode::kCorruption,
                "a stored idempotency token is damaged or was written by a newer version");
}

}  // namespace

void AppendTokenKey(TokenScope scope, std::string_view token, std::string* out) {
  out->push_back(static_cast<char>(MetaKind::kIdempotencyToken));
  out->push_back(static_cast<char>(scope));
  out->append(token);
}

void EncodeTokenRecord(const TokenRecord& record, std::string* out) {
  out->push_back(kRecordVersion);
  AppendLittleEndian64(out, static_cast<uint64_t>(record.recorded_ms));
  out->append(reinterpret_cast<const char*>(record.parameters_hash.data()),
              record.parameters_hash.size());
  out->append(record.payload);
}

Result<TokenRecord> DecodeTokenRecord(std::string_view bytes) {
  if (bytes.size() < kPayloadOffset || bytes[0] != kRecordVersion) {
    return Malformed();
  }
  TokenRecord record;
  record.recorded_ms = static_cast<int64_t>(LoadLittleEndian64(bytes.data() + kTimeOffset));
  std::memcpy(record.parameters_hash.data(), bytes.data() + kHashOffset,
              record.parameters_hash.size());
  record.payload = bytes.substr(kPayloadOffset);
  return record;
}

void AppendTokenTimeKey(int64_t recorded_ms, std::string_view token_key, std::string* out) {
  CHECK(recorded_ms >= 0 && !token_key.empty());
  out->push_back(static_cast<char>(MetaKind::kIdempotencyTokenTime));
  AppendBigEndian64(out, static_cast<uint64_t>(recorded_ms));
  // Without the kind, which is the same for all of them.
  out->append(token_key.substr(1));
}

std::string_view TokenTimeValue() { return std::string_view(&kRecordVersion, 1); }

std::string TokenTimeBegin(int64_t recorded_ms) {
  std::string key(1, static_cast<char>(MetaKind::kIdempotencyTokenTime));
  AppendBigEndian64(&key, static_cast<uint64_t>(recorded_ms));
  return key;
}

Result<TokenTime> ParseTokenTimeKey(std::string_view key) {
  if (key.size() <= kTimeKeyHeaderSize ||
      key[0] != static_cast<char>(MetaKind::kIdempotencyTokenTime)) {
    return Malformed();
  }
  TokenTime result;
  result.recorded_ms = static_cast<int64_t>(LoadBigEndian64(key.data() + 1));
  result.token_key.push_back(static_cast<char>(MetaKind::kIdempotencyToken));
  result.token_key.append(key.substr(kTimeKeyHeaderSize));
  return result;
}

}  // namespace millrace
