// Expiry entries (column family `ttl`): one for each item of a table with time to live whose
// attribute holds a time, ordered by that time. The key says everything; the value is empty.
// FORMAT.md is normative.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/codec/value_view.h"

namespace millrace {

// The expiry time of an item in seconds since 1970, the fraction cut off: the value of `attribute`
// if that is a number between 0 and 2^63 - 1. Nothing for any other item: it never expires.
std::optional<int64_t> ExpirySeconds(const ItemView& item, std::string_view attribute);

// Key: time-to-live id | expiry seconds, both big endian | the item key without its table id.
void AppendExpiryKey(uint32_t time_to_live_id, int64_t expiry_seconds, std::string_view item_key,
                     std::string* out);
// First key of the entries that expire at or after `expiry_seconds`.
void AppendExpiryStart(uint32_t time_to_live_id, int64_t expiry_seconds, std::string* out);

struct ExpiryKeyParts {
  uint32_t time_to_live_id = 0;
  int64_t expiry_seconds = 0;
  std::string_view item_key_rest;  // behind the table id; lies in the key
};
// False for bytes that are no expiry key.
bool ParseExpiryKey(std::string_view key, ExpiryKeyParts* parts);

}  // namespace millrace
