// The item and the placeholders that the fuzz targets of expressions run with: one attribute of
// every type under a short name, so that mutation finds them.
#pragma once

#include "api/expr/test_support.h"

namespace millrace::api::expr {

struct FuzzRequest {
  FuzzRequest() {
    ParsePlaceholders(R"({"#n":"d","#dot":"x.y"})", kTestValues, &arena, &placeholders);
  }

  Arena arena;
  Placeholders placeholders;
  ItemView item = arena.Item(
      R"({"a":{"S":"text"},"b":{"N":"5"},"c":{"B":"YQ=="},"d":{"BOOL":true},"e":{"NULL":true},)"
      R"("f":{"SS":["a","b"]},"g":{"NS":["1","2"]},"h":{"BS":["YQ=="]},)"
      R"("l":{"L":[{"N":"0"},{"M":{"a":{"L":[{"S":"deep"}]}}},{"L":[{"N":"1"}]}]},)"
      R"("m":{"M":{"a":{"N":"1"},"b":{"M":{"c":{"SS":["a"]}}}}}})");
  ItemView key = arena.Item(R"({"k":{"S":"key"}})");
};

}  // namespace millrace::api::expr
