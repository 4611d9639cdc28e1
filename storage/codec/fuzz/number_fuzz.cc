// Feeds arbitrary bytes to both readers of numbers: as text and as the sortable form. What is a
// number must come back unchanged from either form.
#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/check.h"
#include "storage/model/number.h"

namespace {

using millrace::Number;
using millrace::NumberError;

void CheckForms(const Number& number) {
  const std::string text = number.ToString();
  Number from_text;
  CHECK(Number::Parse(text, &from_text) == NumberError::kNone && from_text == number);
  std::string sortable;
  number.AppendSortable(&sortable);
  Number from_sortable;
  CHECK(Number::ReadSortable(sortable, &from_sortable) == sortable.size());
  CHECK(from_sortable == number);
  CHECK(Number::SortableDynamoSize(sortable) == number.DynamoSize());
  Number nothing;
  CHECK(Number::Subtract(number, number, &nothing) == NumberError::kNone && nothing.IsZero());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Number number;
  if (Number::Parse(bytes, &number) == NumberError::kNone) {
    CheckForms(number);
  }
  const size_t taken = Number::ReadSortable(bytes, &number);
  if (taken != 0) {
    std::string sortable;
    number.AppendSortable(&sortable);
    CHECK(sortable == bytes.substr(0, taken));
    CheckForms(number);
  }
  return 0;
}
