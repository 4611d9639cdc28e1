// Writing encoded values and items. The counterpart of value_view.h; FORMAT.md has the layout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "storage/codec/value_view.h"
#include "storage/model/attribute_value.h"
#include "storage/model/number.h"

namespace millrace {

// Appends encoded values to a string. Containers are opened and closed in pairs; between them their
// parts are written in order (for a map: Name, value, Name, value). Nothing is validated here: the
// caller has checked limits. What is written must not lie in the string written to. Not
// thread-safe.
class ValueWriter {
 public:
  explicit ValueWriter(std::string* out) : out_(out) {}

  void String(std::string_view text);
  void Binary(std::string_view bytes);
  void NumberValue(const Number& number);
  // A number already in its sortable form.
  void SortableNumber(std::string_view sortable);
  void Bool(bool value);
  void Null();
  // A value copied as it is.
  void Copy(ValueView value);
  // A tree.
  void Tree(const AttributeValue& value);

  // Opens a container of `type` (a set, kList or kMap); the mark goes back to EndContainer with the
  // number of members, elements or entries written.
  size_t BeginContainer(AttributeType type);
  void EndContainer(size_t mark, uint32_t count);
  // The name of the map entry that comes next.
  void Name(std::string_view name);
  // One member of an open set: text, bytes or sortable number.
  void SetMember(std::string_view member);

  std::string* out() { return out_; }

 private:
  void ContainerTree(const AttributeValue& value);

  std::string* out_;
};

// Builds one encoded item in a string: construct, write the attributes, then Finish once. Names
// must be distinct; the caller sees to it. Not thread-safe.
class ItemBuilder {
 public:
  // Starts an item at the end of `out` (whatever is there stays in front of it).
  explicit ItemBuilder(std::string* out);

  // Names the attribute that comes next and returns the writer for its value.
  ValueWriter& Attribute(std::string_view name);
  // An attribute copied from another item (see NamedValue::encoded).
  void CopyAttribute(const NamedValue& attribute);
  void CopyValue(std::string_view name, ValueView value);
  // Computes the DynamoDB size in one walk, completes the header and returns a view of the item,
  // valid while `out` is not changed.
  ItemView Finish();

 private:
  std::string* out_;
  ValueWriter writer_;
  size_t start_;
  uint32_t count_ = 0;
};

// The tree of an encoded value, and back through ValueWriter::Tree. Containers at level
// kReadDepthMax come out empty.
AttributeValue ToTree(ValueView value);

}  // namespace millrace
