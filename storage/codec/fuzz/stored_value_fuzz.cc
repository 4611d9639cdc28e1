// Feeds arbitrary bytes to the readers of items and values. Reading must stay inside; bytes that
// pass the strict check must be exactly what the writers write for the same item.
#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/check.h"
#include "storage/codec/random_value.h"
#include "storage/codec/validate.h"
#include "storage/codec/value_writer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const millrace::ItemView item = millrace::ItemView::At(bytes);
  volatile uint64_t read = millrace::ReadEverything(item);
  const millrace::ValueView value = millrace::ValueView::At(bytes.data(), bytes.data() + size);
  read = read + millrace::ReadEverything(value);
  CHECK(millrace::ValidateValue(bytes).ok() <= value.present());
  if (!millrace::ValidateItem(bytes).ok()) {
    return 0;
  }
  std::string rebuilt;
  millrace::ItemBuilder builder(&rebuilt);
  for (const millrace::NamedValue& attribute : item.attributes()) {
    builder.Attribute(attribute.name).Tree(millrace::ToTree(attribute.value));
  }
  CHECK(builder.Finish().encoded() == bytes);
  return 0;
}
