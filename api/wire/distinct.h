// Whether texts repeat: for the members of sets and the names of maps, which clients may send by
// the ten thousands.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "storage/base/json.h"
#include "storage/codec/value_view.h"

namespace millrace::api {

// Whether two members of the set are equal byte for byte (for numbers: equal in value). Compares
// pairs in small sets, sorts large ones.
bool HasDuplicates(const SetView& set);

// For an object: which members are overridden by a later one of the same name. `overridden` gets
// one flag per member, or stays empty when all names are distinct, which is the usual case and
// allocates nothing.
void FindOverriddenMembers(json::Value object, std::vector<bool>* overridden);

}  // namespace millrace::api
