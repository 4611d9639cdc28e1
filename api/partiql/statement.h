// What parsing a PartiQL statement yields: a tree with its constants encoded and its parameters in
// place. It depends on text and parameters alone; no table has been looked at.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "api/expr/document_path.h"
#include "storage/codec/value_view.h"
#include "storage/model/attribute_type.h"

namespace millrace::api::partiql {

enum class StatementKind : uint8_t {
  kSelect,
  kInsert,
  kUpdate,
  kDelete,
  kExists,  // EXISTS(SELECT ...), the condition check of a transaction
};

// One side of a predicate, or an argument.
enum class OperandKind : uint8_t { kPath, kConstant, kSize };
struct Operand {
  OperandKind kind = OperandKind::kPath;
  expr::DocumentPath path;  // kPath; kSize: the argument
  ValueView constant;       // kConstant
};

enum class PredicateKind : uint8_t {
  // Of children: kAnd and kOr have two or more, kNot has one.
  kAnd,
  kOr,
  kNot,
  // Of two operands.
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kBeginsWith,
  kContains,
  kBetween,    // of three operands
  kIn,         // of an operand and those it may equal
  kIsMissing,  // of one operand
  kHasType,    // of one operand, and `type`
};

// A WHERE clause or a part of one. What lies directly below kAnd is never kAnd, likewise kOr.
struct Predicate {
  PredicateKind kind = PredicateKind::kAnd;
  AttributeType type = AttributeType::kNull;  // kHasType
  std::vector<Operand> operands;
  std::vector<Predicate> children;
};

// The right-hand side of an assignment.
enum class SetValueKind : uint8_t {
  kPath,
  kConstant,
  // Of two operands each.
  kAdd,
  kSubtract,
  kListAppend,
  kIfNotExists,  // first operand is a kPath
  // Of a kPath and a kConstant; only whole right-hand sides.
  kSetAdd,
  kSetDelete,
};
struct SetValue {
  SetValueKind kind = SetValueKind::kPath;
  expr::DocumentPath path;  // kPath
  ValueView constant;       // kConstant
  std::vector<SetValue> operands;
};

// One assignment of SET or one path of REMOVE.
struct UpdateStep {
  expr::DocumentPath target;
  std::optional<SetValue> value;  // empty: REMOVE
};

enum class Returning : uint8_t { kNone, kAllOld, kAllNew, kModifiedOld, kModifiedNew };

struct OrderKey {
  expr::DocumentPath path;
  bool descending = false;
};

// Movable. Refers to the parameters it was parsed with, which must outlive it. Const methods are
// thread-safe.
struct Statement {
  Statement() = default;
  Statement(Statement&&) = default;
  Statement& operator=(Statement&&) = default;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Whether it changes items or, like EXISTS, counts as a write.
  bool is_write() const { return kind != StatementKind::kSelect; }

  StatementKind kind = StatementKind::kSelect;
  std::string table;
  std::string index;  // empty: the table itself
  // kSelect and kExists; empty: *
  std::vector<expr::DocumentPath> projection;
  std::vector<OrderKey> order_by;
  // kInsert: the tuple.
  ItemView item;
  // kUpdate, in the order of the text.
  std::vector<UpdateStep> updates;
  // All but kInsert.
  std::optional<Predicate> where;
  // kUpdate and kDelete.
  Returning returning = Returning::kNone;
  // How many `?` there are.
  uint32_t parameter_count = 0;
  // The encoded forms that the views above refer to; elements never move.
  std::deque<std::string> storage;
};

}  // namespace millrace::api::partiql
