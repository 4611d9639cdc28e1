// Reading encoded attribute values and items where they lie: in a request's buffer or in a block of
// the database. Nothing is decoded before it is asked for, and nothing is allocated (except by
// comparing sets or maps whose parts come in different order). FORMAT.md has the layout.
//
// Every reader is safe on any bytes: it never reads outside the range it was given. On bytes that
// no encoder wrote the answers are arbitrary but bounded; ValidateItem (validate.h) tells such
// bytes apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "storage/base/bytes.h"
#include "storage/model/attribute_type.h"
#include "storage/model/number.h"

namespace millrace {

class ListView;
class MapView;
class SetView;

// Readers do not follow values deeper than so many levels, so that no bytes can exhaust the stack.
// More than the data model allows, so that a value which an update has made too deep shows it.
inline constexpr int kReadDepthMax = 128;

// One encoded value, its type byte included. A default-constructed view stands for "no such
// attribute".
class ValueView {
 public:
  ValueView() = default;
  // Views the value at the start of `bytes`; not present() when the bytes cannot hold one.
  static ValueView At(const char* data, const char* end);

  bool present() const { return data_ != nullptr; }
  // The type. Needs present(), as all functions below do.
  AttributeType type() const { return static_cast<AttributeType>(*data_); }
  bool IsString() const { return type() == AttributeType::kString; }
  bool IsNumber() const { return type() == AttributeType::kNumber; }

  // The whole encoding, type byte included.
  std::string_view encoded() const { return {data_, size_}; }

  // kString: the text. kBinary: the bytes. kNumber: the sortable form (see Number). Empty for other
  // types; likewise the accessors below answer false, zero or empty on a value of another type.
  std::string_view payload() const;
  bool AsBool() const;      // kBool
  Number AsNumber() const;  // kNumber; zero when malformed
  SetView AsSet() const;    // a set type
  ListView AsList() const;  // kList
  MapView AsMap() const;    // kMap

  // The size DynamoDB charges for the value (names of a map included). Linear in the nested parts.
  uint32_t DynamoSize() const;
  // Levels of nesting: 1 for a scalar or set, 1 + the deepest part for a list or map; kReadDepthMax
  // at most.
  int Depth() const;

 private:
  ValueView(const char* data, uint32_t size) : data_(data), size_(size) {}
  const char* data_ = nullptr;
  uint32_t size_ = 0;
};

// Members of a set; each is the text, the bytes, or the sortable form of a number.
class SetView {
 public:
  SetView(AttributeType type, uint32_t count, std::string_view members)
      : type_(type), count_(count), members_(members) {}
  AttributeType type() const { return type_; }
  uint32_t count() const { return count_; }

  class Iterator {
   public:
    Iterator(const char* data, const char* end) : next_(data), end_(end) { Advance(); }
    std::string_view operator*() const { return member_; }
    Iterator& operator++() {
      Advance();
      return *this;
    }
    bool operator!=(const Iterator& other) const { return valid_ != other.valid_; }

   private:
    void Advance();
    const char* next_;
    const char* end_;
    std::string_view member_;
    bool valid_ = false;
  };
  Iterator begin() const { return Iterator(members_.data(), members_.data() + members_.size()); }
  Iterator end() const { return Iterator(nullptr, nullptr); }

  // Whether `member` (in the form described above) is in the set.
  bool Contains(std::string_view member) const;

 private:
  AttributeType type_;
  uint32_t count_;
  std::string_view members_;
};

// Elements of a list.
class ListView {
 public:
  ListView(uint32_t count, std::string_view elements) : count_(count), elements_(elements) {}
  uint32_t count() const { return count_; }
  // The element at `index`; not present() past the end. Linear.
  ValueView At(uint32_t index) const;

  class Iterator {
   public:
    Iterator(const char* data, const char* end) : end_(end), value_(ValueView::At(data, end)) {}
    ValueView operator*() const { return value_; }
    Iterator& operator++() {
      value_ = ValueView::At(value_.encoded().data() + value_.encoded().size(), end_);
      return *this;
    }
    bool operator!=(const Iterator& other) const {
      return value_.present() != other.value_.present();
    }

   private:
    const char* end_;
    ValueView value_;
  };
  Iterator begin() const { return Iterator(elements_.data(), elements_.data() + elements_.size()); }
  Iterator end() const { return Iterator(nullptr, nullptr); }

 private:
  uint32_t count_;
  std::string_view elements_;
};

struct NamedValue {
  std::string_view name;
  ValueView value;
  // Name and value together as they are encoded: what ItemBuilder::CopyAttribute takes.
  std::string_view encoded;
};

// Entries of a map, or the top-level attributes of an item.
class MapView {
 public:
  MapView() = default;
  MapView(uint32_t count, std::string_view entries) : count_(count), entries_(entries) {}
  uint32_t count() const { return count_; }
  // All entries as they are encoded, one after the other.
  std::string_view encoded_entries() const { return entries_; }
  // The value called `name`, or one that is not present(). Linear, skipping values without looking
  // inside.
  ValueView Find(std::string_view name) const;

  class Iterator {
   public:
    Iterator(const char* data, const char* end) : next_(data), end_(end) { Advance(); }
    const NamedValue& operator*() const { return entry_; }
    const NamedValue* operator->() const { return &entry_; }
    Iterator& operator++() {
      Advance();
      return *this;
    }
    bool operator!=(const Iterator& other) const { return valid_ != other.valid_; }

   private:
    void Advance();
    const char* next_;
    const char* end_;
    NamedValue entry_;
    bool valid_ = false;
  };
  Iterator begin() const { return Iterator(entries_.data(), entries_.data() + entries_.size()); }
  Iterator end() const { return Iterator(nullptr, nullptr); }

 private:
  uint32_t count_ = 0;
  std::string_view entries_;
};

// A whole encoded item: header and attributes. A default-constructed view is the item that does not
// exist.
class ItemView {
 public:
  ItemView() = default;
  // Views `bytes`; not present() when the header is not one of an item this version understands.
  static ItemView At(std::string_view bytes);

  bool present() const { return bytes_.data() != nullptr; }
  std::string_view encoded() const { return bytes_; }
  // The size DynamoDB charges for the item, from the header; 0 when not present.
  uint32_t DynamoSize() const { return dynamo_size_; }
  // The attributes; empty when not present.
  MapView attributes() const { return attributes_; }
  ValueView Find(std::string_view name) const { return attributes_.Find(name); }

 private:
  std::string_view bytes_;
  uint32_t dynamo_size_ = 0;
  MapView attributes_;
};

// Equality and order as DynamoDB compares (different types are unequal, sets and maps ignore
// order). Two values that are not present() are equal. Never quadratic.
bool ValuesEqual(ValueView a, ValueView b);
// Whether two items have the same attributes; equal bytes are the quick way to yes. Both not
// present: equal.
bool ItemsEqual(const ItemView& a, const ItemView& b);
// Negative, zero, positive. Both must be of one type out of S, N, B.
int CompareScalars(ValueView a, ValueView b);

}  // namespace millrace
