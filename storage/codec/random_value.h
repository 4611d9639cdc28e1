// For tests and fuzz targets: random values, and a reader of everything that views offer.
#pragma once

#include <string>
#include <string_view>

#include "storage/base/random.h"
#include "storage/codec/value_view.h"
#include "storage/model/attribute_value.h"

namespace millrace {

// A sound value of any type with at most `levels` levels of nesting.
AttributeValue RandomValue(SeededRandom* random, int levels);
// The same value with the parts of its sets and maps in another order, at every level.
AttributeValue Shuffled(AttributeValue value, SeededRandom* random);
// A sound encoded item with some attributes; names are distinct.
std::string RandomItem(SeededRandom* random);

// The encoded form of a tree.
std::string EncodeTree(const AttributeValue& tree);
// The size DynamoDB charges, computed from a tree.
uint32_t TreeDynamoSize(const AttributeValue& tree);

// Calls every accessor on `value` and its parts. Returns a number that depends on all bytes read,
// so that no read can be optimised away.
uint64_t ReadEverything(ValueView value);
uint64_t ReadEverything(const ItemView& item);

}  // namespace millrace
