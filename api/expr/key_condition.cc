// Key conditions: the restrictions on their form, both surfaces, and the check against a schema.
#include "api/expr/key_condition.h"

#include <algorithm>
#include <utility>

#include "api/expr/condition_compiler.h"
#include "api/expr/legacy_conditions.h"
#include "api/expr/messages.h"
#include "api/expr/scalar_functions.h"
#include "api/expr/syntax_tree.h"

namespace millrace::api::expr {
namespace {

constexpr std::string_view kKind = "KeyConditionExpression";
constexpr std::string_view kUnsupported = "Query key condition not supported";

ApiStatus InvalidCondition(std::string_view text) {
  return ValidationError("Invalid condition in KeyConditionExpression: " + std::string(text));
}

ApiStatus InvalidOperator(std::string_view name) {
  return ValidationError("Invalid operator used in KeyConditionExpression: " + std::string(name));
}

KeyOperator KeyOperatorOf(ConditionKind kind) {
  switch (kind) {
    case ConditionKind::kLess:
      return KeyOperator::kLess;
    case ConditionKind::kLessOrEqual:
      return KeyOperator::kLessOrEqual;
    case ConditionKind::kGreater:
      return KeyOperator::kGreater;
    case ConditionKind::kGreaterOrEqual:
      return KeyOperator::kGreaterOrEqual;
    case ConditionKind::kBetween:
      return KeyOperator::kBetween;
    case ConditionKind::kBeginsWith:
      return KeyOperator::kBeginsWith;
    default:
      return KeyOperator::kEqual;
  }
}

// The operator that says the same with the operands exchanged.
KeyOperator TurnedRound(KeyOperator operation) {
  switch (operation) {
    case KeyOperator::kLess:
      return KeyOperator::kGreater;
    case KeyOperator::kLessOrEqual:
      return KeyOperator::kGreaterOrEqual;
    case KeyOperator::kGreater:
      return KeyOperator::kLess;
    case KeyOperator::kGreaterOrEqual:
      return KeyOperator::kLessOrEqual;
    default:
      return operation;
  }
}

// Reads the predicates of a parsed condition, refusing whatever a key condition cannot be.
class KeyConditionReader {
 public:
  KeyConditionReader(Binder* binder, std::string* detail, KeyCondition* condition)
      : binder_(*binder), detail_(*detail), condition_(condition) {}

  ApiStatus Read(uint32_t index) {
    const SyntaxNode& node = binder_.node(index);
    switch (node.kind) {
      case SyntaxKind::kAnd:
        RETURN_IF_API_ERROR(Read(node.first));
        return Read(binder_.node(node.first).next);
      case SyntaxKind::kOr:
        return InvalidOperator("OR");
      case SyntaxKind::kNot:
        return InvalidOperator("NOT");
      default:
        RETURN_IF_API_ERROR(CheckForm(node));
        return ReadPredicate(index);
    }
  }

 private:
  // What can be said without names and values.
  ApiStatus CheckForm(const SyntaxNode& node) {
    const std::string_view name = PredicateName(node);
    const bool begins_with = node.kind == SyntaxKind::kFunction && node.text == "begins_with";
    if (node.kind == SyntaxKind::kIn || node.kind == SyntaxKind::kNotEqual ||
        (node.kind == SyntaxKind::kFunction && !begins_with)) {
      return InvalidOperator(name);
    }
    uint32_t path_count = 0;
    bool nested_path = false;
    for (uint32_t child = node.first; child != kNoNode; child = binder_.node(child).next) {
      const SyntaxNode& operand = binder_.node(child);
      if (operand.kind == SyntaxKind::kFunction) {
        return ValidationError("KeyConditionExpressions cannot contain nested operations");
      }
      if (operand.kind == SyntaxKind::kPath) {
        ++path_count;
        nested_path = nested_path || operand.count > 1;
      }
    }
    const bool path_first = binder_.node(node.first).kind == SyntaxKind::kPath;
    if ((begins_with || node.kind == SyntaxKind::kBetween) && !path_first) {
      return InvalidCondition(std::string(name) +
                              " operator must have the key attribute as its first operand");
    }
    if (path_count > 1) {
      return InvalidCondition("Multiple attribute names used in one condition");
    }
    if (nested_path) {
      return ValidationError(
          "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on "
          "nested attributes");
    }
    return path_count == 1 ? ApiStatus::Ok() : InvalidCondition("No key attribute specified");
  }

