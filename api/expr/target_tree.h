// Building the tree of an update's targets.
#pragma once

#include <span>
#include <vector>

#include "api/expr/document_path.h"
#include "api/expr/update_tree.h"

namespace millrace::api::expr {

// Hangs `targets`, which neither overlap nor conflict, into a tree: the first of `nodes` is the
// item itself, and target i becomes a leaf with action i. Of equal targets, which only a JSON
// object with a repeated name can have, the last counts.
void BuildTargetTree(std::span<const DocumentPath> targets, std::vector<TargetNode>* nodes);

}  // namespace millrace::api::expr
