// Sets of paths that may not touch each other: the targets of an update, the paths of a projection.
#pragma once

#include <span>
#include <string>

#include "api/expr/document_path.h"

namespace millrace::api::expr {

// Orders steps and paths: names by their bytes before indexes by their value, a path before those
// below it. Paths with a common beginning stand together, and list elements in ascending order.
int CompareSteps(const PathStep& a, const PathStep& b);
bool PathLess(const DocumentPath& a, const DocumentPath& b);

// False with `*detail` set when two paths overlap (one is the other or lies below it) or, if no two
// do, when two conflict (at one place one asks for a map and the other for a list). Not quadratic
// unless there is something to report.
bool CheckDisjoint(std::span<const DocumentPath> paths, std::string* detail);

}  // namespace millrace::api::expr
