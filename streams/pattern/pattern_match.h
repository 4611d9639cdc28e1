// Matching compiled patterns against any kind of event. An event is a tree of nodes; a Node is a
// small value with
//
//   NodeKind kind() const;
//   Node Find(std::string_view name) const;  // of an object; kMissing if there is no such member
//   std::string_view text() const;           // of a string or number, valid until the next call
//   template <typename Visit> bool AnyElement(Visit visit) const;  // of an array: whether
//       // visit(Node) is true for any
//
// and a default-constructed one is missing.
#pragma once

#include <algorithm>
#include <cstdint>

#include "streams/pattern/pattern_tree.h"

namespace millrace::streams {

enum class NodeKind : uint8_t {
  kMissing,
  kNull,
  kTrue,
  kFalse,
  kNumber,
  kString,
  kArray,
  kObject,
};

// Whether there is any value that is neither object nor array.
template <typename Node>
bool HasLeaf(const Node& node) {
  switch (node.kind()) {
    case NodeKind::kMissing:
    case NodeKind::kObject:
      return false;
    case NodeKind::kArray:
      return node.AnyElement([](const Node& element) { return HasLeaf(element); });
    default:
      return true;
  }
}

// Whether a single value, which is no array, satisfies a condition other than those of existence.
template <typename Node>
bool ValueMatches(const Condition& condition, const Node& node) {
  if (condition.test == Test::kAnythingBut) {
    const NodeKind kind = node.kind();
    return kind != NodeKind::kMissing && kind != NodeKind::kObject &&
           std::none_of(condition.excluded.begin(), condition.excluded.end(),
                        [&](const Condition& excluded) { return ValueMatches(excluded, node); });
  }
  switch (node.kind()) {
    case NodeKind::kString:
      return condition.MatchesString(node.text());
    case NodeKind::kNumber:
      return condition.MatchesNumber(node.text());
    case NodeKind::kTrue:
      return condition.test == Test::kTrue;
    case NodeKind::kFalse:
      return condition.test == Test::kFalse;
    case NodeKind::kNull:
      return condition.test == Test::kNull;
    default:
      return false;
  }
}

// In an array any element may satisfy the condition.
template <typename Node>
bool ConditionMatches(const Condition& condition, const Node& node) {
  switch (condition.test) {
    case Test::kExists:
      return HasLeaf(node);
    case Test::kNotExists:
      return !HasLeaf(node);
    default:
      break;
  }
  if (node.kind() == NodeKind::kArray) {
    return node.AnyElement(
        [&](const Node& element) { return ConditionMatches(condition, element); });
  }
  return ValueMatches(condition, node);
}

template <typename Node>
bool ObjectMatches(const ObjectPattern& pattern, const Node& node);

template <typename Node>
bool MemberMatches(const MemberPattern& member, const Node& node) {
  const Node child = node.kind() == NodeKind::kObject ? node.Find(member.name) : Node();
  if (member.object != nullptr) {
    return ObjectMatches(*member.object, child);
  }
  return std::any_of(
      member.conditions.begin(), member.conditions.end(),
      [&](const Condition& condition) { return ConditionMatches(condition, child); });
}

// Objects in an array are looked into as if the array were not there, but all that the pattern says
// must hold for one and the same of them.
template <typename Node>
bool ObjectMatches(const ObjectPattern& pattern, const Node& node) {
  if (node.kind() == NodeKind::kArray) {
    bool any_inside = false;
    const bool found = node.AnyElement([&](const Node& element) {
      const bool inside = element.kind() == NodeKind::kObject || element.kind() == NodeKind::kArray;
      any_inside = any_inside || inside;
      return inside && ObjectMatches(pattern, element);
    });
    return found || (!any_inside && ObjectMatches(pattern, Node()));
  }
  return std::all_of(pattern.members.begin(), pattern.members.end(),
                     [&](const MemberPattern& member) { return MemberMatches(member, node); }) &&
         std::all_of(pattern.alternatives.begin(), pattern.alternatives.end(),
                     [&](const std::vector<ObjectPattern>& alternatives) {
                       return std::any_of(alternatives.begin(), alternatives.end(),
                                          [&](const ObjectPattern& alternative) {
                                            return ObjectMatches(alternative, node);
                                          });
                     });
}

}  // namespace millrace::streams
