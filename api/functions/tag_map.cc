// Reading tags.
#include "api/functions/tag_map.h"

#include "storage/base/utf8.h"

namespace millrace::api {
namespace {

constexpr size_t kKeySizeMax = 128;
constexpr size_t kValueSizeMax = 256;
constexpr std::string_view kReserved = "aws:";

}  // namespace

RestStatus ReadTagMap(json::Value map, std::vector<std::pair<std::string, std::string>>* tags) {
  if (!map.present()) {
    return {};
  }
  if (map.size() > kTagCountMax) {
    return InvalidParameterValue("Too many tags. The number of tags must not exceed 50.");
  }
  for (const json::Member& tag : map.members()) {
    const std::string_view value = tag.value.IsString() ? tag.value.AsString() : "";
    if (tag.name.empty() || Utf16Length(tag.name) > kKeySizeMax ||
        Utf16Length(value) > kValueSizeMax) {
      return InvalidParameterValue(
          "Invalid tag: keys have 1 to 128 characters, values at most 256.");
    }
    if (tag.name.starts_with(kReserved)) {
      return InvalidParameterValue("aws: prefixed tag key names are not allowed for external use.");
    }
    tags->emplace_back(tag.name, value);
  }
  return {};
}

}  // namespace millrace::api
