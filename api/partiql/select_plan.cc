// Key detection: each conjunct of the WHERE clause goes to the partitions, to the bounds of a sort
// attribute, or to the filter.
#include "api/partiql/select_plan.h"

#include <algorithm>
#include <string>
#include <utility>

#include "api/expr/messages.h"
#include "api/partiql/key_predicates.h"
#include "api/partiql/predicate_compiler.h"

namespace millrace::api::partiql {
namespace {

using Values = std::vector<ValueView>;

// A conjunct of the WHERE clause, and whether the keys have taken it over.
struct Conjunct {
  const Predicate* predicate = nullptr;
  std::optional<AttributeComparison> comparison;
  bool used = false;
};

bool Contains(const Values& values, ValueView value) {
  return std::any_of(values.begin(), values.end(),
                     [&](ValueView other) { return ValuesEqual(value, other); });
}

// Bounds that no value can satisfy.
bool AreContradictory(const SortBounds& bounds) {
  if (!bounds.from.present() || !bounds.to.present()) {
    return false;
  }
  const int order = CompareScalars(bounds.from, bounds.to);
  return order > 0 || (order == 0 && !(bounds.from_inclusive && bounds.to_inclusive));
}

class SelectPlanner {
 public:
  SelectPlanner(const Statement& statement, const KeySchema& schema, SelectPlan* plan)
      : statement_(statement), schema_(schema), plan_(*plan) {
    for (const Predicate* const predicate : TopLevelPredicates(statement)) {
      conjuncts_.push_back({predicate, AsComparison(*predicate), false});
    }
  }

  ApiStatus Plan() {
    plan_.keyed =
        std::all_of(schema_.partition.begin(), schema_.partition.end(),
                    [this](const KeyAttribute& key) { return PartitionConjunct(key) != nullptr; });
    if (plan_.keyed) {
      RETURN_IF_API_ERROR(PlanPartitions());
      RETURN_IF_API_ERROR(PlanSortKey());
    }
    RETURN_IF_API_ERROR(PlanOrder());
    plan_.strict_projection = plan_.keyed && !ContainsOr(statement_);
    std::vector<const Predicate*> rest;
    for (const Conjunct& conjunct : conjuncts_) {
      if (!conjunct.used) {
        rest.push_back(conjunct.predicate);
      }
    }
    plan_.filter = CompilePredicates(rest);
    return ApiStatus::Ok();
  }

 private:
  // The first usable conjunct about `key` of one of the kinds; nullptr if there is none.
  template <typename... Kinds>
  Conjunct* Find(const KeyAttribute& key, Kinds... kinds) {
    for (Conjunct& conjunct : conjuncts_) {
      if (!conjunct.used && conjunct.comparison.has_value() &&
          conjunct.comparison->attribute == key.name &&
          ((conjunct.comparison->kind == kinds) || ...)) {
        return &conjunct;
      }
    }
    return nullptr;
  }

  Conjunct* PartitionConjunct(const KeyAttribute& key) {
    Conjunct* const equality = Find(key, PredicateKind::kEqual);
    return equality != nullptr ? equality : Find(key, PredicateKind::kIn);
  }

  // Takes a conjunct over, after checking its values.
  static ApiStatus Use(Conjunct* conjunct, const KeyAttribute& key) {
    for (const ValueView constant : conjunct->comparison->constants) {
      if (constant.type() != key.type) {
        return ValidationError(
            "One or more parameter values were invalid: Condition parameter type does not match "
            "schema type");
      }
    }
    conjunct->used = true;
    return ApiStatus::Ok();
  }

  ApiStatus PlanPartitions() {
    plan_.partitions.emplace_back();
    for (const KeyAttribute& key : schema_.partition) {
      Conjunct* const conjunct = PartitionConjunct(key);
      const Values& listed = conjunct->comparison->constants;
      if (listed.size() > kKeyValuesMax) {
        return ValidationError(expr::TooManyInOperands(static_cast<uint32_t>(listed.size())));
      }
      RETURN_IF_API_ERROR(Use(conjunct, key));
      Values values;
      for (const ValueView value : listed) {
        if (!Contains(values, value)) {
          values.push_back(value);
        }
      }
      RETURN_IF_API_ERROR(Multiply(values));
    }
    return ApiStatus::Ok();
  }

  // Continues every partition found so far with every one of `values`.
  ApiStatus Multiply(const Values& values) {
    const size_t count = plan_.partitions.size() * values.size();
    if (count > kKeyValuesMax) {
      return ValidationError(expr::TooManyInOperands(static_cast<uint32_t>(count)));
    }
    std::vector<Values> product;
    product.reserve(count);
    for (const Values& partition : plan_.partitions) {
      for (const ValueView value : values) {
        product.push_back(partition);
        product.back().push_back(value);
      }
    }
    plan_.partitions = std::move(product);
    return ApiStatus::Ok();
  }

