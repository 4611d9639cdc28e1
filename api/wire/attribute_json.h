// Attribute values between JSON and their encoded form: parsing writes straight into encoded bytes,
// writing (storage/codec/value_json.h) reads straight from them; no tree in between. The shape of
// the JSON has been checked (shape.h).
#pragma once

#include <string>
#include <string_view>

#include "api/wire/error.h"
#include "storage/base/json.h"
#include "storage/codec/value_json.h"
#include "storage/codec/value_view.h"
#include "storage/codec/value_writer.h"
#include "storage/model/number.h"

namespace millrace::api {

// What is wrong with an attribute value: the bare sentence of the data model. Where the value
// stands decides whether the sentence is wrapped (data-model rules for items, expression values and
// start keys), so the kind comes with it.
struct ValueProblem {
  enum class Kind {
    kNone,
    kEmptyValue,  // no known member
    kMultipleTypes,
    kNumber,  // syntax, range, precision
    kNullNotTrue,
    kEmptyStringSet,
    kEmptyNumberSet,
    kEmptyBinarySet,
    kDuplicates,
    kNesting,
    kNestedName,  // a map entry's name above 65535 bytes
  };
  Kind kind = Kind::kNone;
  std::string message;
};

// Appends the encoded form of the attribute value `value` (an object such as {"S":"x"}) to
// `writer`. False with
// `*problem` set when it is not valid; what was appended by then is to be thrown away. `depth` is
// the level the value stands on, 1 at the top. Thread-safe.
bool ParseAttributeValue(json::Value value, int depth, ValueWriter* writer, ValueProblem* problem);

// The sentence for a number that was refused; `text` as sent.
std::string NumberErrorMessage(NumberError error, std::string_view text);

// Parses a map of attribute values (Item, Key) into an encoded item at the end of `out`. Later
// duplicates of a name win. Error messages are those of Item and Key positions (bare; flagged
// enveloped_on_writes where PutItem and UpdateItem wrap them).
ApiStatus ParseAttributeMap(json::Value map, std::string* out, ItemView* item);

// Checks the name of a top-level attribute: not empty, at most 65535 bytes.
ApiStatus CheckAttributeName(std::string_view name);

// What is said of a name above that size, behind "One or more parameter values were invalid: ".
inline constexpr std::string_view kAttributeNameTooLongSentence =
    "Attribute name is too large, must be less than 65536 bytes";

// The error for a problem found in Item or Key position.
ApiStatus ProblemInItem(ValueProblem problem);

// Writes {"S":"x"} and the like. An empty Raw places the comma and tells the writer that a value
// was written.
inline void WriteAttributeValue(ValueView value, json::Writer* writer) {
  writer->Raw("");
  AppendValueJson(value, writer->out());
}
// Writes {"name":{"S":"x"},...}.
inline void WriteAttributes(const MapView& attributes, json::Writer* writer) {
  writer->Raw("");
  AppendAttributesJson(attributes, writer->out());
}

}  // namespace millrace::api
