// Finding overlaps and conflicts between paths, by sorting where there are many.
#include "api/expr/path_set.h"

#include <algorithm>
#include <vector>

#include "api/expr/messages.h"

namespace millrace::api::expr {
namespace {

enum class Relation { kApart, kOverlap, kConflict };

Relation RelationOf(const DocumentPath& a, const DocumentPath& b) {
  const size_t common = std::min(a.steps.size(), b.steps.size());
  for (size_t depth = 0; depth < common; ++depth) {
    if (a.steps[depth].is_index != b.steps[depth].is_index) {
      return Relation::kConflict;
    }
    if (!(a.steps[depth] == b.steps[depth])) {
      return Relation::kApart;
    }
  }
  return Relation::kOverlap;
}

// Few paths are compared pair by pair; in a sorted list, if any two touch then two neighbours do.
constexpr size_t kFewPaths = 8;

bool MayTouch(std::span<const DocumentPath> paths) {
  if (paths.size() <= kFewPaths) {
    return paths.size() > 1;
  }
  std::vector<const DocumentPath*> sorted;
  sorted.reserve(paths.size());
  for (const DocumentPath& path : paths) {
    sorted.push_back(&path);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const DocumentPath* a, const DocumentPath* b) { return PathLess(*a, *b); });
  for (size_t index = 1; index < sorted.size(); ++index) {
    if (RelationOf(*sorted[index - 1], *sorted[index]) != Relation::kApart) {
      return true;
    }
  }
  return false;
}

// The first path that stands in `relation` to an earlier one.
bool FindPair(std::span<const DocumentPath> paths, Relation relation, size_t* one, size_t* two) {
  for (*two = 1; *two < paths.size(); ++*two) {
    for (*one = 0; *one < *two; ++*one) {
      if (RelationOf(paths[*one], paths[*two]) == relation) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

int CompareSteps(const PathStep& a, const PathStep& b) {
  if (a.is_index != b.is_index) {
    return a.is_index ? 1 : -1;
  }
  if (!a.is_index) {
    return a.name.compare(b.name);
  }
  return a.index < b.index ? -1 : a.index > b.index ? 1 : 0;
}

bool PathLess(const DocumentPath& a, const DocumentPath& b) {
  return std::lexicographical_compare(
      a.steps.begin(), a.steps.end(), b.steps.begin(), b.steps.end(),
      [](const PathStep& x, const PathStep& y) { return CompareSteps(x, y) < 0; });
}

bool CheckDisjoint(std::span<const DocumentPath> paths, std::string* detail) {
  if (!MayTouch(paths)) {
    return true;
  }
  size_t one = 0;
  size_t two = 0;
  if (FindPair(paths, Relation::kOverlap, &one, &two)) {
    *detail = PathsOverlap(paths[one], paths[two]);
    return false;
  }
  if (FindPair(paths, Relation::kConflict, &one, &two)) {
    *detail = PathsConflict(paths[one], paths[two]);
    return false;
  }
  return true;
}

}  // namespace millrace::api::expr
