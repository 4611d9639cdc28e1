// Checks of index updates. No table has indexes yet, so whatever needs an existing one is refused
// as for an unknown index.
#include "api/operations/index_updates.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "api/operations/index_validation.h"
#include "api/operations/table_constraints.h"
#include "api/operations/table_lookup.h"
#include "storage/model/limits.h"

namespace millrace::api {
namespace {

using Kind = IndexUpdate::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 3> kActions = {{
    {"Update", Kind::kUpdate},
    {"Create", Kind::kCreate},
    {"Delete", Kind::kDelete},
}};

constexpr size_t kGlobalKeySchemaMax = 2 * limits::kIndexKeyPartsMax;

ApiStatus Invalid(std::string_view sentence) {
  return ValidationError(
      std::string("One or more parameter values were invalid: ").append(sentence));
}

void CheckActionConstraints(Kind kind, json::Value action, const std::string& prefix,
                            ConstraintCollector* constraints) {
  CheckIndexNameConstraints(action.Find("IndexName"), prefix + ".indexName", constraints);
  if (kind == Kind::kDelete) {
    return;
  }
  CheckThroughputConstraints(action.Find("ProvisionedThroughput"),
                             prefix + ".provisionedThroughput", constraints);
  if (kind == Kind::kCreate) {
    CheckProjectionConstraints(action.Find("Projection"), prefix + ".projection", constraints);
    CheckKeySchemaConstraints(action.Find("KeySchema"), prefix + ".keySchema", kGlobalKeySchemaMax,
                              constraints);
  }
}

}  // namespace

void CheckIndexUpdateConstraints(json::Value updates, ConstraintCollector* constraints) {
  if (!updates.present()) {
    return;
  }
  size_t position = 0;
  for (const json::Value element : updates.elements()) {
    const std::string prefix = ElementPath("globalSecondaryIndexUpdates", ++position);
    for (const auto& [name, kind] : kActions) {
      const json::Value action = element.Find(name);
      if (action.present()) {
        std::string path = prefix + std::string(name);
        path[prefix.size()] = static_cast<char>(path[prefix.size()] - 'A' + 'a');
        CheckActionConstraints(kind, action, path, constraints);
      }
    }
  }
}

ApiStatus ReadIndexUpdates(json::Value updates, std::vector<IndexUpdate>* result) {
  if (!updates.present()) {
    return ApiStatus::Ok();
  }
  for (const json::Value element : updates.elements()) {
    const size_t count = result->size();
    for (const auto& [name, kind] : kActions) {
      const json::Value action = element.Find(name);
      if (action.present()) {
        result->push_back({kind, action.Find("IndexName").AsString(), action});
      }
    }
    if (result->size() == count) {
      return Invalid(
          "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
          "GlobalSecondaryIndexUpdate.Delete must not be null");
    }
  }
  std::vector<std::string_view> names;
  for (const IndexUpdate& update : *result) {
    if (std::find(names.begin(), names.end(), update.index_name) != names.end()) {
      return Invalid(
          "Only one global secondary index update per index is allowed simultaneously. Index: " +
          std::string(update.index_name));
    }
    names.push_back(update.index_name);
  }
  return ApiStatus::Ok();
}

ApiStatus CheckIndexUpdates(std::span<const IndexUpdate> updates,
                            std::span<const KeyAttribute> definitions) {
  const auto changes_indexes = [](const IndexUpdate& update) {
    return update.kind != Kind::kUpdate;
  };
  if (std::count_if(updates.begin(), updates.end(), changes_indexes) > 1) {
    return ApiStatus(ErrorType::kLimitExceeded,
                     "Subscriber limit exceeded: Only 1 online index can be created or deleted "
                     "simultaneously per table");
  }
  for (const IndexUpdate& update : updates) {
    if (update.kind == Kind::kUpdate) {
      return ValidationError(
          "This operation cannot be performed with given input values. Please contact DynamoDB "
          "service team for more info: Action Blocked: IndexUpdate");
    }
  }
  for (const IndexUpdate& update : updates) {
    if (update.kind == Kind::kDelete) {
      return TableNotFound(update.index_name);  // as captured: the name of the index
    }
    size_t included_count = 0;
    RETURN_IF_API_ERROR(CheckGlobalIndex(update.definition, definitions, &included_count));
  }
  return ApiStatus::Ok();
}

}  // namespace millrace::api
