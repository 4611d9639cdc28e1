// The words of PartiQL that cannot stand for a name unless quoted, and those the grammar uses.
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace::api::partiql {

// What a bare word means to the parser. Keywords are recognised whatever the case of their letters.
enum class Keyword : uint8_t {
  kNone,      // a name
  kReserved,  // reserved by PartiQL, of no use in this dialect
  kAll,
  kAnd,
  kAsc,
  kBetween,
  kBy,
  kCount,
  kDelete,
  kDesc,
  kExists,
  kFalse,
  kFrom,
  kIn,
  kInsert,
  kInto,
  kIs,
  kMissing,
  kNot,
  kNull,
  kOr,
  kOrder,
  kRemove,
  kReturning,
  kSelect,
  kSet,
  kTrue,
  kUpdate,
  kValue,
  kWhere,
};

// The keyword that `word` is. MODIFIED, OLD and NEW are not among them: they mean something behind
// RETURNING only and are names elsewhere. Thread-safe.
Keyword KeywordOf(std::string_view word);

// Whether the two are equal but for the case of ASCII letters. Thread-safe.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

}  // namespace millrace::api::partiql
