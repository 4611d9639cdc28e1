// For the tests of this folder: values, items and statements written down as text.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "api/partiql/parser.h"
#include "api/partiql/statement.h"
#include "storage/codec/value_view.h"
#include "storage/model/table_descriptor.h"

namespace millrace::api::partiql {

// Keeps the encoded forms of values and items that tests make from the notation of
// storage/codec/value_text.h.
class TestValues {
 public:
  ValueView Value(std::string_view text);
  // Of a map: `M {"pk": S "1"}`.
  ItemView Item(std::string_view text);

 private:
  std::deque<std::string> storage_;
};

// JSON as the wire shows it.
std::string ToJson(ValueView value);
std::string ToJson(const ItemView& item);

// A schema from texts such as "pk:S sk:N"; further words are further sort attributes.
KeySchema TestSchema(std::string_view text);

// Everything a statement says, in one line.
std::string Describe(const Statement& statement);

// Parses with these parameters: Describe of the statement, or "ERROR <message>".
std::string ParseToText(std::string_view text, const std::vector<ValueView>& parameters = {},
                        const ParseOptions& options = {});

// Parses a statement that must be right.
Statement ParseValid(std::string_view text, const std::vector<ValueView>& parameters = {},
                     const ParseOptions& options = {});

// "OK", or the message.
std::string MessageOf(const ApiStatus& status);

}  // namespace millrace::api::partiql
