// The canonical text is a sequence of parts, each with its kind and its length or count in front,
// so that no two sequences of parts run together into one text.
#include "api/wire/canonical_input.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "api/wire/attribute_members.h"
#include "storage/base/bytes.h"
#include "storage/model/number.h"

namespace millrace::api {
namespace {

constexpr char kAbsent = '-';
constexpr char kText = 's';
constexpr char kNumberText = 'n';
constexpr char kTrue = 't';
constexpr char kFalse = 'f';
constexpr char kList = 'l';
constexpr char kMap = 'm';
constexpr char kStructure = '(';
constexpr char kAttribute = 'a';

void AppendPart(char kind, std::string_view text, std::string* out) {
  out->push_back(kind);
  AppendVarint32(out, static_cast<uint32_t>(text.size()));
  out->append(text);
}

void AppendCount(char kind, size_t count, std::string* out) {
  out->push_back(kind);
  AppendVarint32(out, static_cast<uint32_t>(count));
}

// A number by its value; a text that is none stands for itself (such a request is refused anyway).
void AppendNumber(std::string_view text, std::string* out) {
  Number number;
  if (Number::Parse(text, &number) != NumberError::kNone) {
    AppendPart(kText, text, out);
    return;
  }
  std::string sortable;
  number.AppendSortable(&sortable);
  AppendPart(kNumberText, sortable, out);
}

void AppendAttributeValue(json::Value value, std::string* out);

// Members of an object in the order of their names, the last of those with one name, without nulls.
std::vector<json::Member> SortedMembers(json::Value object) {
  std::vector<json::Member> members;
  members.reserve(object.size());
  for (const json::Member member : object.members()) {
    members.push_back(member);
  }
  const auto by_name = [](const json::Member& a, const json::Member& b) { return a.name < b.name; };
  if (!std::is_sorted(members.begin(), members.end(), by_name)) {
    std::stable_sort(members.begin(), members.end(), by_name);
  }
  std::vector<json::Member> distinct;
  distinct.reserve(members.size());
  for (size_t index = 0; index < members.size(); ++index) {
    const bool overridden =
        index + 1 < members.size() && members[index + 1].name == members[index].name;
    if (!overridden && !members[index].value.IsNull()) {
      distinct.push_back(members[index]);
    }
  }
  return distinct;
}

template <typename AppendElement>
void AppendMap(json::Value object, AppendElement append, std::string* out) {
  const std::vector<json::Member> members = SortedMembers(object);
  AppendCount(kMap, members.size(), out);
  for (const json::Member& member : members) {
    AppendPart(kText, member.name, out);
    append(member.value, out);
  }
}

template <typename AppendElement>
void AppendList(json::Value array, AppendElement append, std::string* out) {
  AppendCount(kList, array.size(), out);
  for (const json::Value element : array.elements()) {
    if (element.IsNull()) {
      out->push_back(kAbsent);
    } else {
      append(element, out);
    }
  }
}

// The order of a set's members means nothing.
void AppendSet(AttributeType type, json::Value array, std::string* out) {
  std::vector<std::string> members;
  members.reserve(array.size());
  for (const json::Value element : array.elements()) {
    std::string& member = members.emplace_back();
    if (element.IsNull()) {
      member.push_back(kAbsent);
    } else if (type == AttributeType::kNumberSet) {
      AppendNumber(element.AsString(), &member);
    } else {
      AppendPart(kText, element.AsString(), &member);
    }
  }
  std::sort(members.begin(), members.end());
  AppendCount(kList, members.size(), out);
  for (const std::string& member : members) {
    out->append(member);
  }
}

void AppendAttributeMember(AttributeType type, json::Value value, std::string* out) {
  switch (type) {
    case AttributeType::kString:
    case AttributeType::kBinary:  // base64 with padding: one text for one value
      AppendPart(kText, value.AsString(), out);
      return;
    case AttributeType::kNumber:
      AppendNumber(value.AsString(), out);
      return;
    case AttributeType::kBool:
    case AttributeType::kNull:
      out->push_back(BooleanOf(value) ? kTrue : kFalse);
      return;
    case AttributeType::kStringSet:
    case AttributeType::kNumberSet:
    case AttributeType::kBinarySet:
      AppendSet(type, value, out);
      return;
    case AttributeType::kList:
      AppendList(value, AppendAttributeValue, out);
      return;
    case AttributeType::kMap:
      AppendMap(value, AppendAttributeValue, out);
      return;
  }
}

void AppendAttributeValue(json::Value value, std::string* out) {
  // A valid value has one member; another one is refused anyway.
  for (const json::Member member : value.members()) {
    const AttributeType type = AttributeMemberType(member.name);
    if (type != kNoAttributeType && !member.value.IsNull()) {
      out->push_back(kAttribute);
      out->push_back(static_cast<char>(type));
      AppendAttributeMember(type, member.value, out);
    }
  }
}

}  // namespace

void AppendCanonicalInput(const Shape& shape, json::Value value, std::string* out) {
  if (!value.present() || value.IsNull()) {
    out->push_back(kAbsent);
    return;
  }
  const auto append_element = [&](json::Value element, std::string* text) {
    AppendCanonicalInput(*shape.element, element, text);
  };
  switch (shape.kind) {
    case ShapeKind::kString:
    case ShapeKind::kBlob:
      AppendPart(kText, value.AsString(), out);
      return;
    case ShapeKind::kInteger:
    case ShapeKind::kLong:
    case ShapeKind::kDouble:
      AppendNumber(value.NumberText(), out);
      return;
    case ShapeKind::kBoolean:
      out->push_back(BooleanOf(value) ? kTrue : kFalse);
      return;
    case ShapeKind::kList:
      AppendList(value, append_element, out);
      return;
    case ShapeKind::kMap:
      AppendMap(value, append_element, out);
      return;
    case ShapeKind::kStructure:
      out->push_back(kStructure);
      for (const ShapeMember& member : shape.members) {
        AppendCanonicalInput(*member.shape, value.Find(member.name), out);
      }
      return;
    case ShapeKind::kAttributeValue:
      AppendAttributeValue(value, out);
      return;
  }
}

}  // namespace millrace::api
