// Compares conditions, updates and projections with the reference evaluator: the input decides over
// an item and an expression of each kind (see expression_generator.h). Every expression must
// compile, unless its paths clash, and lead to what the reference says.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "api/expr/condition.h"
#include "api/expr/fuzz/expression_generator.h"
#include "api/expr/projection.h"
#include "api/expr/test_support.h"
#include "api/expr/update.h"

namespace millrace::api::expr {
namespace {

constexpr size_t kTextSizeMax = 4096;

// Everything about one input, for whoever has to find out why it fails.
struct Case {
  std::string text;
  std::string item;
  std::string values;

  void Expect(bool condition, std::string_view what, const std::string& more) const {
    if (!condition) {
      std::fprintf(stderr, "%.*s\n  text: %s\n  item: %s\n  values: %s\n  %s\n",
                   static_cast<int>(what.size()), what.data(), text.c_str(), item.c_str(),
                   values.c_str(), more.c_str());
    }
    CHECK(condition);
  }
};

bool AnyClash(const std::vector<RefPath>& paths) {
  for (size_t one = 0; one < paths.size(); ++one) {
    for (size_t other = 0; other < one; ++other) {
      if (RefPathsClash(paths[one], paths[other])) {
        return true;
      }
    }
  }
  return false;
}

// What both sides begin with.
class World {
 public:
  explicit World(std::string_view bytes) : generator_(bytes), item_(generator_.Item()) {
    encoded_ = arena_.Item(RefItemToJson(item_));
    CHECK(RefItemFromJson(ToJson(encoded_)) == item_);
  }

  void CompareConditions() {
    Case made;
    const RefCondition reference = generator_.Condition(&made.text);
    Complete(&made);
    if (made.text.size() > kTextSizeMax) {
      return;
    }
    Condition condition;
    const std::string error =
        Describe(Condition::Parse("ConditionExpression", made.text, &placeholders_, &condition));
    made.Expect(error.empty(), "a condition does not compile", error);
    const bool holds = RefHolds(reference, item_);
    made.Expect(condition.Matches(encoded_) == holds, "a condition differs",
                holds ? "should hold" : "should not hold");
    const bool holds_without = RefHolds(reference, RefValue::OfMap());
    made.Expect(condition.Matches(ItemView()) == holds_without,
                "a condition differs without an item",
                holds_without ? "should hold" : "should not hold");
  }

  void CompareUpdates() {
    Case made;
    const std::vector<RefAction> reference = generator_.Update(&made.text);
    Complete(&made);
    if (made.text.size() > kTextSizeMax) {
      return;
    }
    std::vector<RefPath> paths;
    for (const RefAction& action : reference) {
      paths.push_back(action.path);
    }
    Update update;
    const std::string error = Describe(Update::Parse(made.text, &placeholders_, &update));
    const bool clash = AnyClash(paths);
    made.Expect(error.empty() != clash, clash ? "paths that clash" : "an update does not compile",
                error);
    if (!clash) {
      CompareResult(made, update, reference, item_, encoded_);
      RefValue key = RefValue::OfMap();
      key.map["k"] = item_.map["k"];
      CompareResult(made, update, reference, key, ItemView());
    }
  }

  void CompareProjections() {
    Case made;
    const std::vector<RefPath> reference = generator_.Projection(&made.text);
    Complete(&made);
    Projection projection;
    const std::string error = Describe(Projection::Parse(made.text, &placeholders_, &projection));
    const bool clash = AnyClash(reference);
    made.Expect(error.empty() != clash,
                clash ? "paths that clash" : "a projection does not compile", error);
    if (!clash) {
      std::string json;
      json::Writer writer(&json);
      projection.Write(encoded_, &writer);
      const RefValue expected = RefProject(reference, item_);
      made.Expect(RefItemFromJson(json) == expected, "a projection differs",
                  json + "\n  should be " + RefItemToJson(expected));
    }
  }

 private:
  void Complete(Case* made) {
    made->item = RefItemToJson(item_);
    made->values = generator_.values();
    placeholders_ = Placeholders();
    ParsePlaceholders(generator_.names(), made->values, &arena_, &placeholders_);
  }

  void CompareResult(const Case& made, const Update& update,
                     const std::vector<RefAction>& reference, const RefValue& old_item,
                     const ItemView& old_encoded) {
    std::string out;
    ItemView new_item;
    const ItemView key = arena_.Item(R"({"k":{"S":"key"}})");
    const std::string error = Describe(update.Apply(old_encoded, key, &out, &new_item));
    const RefMaybe expected = RefApply(reference, old_item);
    made.Expect(error.empty() == expected.has_value(),
                expected.has_value() ? "an update fails" : "an update should fail",
                error.empty() ? ToJson(new_item) : error);
    if (expected.has_value()) {
      made.Expect(RefItemFromJson(ToJson(new_item)) == *expected, "an update differs",
                  ToJson(new_item) + "\n  should be " + RefItemToJson(*expected));
    }
  }

  Arena arena_;
  ExpressionGenerator generator_;
  RefValue item_;
  ItemView encoded_;
  Placeholders placeholders_;
};

}  // namespace
}  // namespace millrace::api::expr

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) {
    return 0;
  }
  // The first byte says which kind of expression the rest is used for.
  millrace::api::expr::World world({reinterpret_cast<const char*>(data + 1), size - 1});
  switch (data[0] % 3) {
    case 0:
      world.CompareConditions();
      break;
    case 1:
      world.CompareUpdates();
      break;
    default:
      world.CompareProjections();
      break;
  }
  return 0;
}
