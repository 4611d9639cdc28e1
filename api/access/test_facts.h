// Facts with fixed values, for unit tests, the benchmark and the fuzz target.
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "api/access/facts.h"

namespace millrace::api::access {

class TestFacts final : public Facts {
 public:
  TestFacts() = default;
  TestFacts(std::initializer_list<std::pair<std::string_view, FactValues>> facts) {
    for (const auto& [name, values] : facts) {
      facts_.emplace_back(FindFactKey(name), values);
    }
  }
  const FactValues* Find(const FactKey& key) const override {
    for (const auto& [known, values] : facts_) {
      if (known == key) {
        return &values;
      }
    }
    return nullptr;
  }

 private:
  std::vector<std::pair<FactKey, FactValues>> facts_;
};

}  // namespace millrace::api::access
