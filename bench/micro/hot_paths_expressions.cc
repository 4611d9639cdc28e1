// Expressions: their placeholders and texts, as each request brings them, and what they do.

#include <memory>
#include <string>
#include <string_view>

#include "api/expr/condition.h"
#include "api/expr/key_condition.h"
#include "api/expr/placeholders.h"
#include "api/expr/projection.h"
#include "api/expr/test_support.h"
#include "api/expr/update.h"
#include "bench/micro/hot_path.h"
#include "storage/base/check.h"
#include "storage/base/json.h"

namespace millrace::bench {
namespace {

using api::expr::Arena;
using api::expr::Condition;
using api::expr::KeyCondition;
using api::expr::Placeholders;
using api::expr::Projection;
using api::expr::Update;

constexpr std::string_view kItem =
    R"({"pk":{"S":"item-0000000042"},"revision":{"N":"1735689600000000"},"active":{"BOOL":true},)"
    R"("status":{"S":"open"},"tags":{"L":[{"S":"a"},{"S":"b"}]},)"
    R"("address":{"M":{"city":{"S":"Berlin"},"street":{"S":"Mill Lane 1"}}}})";
constexpr std::string_view kNames = R"({"#s":"status","#r":"revision"})";
constexpr std::string_view kConditionText =
    "attribute_exists(pk) AND #r < :r AND (#s = :open OR begins_with(#s, :p))";
constexpr std::string_view kConditionValues =
    R"({":r":{"N":"1735689600000001"},":open":{"S":"closed"},":p":{"S":"op"}})";
constexpr std::string_view kUpdateText = "SET #s = :s, #r = #r + :one REMOVE address.street";
constexpr std::string_view kUpdateValues = R"({":s":{"S":"closed"},":one":{"N":"1"}})";
constexpr std::string_view kProjectionText = "pk, #r, address.city, tags[1], #s";
constexpr std::string_view kKeyText = "pk = :pk AND sk BETWEEN :a AND :b";
constexpr std::string_view kKeyValues =
    R"({":pk":{"S":"part-0000000007"},":a":{"S":"00001"},":b":{"S":"00042"}})";

/// The JSON of a request, and the placeholders that are made of it anew for each run.
class Request {
 public:
  Request(std::string_view names, std::string_view values)
      : names_(names.empty() ? json::Value() : arena_.Json(names)),
        values_(values.empty() ? json::Value() : arena_.Json(values)) {}

  /// What was parsed before is of no more use.
  void ParsePlaceholders(Placeholders* placeholders) {
    scratch_.clear();
    CHECK(placeholders->Parse(names_, values_, &scratch_).ok());
  }

 private:
  Arena arena_;
  json::Value names_;
  json::Value values_;
  std::string scratch_;
};

/// One expression that stays, and an item for it.
template <typename Expression>
struct Compiled {
  Compiled(std::string_view names, std::string_view values)
      : request(names, values), item(arena.Item(kItem)), key(arena.Item(R"({"pk":{"S":"x"}})")) {
    request.ParsePlaceholders(&placeholders);
  }

  Request request;
  Placeholders placeholders;
  Arena arena;
  ItemView item;
  ItemView key;
  Expression expression;
  std::string out;
};

std::function<void()> ParseCondition() {
  const auto request = std::make_shared<Request>(kNames, kConditionValues);
  return [request] {
    Placeholders placeholders;
    request->ParsePlaceholders(&placeholders);
    Condition condition;
    CHECK(Condition::Parse("ConditionExpression", kConditionText, &placeholders, &condition).ok());
  };
}

std::function<void()> MatchCondition() {
  const auto state = std::make_shared<Compiled<Condition>>(kNames, kConditionValues);
  CHECK(Condition::Parse("ConditionExpression", kConditionText, &state->placeholders,
                         &state->expression)
            .ok());
  return [state] { CHECK(state->expression.Matches(state->item)); };
}

std::function<void()> ParseUpdate() {
  const auto request = std::make_shared<Request>(kNames, kUpdateValues);
  return [request] {
    Placeholders placeholders;
    request->ParsePlaceholders(&placeholders);
    Update update;
    CHECK(Update::Parse(kUpdateText, &placeholders, &update).ok());
  };
}

std::function<void()> ApplyUpdate() {
  const auto state = std::make_shared<Compiled<Update>>(kNames, kUpdateValues);
  CHECK(Update::Parse(kUpdateText, &state->placeholders, &state->expression).ok());
  return [state] {
    state->out.clear();
    ItemView updated;
    CHECK(state->expression.Apply(state->item, state->key, &state->out, &updated).ok());
  };
}

std::function<void()> ParseProjection() {
  const auto request = std::make_shared<Request>(kNames, "");
  return [request] {
    Placeholders placeholders;
    request->ParsePlaceholders(&placeholders);
    Projection projection;
    CHECK(Projection::Parse(kProjectionText, &placeholders, &projection).ok());
  };
}

std::function<void()> WriteProjection() {
  const auto state = std::make_shared<Compiled<Projection>>(kNames, "");
  CHECK(Projection::Parse(kProjectionText, &state->placeholders, &state->expression).ok());
  return [state] {
    state->out.clear();
    json::Writer writer(&state->out);
    state->expression.Write(state->item, &writer);
    CHECK(state->out.size() > 50);
  };
}

std::function<void()> ParseKeyCondition() {
  const auto request = std::make_shared<Request>("", kKeyValues);
  return [request] {
    Placeholders placeholders;
    request->ParsePlaceholders(&placeholders);
    KeyCondition condition;
    CHECK(KeyCondition::Parse(kKeyText, &placeholders, &condition).ok());
  };
}

}  // namespace

std::vector<HotPath> ExpressionHotPaths() {
  return {
      {"expressions.parse-condition", &ParseCondition},
      {"expressions.match-condition", &MatchCondition},
      {"expressions.parse-update", &ParseUpdate},
      {"expressions.apply-update", &ApplyUpdate},
      {"expressions.parse-projection", &ParseProjection},
      {"expressions.write-projection", &WriteProjection},
      {"expressions.parse-key-condition", &ParseKeyCondition},
  };
}

}  // namespace millrace::bench
