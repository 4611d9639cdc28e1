// The semantic checks of index definitions, one at a time.
#include "api/operations/index_validation.h"

#include <algorithm>
#include <string>
#include <vector>

#include "storage/model/limits.h"

namespace millrace::api {
namespace {

ApiStatus Invalid(std::string_view sentence) {
  return ValidationError(
      std::string("One or more parameter values were invalid: ").append(sentence));
}

std::string_view NameOf(json::Value index) { return index.Find("IndexName").AsString(); }

bool IsEmptyList(json::Value list) { return list.present() && list.size() == 0; }

ApiStatus RefuseDuplicateName(std::string_view name) {
  return Invalid("Duplicate index name: " + std::string(name));
}

// Adds `name` to `names`, or says that it is there already.
ApiStatus AddIndexName(std::string_view name, std::vector<std::string_view>* names) {
  if (std::find(names->begin(), names->end(), name) != names->end()) {
    return RefuseDuplicateName(name);
  }
  names->push_back(name);
  return ApiStatus::Ok();
}

ApiStatus CheckLocalIndex(json::Value index, std::span<const KeyElement> table_keys,
                          std::span<const KeyAttribute> definitions, size_t* included_count) {
  const std::vector<KeyElement> keys = ReadKeySchema(index.Find("KeySchema"));
  RETURN_IF_API_ERROR(CheckIndexKeysDefined(keys, definitions));
  RETURN_IF_API_ERROR(CheckSimpleKeySchema(keys));
  const std::string name(NameOf(index));
  if (keys.size() < 2) {
    return Invalid("Index KeySchema does not have a range key for index: " + name);
  }
  if (keys.front().name != table_keys.front().name) {
    return Invalid(
        "Index KeySchema does not have the same leading hash key as table KeySchema for index: " +
        name + ". index hash key: " + std::string(keys.front().name) +
        ", table hash key: " + std::string(table_keys.front().name));
  }
  return CheckProjection(index.Find("Projection"), included_count);
}

ApiStatus CheckLocalIndexes(json::Value indexes, std::span<const KeyElement> table_keys,
                            std::span<const KeyAttribute> definitions, size_t* included_count,
                            std::vector<std::string_view>* names) {
  if (!indexes.present()) {
    return ApiStatus::Ok();
  }
  if (table_keys.size() < 2) {
    return Invalid(
        "Table KeySchema does not have a range key, which is required when specifying a "
        "LocalSecondaryIndex");
  }
  for (const json::Value index : indexes.elements()) {
    RETURN_IF_API_ERROR(CheckLocalIndex(index, table_keys, definitions, included_count));
    RETURN_IF_API_ERROR(AddIndexName(NameOf(index), names));
  }
  if (names->size() > limits::kLocalIndexesMax) {
    return Invalid("Number of LocalSecondaryIndexes exceeds per-table limit of 5");
  }
  return ApiStatus::Ok();
}

ApiStatus CheckGlobalIndexes(json::Value indexes, std::span<const KeyAttribute> definitions,
                             BillingMode billing_mode, size_t* included_count,
                             std::vector<std::string_view>* names) {
  if (!indexes.present()) {
    return ApiStatus::Ok();
  }
  for (const json::Value index : indexes.elements()) {
    RETURN_IF_API_ERROR(CheckGlobalIndex(index, definitions, included_count));
    RETURN_IF_API_ERROR(AddIndexName(NameOf(index), names));
  }
  if (names->size() > limits::kGlobalIndexesMax) {
    return Invalid("GlobalSecondaryIndex count exceeds the per-table limit of 20");
  }
  for (const json::Value index : indexes.elements()) {
    RETURN_IF_API_ERROR(CheckIndexThroughput(index, billing_mode));
  }
  return ApiStatus::Ok();
}

void AddUsedKeys(std::span<const KeyElement> keys, std::vector<KeyElement>* used) {
  for (const KeyElement& key : keys) {
    const bool known = std::any_of(used->begin(), used->end(),
                                   [&](const KeyElement& other) { return other.name == key.name; });
    if (!known) {
      used->push_back(key);
    }
  }
}

ApiStatus CheckDefinitionsUsed(json::Value input, std::span<const KeyElement> table_keys,
                               std::span<const KeyAttribute> definitions) {
  std::vector<KeyElement> used;
  AddUsedKeys(table_keys, &used);
  for (const std::string_view list : {"LocalSecondaryIndexes", "GlobalSecondaryIndexes"}) {
    const json::Value indexes = input.Find(list);
    if (!indexes.present()) {
      continue;
    }
    for (const json::Value index : indexes.elements()) {
      AddUsedKeys(ReadKeySchema(index.Find("KeySchema")), &used);
    }
  }
  for (const KeyAttribute& definition : definitions) {
    const bool found = std::any_of(used.begin(), used.end(), [&](const KeyElement& key) {
      return key.name == definition.name;
    });
    if (!found) {
      return Invalid("Some AttributeDefinitions are not used. AttributeDefinitions: " +
                     PrintNames(definitions) + ", keys used: " + PrintNames(used));
    }
  }
  return ApiStatus::Ok();
}

}  // namespace

ApiStatus CheckIndexThroughput(json::Value index, BillingMode billing_mode) {
  const bool given = index.Find("ProvisionedThroughput").present();
  if (billing_mode == BillingMode::kPayPerRequest && given) {
    return Invalid("ProvisionedThroughput should not be specified for index: " +
                   std::string(NameOf(index)) + " when BillingMode is PAY_PER_REQUEST");
  }
  if (billing_mode == BillingMode::kProvisioned && !given) {
    return Invalid("ProvisionedThroughput must be specified for index: " +
                   std::string(NameOf(index)));
  }
  return ApiStatus::Ok();
}

ApiStatus CheckGlobalIndex(json::Value index, std::span<const KeyAttribute> definitions,
                           size_t* included_count) {
  const std::vector<KeyElement> keys = ReadKeySchema(index.Find("KeySchema"));
  RETURN_IF_API_ERROR(CheckIndexKeysDefined(keys, definitions));
  RETURN_IF_API_ERROR(CheckGlobalKeySchema(keys, NameOf(index)));
  return CheckProjection(index.Find("Projection"), included_count);
}

ApiStatus CheckIndexes(json::Value input, std::span<const KeyElement> table_keys,
                       std::span<const KeyAttribute> definitions, BillingMode billing_mode) {
  const json::Value local = input.Find("LocalSecondaryIndexes");
  const json::Value global = input.Find("GlobalSecondaryIndexes");
  if (IsEmptyList(local)) {
    return Invalid("List of LocalSecondaryIndexes is empty");
  }
  if (IsEmptyList(global)) {
    return Invalid("List of GlobalSecondaryIndexes is empty");
  }
  size_t included_count = 0;
  std::vector<std::string_view> local_names;
  std::vector<std::string_view> global_names;
  RETURN_IF_API_ERROR(
      CheckLocalIndexes(local, table_keys, definitions, &included_count, &local_names));
  RETURN_IF_API_ERROR(
      CheckGlobalIndexes(global, definitions, billing_mode, &included_count, &global_names));
  for (const std::string_view name : global_names) {
    if (std::find(local_names.begin(), local_names.end(), name) != local_names.end()) {
      return RefuseDuplicateName(name);
    }
  }
  return CheckDefinitionsUsed(input, table_keys, definitions);
}

}  // namespace millrace::api
