// The shape says which Java class stands behind each part of a request.
#include "api/wire/input_text.h"

#include <array>
#include <string_view>

namespace millrace::api {
namespace {

const Shape kBlobListShape = {ShapeKind::kList, {}, &kBlobShape, {}};
constexpr std::array<ShapeMember, 10> kAttributeValueMembers = {{
    {"S", &kStringShape},
    {"N", &kStringShape},
    {"B", &kStringShape},
    {"SS", &kStringListShape},
    {"NS", &kStringListShape},
    {"BS", &kBlobListShape},
    {"M", &kAttributeMapShape},
    {"L", &kAttributeValueListShape},
    {"NULL", &kBooleanShape},
    {"BOOL", &kBooleanShape},
}};
const Shape kAttributeValueStructure = {ShapeKind::kStructure, "AttributeValue", nullptr,
                                        kAttributeValueMembers};

// The name of a member with a lower-case first letter.
void AppendMemberName(std::string_view name, std::string* out) {
  const size_t start = out->size();
  out->append(name);
  if ((*out)[start] >= 'A' && (*out)[start] <= 'Z') {
    (*out)[start] = static_cast<char>((*out)[start] - 'A' + 'a');
  }
}

void AppendStructure(const Shape& shape, json::Value value, std::string* out) {
  out->append(shape.class_name);
  char separator = '(';
  for (const ShapeMember& member : shape.members) {
    out->push_back(separator);
    if (separator == ',') {
      out->push_back(' ');
    }
    separator = ',';
    AppendMemberName(member.name, out);
    out->push_back('=');
    AppendInputText(*member.shape, value.Find(member.name), out);
  }
  out->push_back(')');
}

void AppendListText(const Shape& shape, json::Value value, std::string* out) {
  out->push_back('[');
  bool first = true;
  for (const json::Value element : value.elements()) {
    if (!first) {
      out->append(", ");
    }
    first = false;
    AppendInputText(*shape.element, element, out);
  }
  out->push_back(']');
}

void AppendMapText(const Shape& shape, json::Value value, std::string* out) {
  out->push_back('{');
  bool first = true;
  for (const json::Member member : value.members()) {
    if (!first) {
      out->append(", ");
    }
    first = false;
    out->append(member.name).push_back('=');
    AppendInputText(*shape.element, member.value, out);
  }
  out->push_back('}');
}

}  // namespace

void AppendInputText(const Shape& shape, json::Value value, std::string* out) {
  if (!value.present() || value.IsNull()) {
    out->append("null");
    return;
  }
  switch (shape.kind) {
    case ShapeKind::kString:
    case ShapeKind::kBlob:
      out->append(value.AsString());
      return;
    case ShapeKind::kBoolean:
      out->append(BooleanOf(value) ? "true" : "false");
      return;
    case ShapeKind::kInteger:
    case ShapeKind::kLong:
    case ShapeKind::kDouble:
      out->append(value.NumberText());
      return;
    case ShapeKind::kList:
      AppendListText(shape, value, out);
      return;
    case ShapeKind::kMap:
      AppendMapText(shape, value, out);
      return;
    case ShapeKind::kStructure:
      AppendStructure(shape, value, out);
      return;
    case ShapeKind::kAttributeValue:
      AppendStructure(kAttributeValueStructure, value, out);
      return;
  }
}

}  // namespace millrace::api
