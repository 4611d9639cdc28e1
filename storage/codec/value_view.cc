// Reading encoded values. Every function here may meet bytes that no encoder wrote: lengths are
// checked before they are believed, recursion stops at kReadDepthMax, and no work is more than
// linear in the bytes (times their depth) except for sorting.
#include "storage/codec/value_view.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <utility>
#include <vector>

#include "storage/codec/value_layout.h"

namespace millrace {
namespace {

uint32_t SizeAtDepth(ValueView value, int depth);

uint32_t SetSize(SetView set) {
  const bool numbers = set.type() == AttributeType::kNumberSet;
  uint32_t size = 0;
  for (const std::string_view member : set) {
    size += numbers ? Number::SortableDynamoSize(member) : static_cast<uint32_t>(member.size());
  }
  return size;
}

uint32_t ContainerSizeAtDepth(ValueView value, int depth) {
  // The three bytes of a container and the one of each part are DynamoDB's own overhead.
  uint32_t size = 3;
  if (depth == kReadDepthMax) {
    return size;
  }
  if (value.type() == AttributeType::kList) {
    for (const ValueView element : value.AsList()) {
      size += 1 + SizeAtDepth(element, depth + 1);
    }
    return size;
  }
  for (const NamedValue& entry : value.AsMap()) {
    size += static_cast<uint32_t>(entry.name.size()) + 1 + SizeAtDepth(entry.value, depth + 1);
  }
  return size;
}

uint32_t SizeAtDepth(ValueView value, int depth) {
  switch (value.type()) {
    case AttributeType::kString:
    case AttributeType::kBinary:
      return static_cast<uint32_t>(value.payload().size());
    case AttributeType::kNumber:
      return Number::SortableDynamoSize(value.payload());
    case AttributeType::kBool:
    case AttributeType::kNull:
      return 1;
    case AttributeType::kStringSet:
    case AttributeType::kNumberSet:
    case AttributeType::kBinarySet:
      return SetSize(value.AsSet());
    case AttributeType::kList:
    case AttributeType::kMap:
      return ContainerSizeAtDepth(value, depth);
  }
  return 0;
}

// Levels of `value`, which lies at level `depth`, counted up to kReadDepthMax.
int DeepestLevel(ValueView value, int depth) {
  int deepest = depth;
  if (depth == kReadDepthMax) {
    return deepest;
  }
  if (value.type() == AttributeType::kList) {
    for (const ValueView element : value.AsList()) {
      deepest = std::max(deepest, DeepestLevel(element, depth + 1));
    }
  } else if (value.type() == AttributeType::kMap) {
    for (const NamedValue& entry : value.AsMap()) {
      deepest = std::max(deepest, DeepestLevel(entry.value, depth + 1));
    }
  }
  return deepest;
}

bool EqualAtDepth(ValueView a, ValueView b, int depth);

std::vector<std::string_view> Members(SetView::Iterator at, SetView::Iterator end) {
  std::vector<std::string_view> members;
  for (; at != end; ++at) {
    members.push_back(*at);
  }
  return members;
}

// Whether two lists of so many distinct members have the same ones. Looks the one list's members up
// in a table of the other's, because sorting takes five times as long and a condition may compare
// large sets many times. Members chosen to fall on one place of the table do not make it slow: then
// it sorts after all.
bool SameMembers(std::vector<std::string_view> a, std::vector<std::string_view> b) {
  constexpr size_t kProbesMax = 64;
  const std::hash<std::string_view> hash;
  const size_t mask = std::bit_ceil(2 * a.size() + 1) - 1;
  std::vector<uint32_t> places(mask + 1, UINT32_MAX);
  const auto find = [&](std::string_view member) {
    const size_t start = hash(member);
    for (size_t probe = 0; probe < kProbesMax; ++probe) {
      const size_t place = (start + probe) & mask;
      if (places[place] == UINT32_MAX || a[places[place]] == member) {
        return place;
      }
    }
    return places.size();
  };
  for (size_t index = 0; index < a.size(); ++index) {
    const size_t place = find(a[index]);
    if (place == places.size()) {
      std::sort(a.begin(), a.end());
      std::sort(b.begin(), b.end());
      return a == b;
    }
    places[place] = static_cast<uint32_t>(index);
  }
  return std::all_of(b.begin(), b.end(), [&](std::string_view member) {
    const size_t place = find(member);
    return place != places.size() && places[place] != UINT32_MAX;
  });
}

bool SetsEqual(SetView a, SetView b) {
  if (a.count() != b.count()) {
    return false;
  }
  auto at_a = a.begin();
  auto at_b = b.begin();
  while (at_a != a.end() && at_b != b.end() && *at_a == *at_b) {
    ++at_a;
    ++at_b;
  }
  std::vector<std::string_view> rest_a = Members(at_a, a.end());
  std::vector<std::string_view> rest_b = Members(at_b, b.end());
  return rest_a.size() == rest_b.size() && SameMembers(std::move(rest_a), std::move(rest_b));
}

bool ListsEqual(ListView a, ListView b, int depth) {
  if (a.count() != b.count()) {
    return false;
  }
  auto at_a = a.begin();
  auto at_b = b.begin();
  for (; at_a != a.end() && at_b != b.end(); ++at_a, ++at_b) {
    if (!EqualAtDepth(*at_a, *at_b, depth + 1)) {
      return false;
    }
  }
  return !(at_a != a.end()) && !(at_b != b.end());
}

std::vector<NamedValue> SortedRest(MapView::Iterator at, MapView::Iterator end) {
  std::vector<NamedValue> entries;
  for (; at != end; ++at) {
    entries.push_back(*at);
  }
  std::sort(entries.begin(), entries.end(),
            [](const NamedValue& x, const NamedValue& y) { return x.name < y.name; });
  return entries;
}

bool MapsEqual(const MapView& a, const MapView& b, int depth) {
  if (a.count() != b.count()) {
    return false;
  }
  // Images of one item mostly keep the order of their attributes: walk both while the names agree,
  // and sort only what is behind the first that does not.
  auto at_a = a.begin();
  auto at_b = b.begin();
  for (; at_a != a.end() && at_b != b.end() && at_a->name == at_b->name; ++at_a, ++at_b) {
    if (!EqualAtDepth(at_a->value, at_b->value, depth + 1)) {
      return false;
    }
  }
  const std::vector<NamedValue> rest_a = SortedRest(at_a, a.end());
  const std::vector<NamedValue> rest_b = SortedRest(at_b, b.end());
  if (rest_a.size() != rest_b.size()) {
    return false;
  }
  for (size_t index = 0; index < rest_a.size(); ++index) {
    if (rest_a[index].name != rest_b[index].name ||
        !EqualAtDepth(rest_a[index].value, rest_b[index].value, depth + 1)) {
      return false;
    }
  }
  return true;
}

bool EqualAtDepth(ValueView a, ValueView b, int depth) {
  if (a.encoded() == b.encoded()) {
    return true;
  }
  // Equal values differ in their bytes only where something without order is involved, and even
  // then they have the same length.
  if (a.type() != b.type() || a.encoded().size() != b.encoded().size() || depth == kReadDepthMax) {
    return false;
  }
  switch (a.type()) {
    case AttributeType::kStringSet:
    case AttributeType::kNumberSet:
    case AttributeType::kBinarySet:
      return SetsEqual(a.AsSet(), b.AsSet());
    case AttributeType::kList:
      return ListsEqual(a.AsList(), b.AsList(), depth);
    case AttributeType::kMap:
      return MapsEqual(a.AsMap(), b.AsMap(), depth);
    default:
      return false;
  }
}

}  // namespace

ValueView ValueView::At(const char* data, const char* end) {
  const uint32_t size = layout::EncodedSize(data, end);
  return size == 0 ? ValueView() : ValueView(data, size);
}

std::string_view ValueView::payload() const {
  const char* const end = data_ + size_;
  switch (type()) {
    case AttributeType::kString:
    case AttributeType::kBinary: {
      uint32_t length = 0;
      const char* start = ReadVarint32(data_ + 1, end, &length);
      return start == nullptr ? std::string_view() : std::string_view(start, end - start);
    }
    case AttributeType::kNumber:
      return {data_ + layout::kNumberHeaderSize, size_ - layout::kNumberHeaderSize};
    default:
      return {};
  }
}

bool ValueView::AsBool() const { return type() == AttributeType::kBool && data_[1] != 0; }

Number ValueView::AsNumber() const {
  Number number;
  const std::string_view sortable = payload();
  if (!IsNumber() || Number::ReadSortable(sortable, &number) != sortable.size()) {
    return Number();
  }
  return number;
}

SetView ValueView::AsSet() const {
  if (!IsSetType(type())) {
    return SetView(type(), 0, {});
  }
  return SetView(type(), layout::ContainerCount(data_), layout::ContainerParts(encoded()));
}

ListView ValueView::AsList() const {
  if (type() != AttributeType::kList) {
    return ListView(0, {});
  }
  return ListView(layout::ContainerCount(data_), layout::ContainerParts(encoded()));
}

MapView ValueView::AsMap() const {
  if (type() != AttributeType::kMap) {
    return MapView();
  }
  return MapView(layout::ContainerCount(data_), layout::ContainerParts(encoded()));
}

uint32_t ValueView::DynamoSize() const { return SizeAtDepth(*this, 1); }

int ValueView::Depth() const { return DeepestLevel(*this, 1); }

void SetView::Iterator::Advance() {
  uint32_t length = 0;
  const char* start = ReadVarint32(next_, end_, &length);
  valid_ = start != nullptr && length <= static_cast<size_t>(end_ - start);
  if (valid_) {
    member_ = std::string_view(start, length);
    next_ = start + length;
  }
}

bool SetView::Contains(std::string_view member) const {
  for (const std::string_view own : *this) {
    if (own == member) {
      return true;
    }
  }
  return false;
}

ValueView ListView::At(uint32_t index) const {
  for (const ValueView element : *this) {
    if (index-- == 0) {
      return element;
    }
  }
  return ValueView();
}

void MapView::Iterator::Advance() {
  const char* const start = next_;
  uint32_t length = 0;
  const char* name = ReadVarint32(start, end_, &length);
  valid_ = name != nullptr && length <= static_cast<size_t>(end_ - name);
  if (!valid_) {
    return;
  }
  const ValueView value = ValueView::At(name + length, end_);
  valid_ = value.present();
  if (valid_) {
    next_ = value.encoded().data() + value.encoded().size();
    entry_ = {std::string_view(name, length), value,
              std::string_view(start, static_cast<size_t>(next_ - start))};
  }
}

ValueView MapView::Find(std::string_view name) const {
  const char* at = entries_.data();
  const char* const end = at + entries_.size();
  while (at != end) {
    uint32_t length = 0;
    const char* own_name = ReadVarint32(at, end, &length);
    if (own_name == nullptr || length > static_cast<size_t>(end - own_name)) {
      break;
    }
    const char* const value = own_name + length;
    if (std::string_view(own_name, length) == name) {
      return ValueView::At(value, end);
    }
    const uint32_t size = layout::EncodedSize(value, end);
    if (size == 0) {
      break;
    }
    at = value + size;
  }
  return ValueView();
}

ItemView ItemView::At(std::string_view bytes) {
  ItemView item;
  if (bytes.size() < layout::kItemHeaderSize || bytes[0] != layout::kItemVersion) {
    return item;
  }
  item.bytes_ = bytes;
  item.dynamo_size_ = LoadLittleEndian32(bytes.data() + layout::kItemSizeOffset);
  item.attributes_ = MapView(LoadLittleEndian32(bytes.data() + layout::kItemCountOffset),
                             bytes.substr(layout::kItemHeaderSize));
  return item;
}

bool ValuesEqual(ValueView a, ValueView b) {
  if (!a.present() || !b.present()) {
    return a.present() == b.present();
  }
  return EqualAtDepth(a, b, 1);
}

bool ItemsEqual(const ItemView& a, const ItemView& b) {
  if (!a.present() || !b.present()) {
    return a.present() == b.present();
  }
  return a.encoded() == b.encoded() ||
         (a.encoded().size() == b.encoded().size() && MapsEqual(a.attributes(), b.attributes(), 0));
}

int CompareScalars(ValueView a, ValueView b) { return a.payload().compare(b.payload()); }

}  // namespace millrace
