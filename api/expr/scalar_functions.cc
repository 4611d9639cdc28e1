// begins_with, contains and size on encoded values.
#include "api/expr/scalar_functions.h"

#include <cstring>

#include "storage/base/utf8.h"

namespace millrace::api::expr {
namespace {

bool IsText(ValueView value) {
  return value.type() == AttributeType::kString || value.type() == AttributeType::kBinary;
}

// memmem is linear in every case; std::string_view::find is quadratic when somebody wants it to be.
bool HasPart(std::string_view text, std::string_view part) {
  return part.empty() || memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

AttributeType MemberType(AttributeType set) {
  switch (set) {
    case AttributeType::kStringSet:
      return AttributeType::kString;
    case AttributeType::kNumberSet:
      return AttributeType::kNumber;
    default:
      return AttributeType::kBinary;
  }
}

}  // namespace

bool BeginsWith(ValueView value, ValueView prefix) {
  return value.present() && prefix.present() && value.type() == prefix.type() && IsText(value) &&
         value.payload().starts_with(prefix.payload());
}

bool Contains(ValueView container, ValueView part) {
  if (!container.present() || !part.present()) {
    return false;
  }
  if (IsText(container)) {
    return container.type() == part.type() && HasPart(container.payload(), part.payload());
  }
  if (IsSetType(container.type())) {
    return part.type() == MemberType(container.type()) &&
           container.AsSet().Contains(part.payload());
  }
  for (const ValueView element : container.AsList()) {
    if (ValuesEqual(element, part)) {
      return true;
    }
  }
  return false;
}

std::optional<uint32_t> SizeOf(ValueView value) {
  if (!value.present()) {
    return std::nullopt;
  }
  switch (value.type()) {
    case AttributeType::kString:
      return static_cast<uint32_t>(Utf16Length(value.payload()));
    case AttributeType::kBinary:
      return static_cast<uint32_t>(value.payload().size());
    case AttributeType::kStringSet:
    case AttributeType::kNumberSet:
    case AttributeType::kBinarySet:
      return value.AsSet().count();
    case AttributeType::kList:
      return value.AsList().count();
    case AttributeType::kMap:
      return value.AsMap().count();
    default:
      return std::nullopt;
  }
}

bool AreOrdered(ValueView a, ValueView b) {
  return a.present() && b.present() && a.type() == b.type() && IsScalarKeyType(a.type());
}

}  // namespace millrace::api::expr
