// NextToken of ExecuteStatement: where the next page of a SELECT starts, bound to what was asked.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "api/wire/error.h"
#include "storage/codec/value_view.h"

namespace millrace::api::partiql {

// What a token belongs to. The table is named by its id, so that no token outlives its table.
struct PageQuestion {
  std::string_view statement;
  std::span<const ValueView> parameters;
  uint32_t table_id = 0;
};

// The token for the page behind `last_key`, an item of the key attributes that LastEvaluatedKey
// has. Thread-safe.
std::string EncodePageToken(const PageQuestion& question, const ItemView& last_key);

// Reads a token of a client. `*last_key` lies in `storage`, which is overwritten, and is a sound
// item; whether it has the right attributes is for the caller to check. Errors: `Invalid
// NextToken`, `NextToken does not match request`. Thread-safe.
ApiStatus DecodePageToken(std::string_view token, const PageQuestion& question,
                          std::string* storage, ItemView* last_key);

}  // namespace millrace::api::partiql