  ApiStatus PlanSortKey() {
    bool points = true;
    for (size_t index = 0; index < schema_.sort.size() && points; ++index) {
      SortBounds bounds;
      bool bounded = false;
      RETURN_IF_API_ERROR(FindBounds(schema_.sort[index], &bounds, &bounded));
      if (bounded) {
        plan_.sort.push_back(bounds);
      }
      points = bounds.point;
      if (AreContradictory(bounds)) {
        plan_.partitions.clear();
      }
    }
    plan_.full_key =
        points && plan_.sort.size() == schema_.sort.size() && plan_.partitions.size() == 1;
    return ApiStatus::Ok();
  }

  // An equality, or else a beginning, or else the first lower and the first upper bound; others
  // stay in the filter.
  ApiStatus FindBounds(const KeyAttribute& key, SortBounds* bounds, bool* bounded) {
    *bounded = true;
    if (Conjunct* const equality = Find(key, PredicateKind::kEqual); equality != nullptr) {
      bounds->from = bounds->to = equality->comparison->constants.front();
      bounds->point = true;
      return Use(equality, key);
    }
    if (Conjunct* const prefix = Find(key, PredicateKind::kBeginsWith); prefix != nullptr) {
      RETURN_IF_API_ERROR(Use(prefix, key));
      bounds->prefix = prefix->comparison->constants.front().payload();
      return ApiStatus::Ok();
    }
    if (Conjunct* const between = Find(key, PredicateKind::kBetween); between != nullptr) {
      bounds->from = between->comparison->constants[0];
      bounds->to = between->comparison->constants[1];
      return Use(between, key);
    }
    Conjunct* const lower = Find(key, PredicateKind::kGreater, PredicateKind::kGreaterOrEqual);
    Conjunct* const upper = Find(key, PredicateKind::kLess, PredicateKind::kLessOrEqual);
    if (lower != nullptr) {
      RETURN_IF_API_ERROR(Use(lower, key));
      bounds->from = lower->comparison->constants.front();
      bounds->from_inclusive = lower->comparison->kind == PredicateKind::kGreaterOrEqual;
    }
    if (upper != nullptr) {
      RETURN_IF_API_ERROR(Use(upper, key));
      bounds->to = upper->comparison->constants.front();
      bounds->to_inclusive = upper->comparison->kind == PredicateKind::kLessOrEqual;
    }
    *bounded = lower != nullptr || upper != nullptr;
    return ApiStatus::Ok();
  }

  static std::optional<size_t> IndexIn(const std::vector<KeyAttribute>& keys,
                                       const expr::DocumentPath& path) {
    for (size_t index = 0; index < keys.size(); ++index) {
      if (!path.nested() && keys[index].name == path.top_level_name()) {
        return index;
      }
    }
    return std::nullopt;
  }

  static ApiStatus NotAKey(const expr::DocumentPath& path) {
    return ValidationError("Variable reference " + path.steps.back().name +
                           " in ORDER BY clause must be part of the primary key");
  }

  static ApiStatus NeedsKeyedRead() {
    return ValidationError("Must have WHERE clause in the statement when using ORDER BY clause.");
  }

  ApiStatus PlanOrder() {
    if (statement_.order_by.empty()) {
      return ApiStatus::Ok();
    }
    if (!plan_.keyed) {
      return NeedsKeyedRead();
    }
    bool sort_key_seen = false;
    bool partitions_ordered = plan_.partitions.size() <= 1;
    for (const OrderKey& order : statement_.order_by) {
      if (const auto index = IndexIn(schema_.partition, order.path); index.has_value()) {
        // Sorting by the partition key behind the sort key changes nothing within a partition.
        if (!sort_key_seen && schema_.partition.size() == 1) {
          OrderPartitions(*index, order.descending);
          partitions_ordered = true;
        }
      } else if (IndexIn(schema_.sort, order.path).has_value()) {
        // Pages are read in one direction: all sort attributes ascend or all descend.
        if (sort_key_seen && plan_.reverse != order.descending) {
          return NotAKey(order.path);
        }
        plan_.reverse = order.descending;
        sort_key_seen = true;
      } else {
        return NotAKey(order.path);
      }
    }
    // Rows of several partitions are not merged.
    return partitions_ordered ? ApiStatus::Ok() : NeedsKeyedRead();
  }

  void OrderPartitions(size_t index, bool descending) {
    std::stable_sort(plan_.partitions.begin(), plan_.partitions.end(),
                     [=](const Values& a, const Values& b) {
                       const int order = CompareScalars(a[index], b[index]);
                       return descending ? order > 0 : order < 0;
                     });
  }

  const Statement& statement_;
  const KeySchema& schema_;
  SelectPlan& plan_;
  std::vector<Conjunct> conjuncts_;
};

}  // namespace

ApiStatus PlanSelect(const Statement& statement, const KeySchema& schema, SelectPlan* plan) {
  return SelectPlanner(statement, schema, plan).Plan();
}

}  // namespace millrace::api::partiql
