// Feeds arbitrary texts to the parser of key conditions; what it accepts has operands and at most
// one condition for each attribute.
#include <cstddef>
#include <cstdint>
#include <set>

#include "api/expr/fuzz/fuzz_item.h"
#include "api/expr/key_condition.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using millrace::api::expr::KeyCondition;
  using millrace::api::expr::KeyOperator;
  using millrace::api::expr::KeyPredicate;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  millrace::api::expr::FuzzRequest request;
  KeyCondition condition;
  if (!KeyCondition::Parse(text, &request.placeholders, &condition).ok()) {
    return 0;
  }
  std::set<std::string> names;
  for (const KeyPredicate& predicate : condition.predicates) {
    CHECK(predicate.operand.present());
    CHECK(predicate.upper.present() == (predicate.operation == KeyOperator::kBetween));
    CHECK(names.insert(predicate.attribute).second);
  }
  const millrace::KeySchema schema = {{{"a", millrace::AttributeType::kString}},
                                      {{"b", millrace::AttributeType::kNumber}}};
  std::vector<const KeyPredicate*> partition;
  std::vector<const KeyPredicate*> sort;
  if (condition.CheckSchema(schema, &partition, &sort).ok()) {
    CHECK(partition.size() == 1 && sort.size() <= 1);
    SortKeyMatches(*partition.front(), request.item.Find("a"));
  }
  return 0;
}
