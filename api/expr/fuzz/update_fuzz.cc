// Feeds arbitrary texts to the parser of updates and runs what compiles: the result is a valid
// item, and a failure leaves nothing behind.
#include <cstddef>
#include <cstdint>

#include "api/expr/fuzz/fuzz_item.h"
#include "api/expr/update.h"
#include "storage/codec/validate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using millrace::api::expr::Update;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  millrace::api::expr::FuzzRequest request;
  Update update;
  if (!Update::Parse(text, &request.placeholders, &update).ok()) {
    return 0;
  }
  for (const millrace::ItemView& old_item : {request.item, millrace::ItemView()}) {
    std::string out;
    millrace::ItemView new_item;
    if (update.Apply(old_item, request.key, &out, &new_item).ok()) {
      CHECK(new_item.encoded() == out);
      CHECK(millrace::ValidateItem(out).ok());
    } else {
      CHECK(out.empty());
    }
  }
  return 0;
}
