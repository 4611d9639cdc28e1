// Writing encoded values and items, and the way between encoded values and trees.
#include "storage/codec/value_writer.h"

#include "storage/base/check.h"
#include "storage/codec/value_layout.h"

namespace millrace {
namespace {

void AppendType(std::string* out, AttributeType type) { out->push_back(static_cast<char>(type)); }

void AppendBytes(std::string* out, std::string_view bytes) {
  AppendVarint32(out, static_cast<uint32_t>(bytes.size()));
  out->append(bytes);
}

AttributeValue ToTreeAtDepth(ValueView value, int depth) {
  AttributeValue tree;
  tree.type = value.type();
  switch (tree.type) {
    case AttributeType::kString:
    case AttributeType::kBinary:
      tree.bytes = value.payload();
      break;
    case AttributeType::kNumber:
      tree.number = value.AsNumber();
      break;
    case AttributeType::kBool:
      tree.boolean = value.AsBool();
      break;
    case AttributeType::kNull:
      break;
    case AttributeType::kStringSet:
    case AttributeType::kBinarySet:
      for (const std::string_view member : value.AsSet()) {
        tree.byte_set.emplace_back(member);
      }
      break;
    case AttributeType::kNumberSet:
      for (const std::string_view member : value.AsSet()) {
        Number::ReadSortable(member, &tree.number_set.emplace_back());
      }
      break;
    case AttributeType::kList:
      if (depth < kReadDepthMax) {
        for (const ValueView element : value.AsList()) {
          tree.list.push_back(ToTreeAtDepth(element, depth + 1));
        }
      }
      break;
    case AttributeType::kMap:
      if (depth < kReadDepthMax) {
        for (const NamedValue& entry : value.AsMap()) {
          tree.map.emplace_back(entry.name, ToTreeAtDepth(entry.value, depth + 1));
        }
      }
      break;
  }
  return tree;
}

}  // namespace

void ValueWriter::String(std::string_view text) {
  AppendType(out_, AttributeType::kString);
  AppendBytes(out_, text);
}

void ValueWriter::Binary(std::string_view bytes) {
  AppendType(out_, AttributeType::kBinary);
  AppendBytes(out_, bytes);
}

void ValueWriter::NumberValue(const Number& number) {
  AppendType(out_, AttributeType::kNumber);
  out_->push_back(0);
  const size_t start = out_->size();
  number.AppendSortable(out_);
  (*out_)[start - 1] = static_cast<char>(out_->size() - start);
}

void ValueWriter::SortableNumber(std::string_view sortable) {
  AppendType(out_, AttributeType::kNumber);
  out_->push_back(static_cast<char>(sortable.size()));
  out_->append(sortable);
}

void ValueWriter::Bool(bool value) {
  AppendType(out_, AttributeType::kBool);
  out_->push_back(value ? 1 : 0);
}

void ValueWriter::Null() { AppendType(out_, AttributeType::kNull); }

void ValueWriter::Copy(ValueView value) { out_->append(value.encoded()); }

void ValueWriter::Tree(const AttributeValue& value) {
  switch (value.type) {
    case AttributeType::kString:
      return String(value.bytes);
    case AttributeType::kBinary:
      return Binary(value.bytes);
    case AttributeType::kNumber:
      return NumberValue(value.number);
    case AttributeType::kBool:
      return Bool(value.boolean);
    case AttributeType::kNull:
      return Null();
    default:
      return ContainerTree(value);
  }
}

void ValueWriter::ContainerTree(const AttributeValue& value) {
  const size_t mark = BeginContainer(value.type);
  // Only one of these has parts, the one that belongs to the type.
  for (const std::string& member : value.byte_set) {
    SetMember(member);
  }
  std::string sortable;
  for (const Number& member : value.number_set) {
    sortable.clear();
    member.AppendSortable(&sortable);
    SetMember(sortable);
  }
  for (const AttributeValue& element : value.list) {
    Tree(element);
  }
  for (const auto& [name, entry] : value.map) {
    Name(name);
    Tree(entry);
  }
  const size_t count =
      value.byte_set.size() + value.number_set.size() + value.list.size() + value.map.size();
  EndContainer(mark, static_cast<uint32_t>(count));
}

size_t ValueWriter::BeginContainer(AttributeType type) {
  const size_t mark = out_->size();
  AppendType(out_, type);
  out_->append(layout::kContainerHeaderSize - 1, '\0');
  return mark;
}

void ValueWriter::EndContainer(size_t mark, uint32_t count) {
  const size_t length = out_->size() - mark - layout::kContainerHeaderSize;
  StoreLittleEndian32(out_->data() + mark + layout::kContainerLengthOffset,
                      static_cast<uint32_t>(length));
  StoreLittleEndian32(out_->data() + mark + layout::kContainerCountOffset, count);
}

void ValueWriter::Name(std::string_view name) { AppendBytes(out_, name); }

void ValueWriter::SetMember(std::string_view member) { AppendBytes(out_, member); }

ItemBuilder::ItemBuilder(std::string* out) : out_(out), writer_(out), start_(out->size()) {
  out_->push_back(layout::kItemVersion);
  out_->append(layout::kItemHeaderSize - 1, '\0');
}

ValueWriter& ItemBuilder::Attribute(std::string_view name) {
  ++count_;
  writer_.Name(name);
  return writer_;
}

void ItemBuilder::CopyAttribute(const NamedValue& attribute) {
  ++count_;
  out_->append(attribute.encoded);
}

void ItemBuilder::CopyValue(std::string_view name, ValueView value) { Attribute(name).Copy(value); }

ItemView ItemBuilder::Finish() {
  const std::string_view attributes =
      std::string_view(*out_).substr(start_ + layout::kItemHeaderSize);
  uint32_t dynamo_size = 0;
  for (const NamedValue& attribute : MapView(count_, attributes)) {
    dynamo_size += static_cast<uint32_t>(attribute.name.size()) + attribute.value.DynamoSize();
  }
  StoreLittleEndian32(out_->data() + start_ + layout::kItemSizeOffset, dynamo_size);
  StoreLittleEndian32(out_->data() + start_ + layout::kItemCountOffset, count_);
  return ItemView::At(std::string_view(*out_).substr(start_));
}

AttributeValue ToTree(ValueView value) { return ToTreeAtDepth(value, 1); }

}  // namespace millrace