  ApiStatus ReadPredicate(uint32_t index) {
    ConditionTree tree;
    std::vector<DocumentPath> paths;
    ConditionNode node;
    if (!ConditionCompiler(&binder_, &tree, &paths).CompilePredicate(index, &node)) {
      return InvalidExpression(kKind, detail_);
    }
    KeyPredicate predicate;
    predicate.attribute = paths.front().top_level_name();
    predicate.operation = KeyOperatorOf(node.kind);
    if (tree.operands[0].is_path()) {
      predicate.operand = tree.operands[1].value;
    } else {
      predicate.operation = TurnedRound(predicate.operation);
      predicate.operand = tree.operands[0].value;
    }
    if (predicate.operation == KeyOperator::kBetween) {
      predicate.upper = tree.operands[2].value;
    }
    for (const KeyPredicate& earlier : condition_->predicates) {
      if (earlier.attribute == predicate.attribute) {
        return ValidationError("KeyConditionExpressions must only contain one condition per key");
      }
    }
    condition_->predicates.push_back(std::move(predicate));
    return ApiStatus::Ok();
  }

  Binder& binder_;
  const std::string& detail_;
  KeyCondition* const condition_;
};

bool SetLegacyOperator(LegacyOperator operation, KeyOperator* result) {
  switch (operation) {
    case LegacyOperator::kEqual:
      *result = KeyOperator::kEqual;
      return true;
    case LegacyOperator::kLessOrEqual:
      *result = KeyOperator::kLessOrEqual;
      return true;
    case LegacyOperator::kLess:
      *result = KeyOperator::kLess;
      return true;
    case LegacyOperator::kGreaterOrEqual:
      *result = KeyOperator::kGreaterOrEqual;
      return true;
    case LegacyOperator::kGreater:
      *result = KeyOperator::kGreater;
      return true;
    case LegacyOperator::kBeginsWith:
      *result = KeyOperator::kBeginsWith;
      return true;
    case LegacyOperator::kBetween:
      *result = KeyOperator::kBetween;
      return true;
    default:
      return false;
  }
}

ApiStatus MissedElement(const KeyAttribute& attribute) {
  return ValidationError("Query condition missed key schema element: " + attribute.name);
}

ApiStatus CheckOperandType(const KeyAttribute& attribute, const KeyPredicate& predicate) {
  if (predicate.operand.type() != attribute.type ||
      (predicate.upper.present() && predicate.upper.type() != attribute.type)) {
    return ValidationError(
        "One or more parameter values were invalid: Condition parameter type does not match schema "
        "type");
  }
  return ApiStatus::Ok();
}

const KeyPredicate* FindPredicate(const std::vector<KeyPredicate>& predicates,
                                  std::string_view attribute) {
  const auto found =
      std::find_if(predicates.begin(), predicates.end(),
                   [&](const KeyPredicate& each) { return each.attribute == attribute; });
  return found == predicates.end() ? nullptr : &*found;
}

}  // namespace

ApiStatus KeyCondition::Parse(std::string_view text, Placeholders* placeholders,
                              KeyCondition* condition) {
  if (text.empty()) {
    return EmptyExpression(kKind);
  }
  SyntaxTree syntax;
  std::string detail;
  if (!ParseExpression(text, Grammar::kCondition, &syntax, &detail)) {
    return InvalidExpression(kKind, detail);
  }
  Binder binder(syntax, placeholders, &detail);
  if (!ConditionCompiler(&binder, nullptr, nullptr).CheckText()) {
    return InvalidExpression(kKind, detail);
  }
  KeyCondition parsed;
  RETURN_IF_API_ERROR(KeyConditionReader(&binder, &detail, &parsed).Read(syntax.root));
  *condition = std::move(parsed);
  return ApiStatus::Ok();
}

ApiStatus KeyCondition::FromLegacy(json::Value key_conditions, std::string* scratch,
                                   KeyCondition* condition) {
  std::vector<LegacyCondition> conditions;
  RETURN_IF_API_ERROR(
      ParseConditionMap(key_conditions, LegacyPosition::kKeyConditions, scratch, &conditions));
  KeyCondition parsed;
  parsed.from_legacy = true;
  for (const LegacyCondition& legacy : conditions) {
    KeyPredicate& predicate = parsed.predicates.emplace_back();
    predicate.attribute = legacy.attribute;
    predicate.not_indexable = !SetLegacyOperator(legacy.operation, &predicate.operation);
    if (!predicate.not_indexable) {
      predicate.operand = legacy.arguments.front();
      if (predicate.operation == KeyOperator::kBetween) {
        predicate.upper = legacy.arguments.back();
      }
    }
  }
  *condition = std::move(parsed);
  return ApiStatus::Ok();
}

ApiStatus KeyCondition::CheckSchema(const KeySchema& schema,
                                    std::vector<const KeyPredicate*>* partition,
                                    std::vector<const KeyPredicate*>* sort) const {
  const bool plain = schema.partition.size() == 1 && schema.sort.size() <= 1;
  if (predicates.empty() || (plain && predicates.size() > 2)) {
    return ValidationError("Conditions can be of length 1 or 2 only");
  }
  for (const KeyAttribute& attribute : schema.partition) {
    partition->push_back(FindPredicate(predicates, attribute.name));
    if (partition->back() == nullptr) {
      return MissedElement(attribute);
    }
  }
  for (const KeyPredicate& predicate : predicates) {
    if (predicate.not_indexable) {
      return ValidationError("Attempted conditional constraint is not an indexable operation");
    }
  }
  for (const KeyPredicate* predicate : *partition) {
    if (predicate->operation != KeyOperator::kEqual) {
      return ValidationError(kUnsupported);
    }
  }
  for (const KeyAttribute& attribute : schema.sort) {
    if (partition->size() + sort->size() == predicates.size()) {
      break;
    }
    const KeyPredicate* const predicate = FindPredicate(predicates, attribute.name);
    if (predicate == nullptr) {
      return MissedElement(attribute);
    }
    if (!sort->empty() && sort->back()->operation != KeyOperator::kEqual) {
      return ValidationError(kUnsupported);
    }
    sort->push_back(predicate);
  }
  if (partition->size() + sort->size() < predicates.size()) {
    return ValidationError(kUnsupported);
  }
  for (size_t index = 0; index < partition->size(); ++index) {
    RETURN_IF_API_ERROR(CheckOperandType(schema.partition[index], *(*partition)[index]));
  }
  for (size_t index = 0; index < sort->size(); ++index) {
    RETURN_IF_API_ERROR(CheckOperandType(schema.sort[index], *(*sort)[index]));
  }
  return ApiStatus::Ok();
}

bool SortKeyMatches(const KeyPredicate& predicate, ValueView sort_key) {
  if (predicate.operation == KeyOperator::kBeginsWith) {
    return BeginsWith(sort_key, predicate.operand);
  }
  if (!AreOrdered(sort_key, predicate.operand)) {
    return false;
  }
  const int order = CompareScalars(sort_key, predicate.operand);
  switch (predicate.operation) {
    case KeyOperator::kEqual:
      return order == 0;
    case KeyOperator::kLess:
      return order < 0;
    case KeyOperator::kLessOrEqual:
      return order <= 0;
    case KeyOperator::kGreater:
      return order > 0;
    case KeyOperator::kGreaterOrEqual:
      return order >= 0;
    default:
      return order >= 0 && AreOrdered(sort_key, predicate.upper) &&
             CompareScalars(sort_key, predicate.upper) <= 0;
  }
}

}  // namespace millrace::api::expr
