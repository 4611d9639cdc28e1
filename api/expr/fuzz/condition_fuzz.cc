// Feeds arbitrary texts to the parser of conditions and evaluates what compiles: it must not depend
// on anything but the text and the item.
#include <cstddef>
#include <cstdint>

#include "api/expr/condition.h"
#include "api/expr/fuzz/fuzz_item.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using millrace::api::expr::Condition;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  millrace::api::expr::FuzzRequest request;
  Condition condition;
  if (Condition::Parse("ConditionExpression", text, &request.placeholders, &condition).ok()) {
    const bool holds = condition.Matches(request.item);
    CHECK(condition.Matches(request.item) == holds);
    condition.Matches(millrace::ItemView());
  }
  return 0;
}
