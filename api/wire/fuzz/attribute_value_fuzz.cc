// Feeds arbitrary bytes to the way an item takes: JSON, shape check, parser. Whatever passes must
// be a sound encoded item, and must come back as the same item after it was written as JSON and
// parsed again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/wire/attribute_json.h"
#include "api/wire/parsed_json.h"
#include "api/wire/shape.h"
#include "storage/base/check.h"
#include "storage/codec/validate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millrace;
  using namespace millrace::api;
  const ParsedJson parsed(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!parsed.valid() || !CheckShape(kAttributeMapShape, parsed.root()).ok()) {
    return 0;
  }
  std::string bytes;
  ItemView item;
  if (!ParseAttributeMap(parsed.root(), &bytes, &item).ok()) {
    return 0;
  }
  CHECK(ValidateItem(item.encoded()).ok());

  std::string text;
  json::Writer writer(&text);
  WriteAttributes(item.attributes(), &writer);
  const ParsedJson again(text);
  CHECK(again.valid());
  CHECK(CheckShape(kAttributeMapShape, again.root()).ok());
  std::string bytes_again;
  ItemView item_again;
  CHECK(ParseAttributeMap(again.root(), &bytes_again, &item_again).ok());
  CHECK(item.encoded() == item_again.encoded());
  CHECK(ItemsEqual(item, item_again));
  return 0;
}
