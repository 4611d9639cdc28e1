// Full checks of stored bytes. Every rule that the writers keep is checked here, and the readers'
// leniency is not relied on: lengths are taken from the bytes again.
#include "storage/codec/validate.h"

#include <algorithm>
#include <string>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/base/utf8.h"
#include "storage/codec/value_layout.h"
#include "storage/codec/value_view.h"
#include "storage/model/limits.h"

namespace millrace {
namespace {

// Checks values one after the other from the front of a range. On failure the fault stays recorded.
class Validator {
 public:
  explicit Validator(std::string_view bytes)
      : start_(bytes.data()), next_(start_), end_(start_ + bytes.size()) {}

  // Checks one value at nesting level `level`, with its parts.
  bool Value(int level);
  // Checks `count` entries of a map whose values are at `level`, filling the range up to `end`.
  bool Entries(uint32_t count, const char* end, int level, bool empty_name_allowed);
  bool AtEnd() const { return next_ == end_; }
  void Skip(size_t size) { next_ += size; }

  bool Fail(std::string_view fault) {
    fault_ = fault;
    fault_at_ = next_;
    return false;
  }
  Status Fault() const {
    return Status(StatusCode::kCorruption,
                  fault_ + " at offset " + std::to_string(fault_at_ - start_));
  }

 private:
  bool Bytes(const char* end, std::string_view* bytes);
  bool NumberBytes(std::string_view sortable);
  bool ScalarNumber();
  bool Container(AttributeType type, int level);
  bool SetMembers(AttributeType type, uint32_t count, const char* end);
  bool NoDuplicates(std::vector<std::string_view>* parts, std::string_view fault);

