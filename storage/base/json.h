// Reading and writing JSON. The parser (RapidJSON, in json.cc only) works in situ: it unescapes
// strings inside the request's own buffer and lays the document out as a flat tape of nodes, so
// that a parsed body costs one pass and, once the tape has grown, no allocation. Depth is bounded;
// the tape has at most one node of 16 bytes for every two bytes of text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"

namespace millrace::json {

enum class Type : uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

// One node of the tape. A string or number points into the parsed buffer. An object's members
// follow it as pairs (name string, value); an array's elements follow it one after the other.
struct Node {
  const char* text;    // kString (unescaped), kNumber (its source text)
  uint32_t size;       // bytes of text; members or elements of a container
  uint32_t type : 3;   // Type
  uint32_t span : 29;  // nodes of the whole value including this one; 1 for scalars
};

class Members;
class Elements;

// A look at one value of a Document; valid as long as the document and its buffer. Copy freely.
class Value {
 public:
  Value() = default;
  explicit Value(const Node* node) : node_(node) {}

  // False for a member that is not there; every other method needs a present value.
  bool present() const { return node_ != nullptr; }
  Type type() const { return static_cast<Type>(node_->type); }
  bool IsNull() const { return type() == Type::kNull; }
  bool IsString() const { return type() == Type::kString; }
  bool IsNumber() const { return type() == Type::kNumber; }
  bool IsBool() const { return type() == Type::kTrue || type() == Type::kFalse; }
  bool IsArray() const { return type() == Type::kArray; }
  bool IsObject() const { return type() == Type::kObject; }

  // The unescaped text of a string. May contain NUL.
  std::string_view AsString() const { return {node_->text, node_->size}; }
  // The digits of a number as sent.
  std::string_view NumberText() const { return {node_->text, node_->size}; }
  bool AsBool() const { return type() == Type::kTrue; }
  // Whether a number has a fraction or exponent part.
  bool IsFractional() const;
  // A number as integer, rounded toward minus infinity, clamped to the range of int64_t.
  int64_t AsInt64() const;

  // Members of an object, elements of an array.
  uint32_t size() const { return node_->size; }
  Members members() const;
  Elements elements() const;
  // The member called `name`; the last one if there are several; not present() if there is none or
  // if it is null (DynamoDB treats a null member as absent). Linear in the number of members.
  Value Find(std::string_view name) const;
  // Likewise, but a null member is returned as it is.
  Value FindRaw(std::string_view name) const;

  const Node* node() const { return node_; }

 private:
  const Node* node_ = nullptr;
};

struct Member {
  std::string_view name;
  Value value;
};

// Range over an object's members in document order, duplicates and nulls included.
class Members {
 public:
  class Iterator {
   public:
    explicit Iterator(const Node* node) : node_(node) {}
    Member operator*() const { return {{node_->text, node_->size}, Value(node_ + 1)}; }
    Iterator& operator++() {
      node_ += 1 + (node_ + 1)->span;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return node_ != other.node_; }

   private:
    const Node* node_;
  };
  explicit Members(const Node* object) : object_(object) {}
  Iterator begin() const { return Iterator(object_ + 1); }
  Iterator end() const { return Iterator(object_ + object_->span); }

 private:
  const Node* object_;
};

// Range over an array's elements.
class Elements {
 public:
  class Iterator {
   public:
    explicit Iterator(const Node* node) : node_(node) {}
    Value operator*() const { return Value(node_); }
    Iterator& operator++() {
      node_ += node_->span;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return node_ != other.node_; }

   private:
    const Node* node_;
  };
  explicit Elements(const Node* array) : array_(array) {}
  Iterator begin() const { return Iterator(array_ + 1); }
  Iterator end() const { return Iterator(array_ + array_->span); }

 private:
  const Node* array_;
};

inline Members Value::members() const { return Members(node_); }
inline Elements Value::elements() const { return Elements(node_); }

// A parsed document. Reusable: Parse drops what was there and keeps the memory. Not thread-safe.
class Document {
 public:
  // Nesting allowed in a document: 32 levels of DynamoDB maps need about 70.
  static constexpr int kDepthMax = 256;

  // Parses `text`, which is changed in the process and must outlive the document;
  // text.data()[text.size()] must be a writable NUL byte. Checks UTF-8 and depth (kDepthMax). One
  // JSON value, white space around it allowed. kInvalidArgument if it is not that.
  Status Parse(std::span<char> text);
  // The parsed value; not present() before the first Parse and after one that failed.
  Value root() const { return Value(nodes_.empty() ? nullptr : nodes_.data()); }
  // Frees the memory kept for reuse when it is above `bytes`.
  void ShrinkTo(size_t bytes);

 private:
  class Builder;
  std::vector<Node> nodes_;
};

// Writes JSON text to a string it appends to. Commas and colons are placed by the caller's calls:
// Key() and the Begin/End pairs do what is needed. Strings are escaped with a vectorised check;
// UTF-8 is passed through. Not thread-safe.
class Writer {
 public:
  explicit Writer(std::string* out) : out_(out) {}

  void BeginObject() {
    Separate();
    out_->push_back('{');
    comma_ = false;
  }
  void EndObject() {
    out_->push_back('}');
    comma_ = true;
  }
  void BeginArray() {
    Separate();
    out_->push_back('[');
    comma_ = false;
  }
  void EndArray() {
    out_->push_back(']');
    comma_ = true;
  }
  // A member's name, escaped.
  void Key(std::string_view name) {
    Separate();
    AppendQuoted(name);
    out_->push_back(':');
    comma_ = false;
  }
  void String(std::string_view text) {
    Separate();
    AppendQuoted(text);
    comma_ = true;
  }
  // The bytes in standard base64 with padding, quoted.
  void Base64(std::string_view bytes);
  void Bool(bool value) { Raw(value ? "true" : "false"); }
  void Int(int64_t value);
  // A finite number in plain decimal notation, at least one fraction digit: 1.0, 0.5,
  // 1763675000.123.
  void Double(double value);
  // Epoch milliseconds as the seconds with fraction that AWS timestamps are: 1763675000.123.
  void TimestampMs(int64_t epoch_ms);
  // A value that is JSON already.
  void Raw(std::string_view text) {
    Separate();
    out_->append(text);
    comma_ = true;
  }

  void Member(std::string_view name, std::string_view text) {
    Key(name);
    String(text);
  }
  std::string* out() { return out_; }

 private:
  void Separate() {
    if (comma_) {
      out_->push_back(',');
    }
  }
  void AppendQuoted(std::string_view text);

  std::string* out_;
  bool comma_ = false;
};

// Appends `text` to `out` in quotes, escaped as JSON needs. Thread-safe.
void AppendQuoted(std::string* out, std::string_view text);

// Appends `before`, `text` in quotes and `after`. One growth of `out` for all of it when nothing in
// `text` needs escaping, which makes it the quick way to write many small members. Thread-safe.
void AppendQuoted(std::string* out, std::string_view before, std::string_view text,
                  std::string_view after);

}  // namespace millrace::json
