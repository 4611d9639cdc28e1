// The stored form of idempotency tokens (column family `meta`): what a client named a transaction,
// so that repeating the call does not repeat the transaction, and a second row by which tokens are
// found when their time is over. FORMAT.md is normative.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/status.h"

namespace millrace {

// Whose token it is: each operation has tokens of its own. The values reach disk: never change or
// reuse one.
enum class TokenScope : uint8_t { kTransactWriteItems = 1, kExecuteTransaction = 2 };

using ParametersHash = std::array<uint8_t, 32>;

// What is remembered of a call.
struct TokenRecord {
  int64_t recorded_ms = 0;  // milliseconds since 1970
  ParametersHash parameters_hash = {};
  std::string_view payload;  // the operation's own; lies in the stored bytes
};

// Key of a token's record.
void AppendTokenKey(TokenScope scope, std::string_view token, std::string* out);
void EncodeTokenRecord(const TokenRecord& record, std::string* out);
// kCorruption for anything that EncodeTokenRecord does not write.
Result<TokenRecord> DecodeTokenRecord(std::string_view bytes);

// Key of the row that lists the token of `token_key` at the time of its record. Sorts by time;
// `recorded_ms` is not negative. The value of the row is TokenTimeValue().
void AppendTokenTimeKey(int64_t recorded_ms, std::string_view token_key, std::string* out);
std::string_view TokenTimeValue();
// First key of the rows of times from `recorded_ms` on.
std::string TokenTimeBegin(int64_t recorded_ms);

struct TokenTime {
  int64_t recorded_ms = 0;
  std::string token_key;
};
// Takes such a key apart; kCorruption when it is none.
Result<TokenTime> ParseTokenTimeKey(std::string_view key);

}  // namespace millrace
