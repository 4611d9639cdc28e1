// Feeds arbitrary texts to the parser of projections; what is selected is an object of attribute
// values, and selects something exactly when a path finds something.
#include <cstddef>
#include <cstdint>

#include "api/expr/fuzz/fuzz_item.h"
#include "api/expr/projection.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using millrace::api::expr::Projection;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  millrace::api::expr::FuzzRequest request;
  Projection projection;
  if (!Projection::Parse(text, &request.placeholders, &projection).ok()) {
    return 0;
  }
  std::string json;
  millrace::json::Writer writer(&json);
  projection.Write(request.item, &writer);
  CHECK((json == "{}") == !AnySelected(projection.paths(), request.item));
  request.arena.Item(json);  // CHECKs that it is one
  return 0;
}