  const char* const start_;
  const char* next_;
  const char* const end_;
  std::string fault_;
  const char* fault_at_ = nullptr;
};

// Reads a varint length and so many bytes in front of `end`.
bool Validator::Bytes(const char* end, std::string_view* bytes) {
  uint32_t length = 0;
  const char* const data = ReadVarint32(next_, end, &length);
  if (data == nullptr || length > static_cast<size_t>(end - data)) {
    return Fail("length reaches outside");
  }
  // The last byte of a varint in its shortest form is zero only for the value zero.
  if (data[-1] == 0 && data - next_ > 1) {
    return Fail("length is not in its shortest form");
  }
  *bytes = std::string_view(data, length);
  next_ = data + length;
  return true;
}

bool Validator::NumberBytes(std::string_view sortable) {
  Number number;
  if (sortable.empty() || Number::ReadSortable(sortable, &number) != sortable.size()) {
    return Fail("number is malformed");
  }
  return true;
}

bool Validator::ScalarNumber() {
  const size_t available = static_cast<size_t>(end_ - next_);
  const size_t length = available == 0 ? 0 : static_cast<uint8_t>(*next_);
  if (available == 0 || length > available - 1) {
    return Fail("length reaches outside");
  }
  if (!NumberBytes(std::string_view(next_ + 1, length))) {
    return false;
  }
  next_ += 1 + length;
  return true;
}

bool Validator::NoDuplicates(std::vector<std::string_view>* parts, std::string_view fault) {
  std::sort(parts->begin(), parts->end());
  if (std::adjacent_find(parts->begin(), parts->end()) != parts->end()) {
    return Fail(fault);
  }
  return true;
}

bool Validator::SetMembers(AttributeType type, uint32_t count, const char* end) {
  if (count == 0) {
    return Fail("set is empty");
  }
  std::vector<std::string_view> members;
  while (next_ != end) {
    std::string_view member;
    if (!Bytes(end, &member)) {
      return false;
    }
    if (type == AttributeType::kNumberSet && !NumberBytes(member)) {
      return false;
    }
    if (type == AttributeType::kStringSet && !IsValidUtf8(member)) {
      return Fail("text is not UTF-8");
    }
    members.push_back(member);
  }
  if (members.size() != count) {
    return Fail("count of set members is wrong");
  }
  return NoDuplicates(&members, "duplicate set member");
}

bool Validator::Entries(uint32_t count, const char* end, int level, bool empty_name_allowed) {
  std::vector<std::string_view> names;
  while (next_ != end) {
    std::string_view name;
    if (!Bytes(end, &name)) {
      return false;
    }
    if (name.size() > limits::kAttributeNameSizeMax || (name.empty() && !empty_name_allowed)) {
      return Fail("length of a name is outside its limits");
    }
    if (!IsValidUtf8(name)) {
      return Fail("name is not UTF-8");
    }
    if (!Value(level)) {
      return false;
    }
    if (next_ > end) {
      return Fail("value reaches outside its map");
    }
    names.push_back(name);
  }
  if (names.size() != count) {
    return Fail("count of names is wrong");
  }
  return NoDuplicates(&names, "duplicate name");
}

bool Validator::Container(AttributeType type, int level) {
  if (static_cast<size_t>(end_ - next_) < layout::kContainerHeaderSize - 1) {
    return Fail("container header is cut short");
  }
  // The type byte is behind us; the offsets count from it.
  const char* const header = next_ - 1;
  const uint32_t length = LoadLittleEndian32(header + layout::kContainerLengthOffset);
  const uint32_t count = layout::ContainerCount(header);
  next_ = header + layout::kContainerHeaderSize;
  if (length > static_cast<size_t>(end_ - next_)) {
    return Fail("container reaches outside");
  }
  const char* const end = next_ + length;
  if (IsSetType(type)) {
    return SetMembers(type, count, end);
  }
  if (type == AttributeType::kMap) {
    return Entries(count, end, level + 1, /*empty_name_allowed=*/true);
  }
  uint32_t elements = 0;
  for (; next_ < end; ++elements) {
    if (!Value(level + 1)) {
      return false;
    }
  }
  if (next_ != end) {
    return Fail("value reaches outside its list");
  }
  return elements == count || Fail("count of list elements is wrong");
}

bool Validator::Value(int level) {
  if (level > limits::kNestingDepthMax) {
    return Fail("nested too deeply");
  }
  if (AtEnd()) {
    return Fail("value is missing");
  }
  const AttributeType type = static_cast<AttributeType>(*next_++);
  switch (type) {
    case AttributeType::kString: {
      std::string_view text;
      return Bytes(end_, &text) && (IsValidUtf8(text) || Fail("text is not UTF-8"));
    }
    case AttributeType::kBinary: {
      std::string_view bytes;
      return Bytes(end_, &bytes);
    }
    case AttributeType::kNumber:
      return ScalarNumber();
    case AttributeType::kBool:
      if (AtEnd() || static_cast<uint8_t>(*next_) > 1) {
        return Fail("boolean is neither 0 nor 1");
      }
      ++next_;
      return true;
    case AttributeType::kNull:
      return true;
    case AttributeType::kStringSet:
    case AttributeType::kNumberSet:
    case AttributeType::kBinarySet:
    case AttributeType::kList:
    case AttributeType::kMap:
      return Container(type, level);
  }
  --next_;
  return Fail("unknown type");
}

// The size DynamoDB charges for the sound item `item`, computed from its attributes.
uint32_t ComputedSize(const ItemView& item) {
  uint32_t size = 0;
  for (const NamedValue& attribute : item.attributes()) {
    size += static_cast<uint32_t>(attribute.name.size()) + attribute.value.DynamoSize();
  }
  return size;
}

}  // namespace

Status ValidateItem(std::string_view bytes) {
  const ItemView item = ItemView::At(bytes);
  Validator validator(bytes);
  if (!item.present()) {
    validator.Fail("header is cut short or of an unknown version");
    return validator.Fault();
  }
  validator.Skip(layout::kItemHeaderSize);
  if (!validator.Entries(item.attributes().count(), bytes.data() + bytes.size(), 1,
                         /*empty_name_allowed=*/false)) {
    return validator.Fault();
  }
  if (item.DynamoSize() != ComputedSize(item)) {
    validator.Fail("size in the header is wrong");
    return validator.Fault();
  }
  return Status::Ok();
}

Status ValidateValue(std::string_view bytes) {
  Validator validator(bytes);
  if (!validator.Value(1)) {
    return validator.Fault();
  }
  if (!validator.AtEnd()) {
    validator.Fail("bytes behind the value");
    return validator.Fault();
  }
  return Status::Ok();
}

}  // namespace millrace
