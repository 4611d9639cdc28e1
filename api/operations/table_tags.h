// Tags of tables: reading them from requests, merging them, and the ResourceArn that tag operations
// name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/wire/error.h"
#include "api/wire/services.h"
#include "storage/base/json.h"
#include "storage/model/table_descriptor.h"

namespace millrace::api {

// The tags of a list that has passed CheckTagConstraints, sorted by key; refuses a key that appears
// twice, and a value of the tag for the retention of streams that says no retention. None for an
// absent list.
ApiStatus ReadTags(json::Value tags, std::vector<Tag>* result);

// Adds `added` (sorted) to `tags` (sorted), replacing values of keys that are there.
// LimitExceededException above the number a table may have.
ApiStatus MergeTags(const std::vector<Tag>& added, std::vector<Tag>* tags);

// Removes the tags with these keys; unknown keys do not matter.
void RemoveTags(const std::vector<std::string>& keys, std::vector<Tag>* tags);

// Checks that the parameter ResourceArn is given and is the ARN of a table.
ApiStatus CheckTableResource(json::Value resource_arn);

// The table of a checked ARN in any state, or nullptr.
tables::TablePointer FindResource(const Services& services, std::string_view resource_arn);

}  // namespace millrace::api
