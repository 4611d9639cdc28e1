// The words that cannot stand as attribute names in expressions unless through a placeholder.
#pragma once

#include <string_view>

namespace millrace::api::expr {

// Whether `word`, an identifier, is one of DynamoDB's 573 reserved words, in any case. Thread-safe,
// allocates nothing.
bool IsReservedWord(std::string_view word);

}  // namespace millrace::api::expr
