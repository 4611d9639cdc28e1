// Checks of index updates, and what they do to a table.
#include "api/operations/index_updates.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "api/operations/index_definition.h"
#include "api/operations/index_validation.h"
#include "api/operations/key_schema_request.h"
#include "api/operations/table_constraints.h"
#include "api/operations/table_lookup.h"
#include "api/operations/table_settings.h"
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

template <typename Descriptor>
auto* FindGlobalIndex(Descriptor& table, std::string_view name) {
  const auto found = std::find_if(
      table.indexes.begin(), table.indexes.end(), [name](const IndexDescriptor& index) {
        return index.kind == IndexKind::kGlobal && index.state != IndexState::kDeleting &&
               index.name == name;
      });
  return found == table.indexes.end() ? nullptr : &*found;
}

// An index is created or deleted alone, and one after the other.
ApiStatus CheckOneAtATime(std::span<const IndexUpdate> updates, const TableDescriptor& table) {
  const auto requested =
      std::count_if(updates.begin(), updates.end(),
                    [](const IndexUpdate& update) { return update.kind != Kind::kUpdate; });
  const auto going_on = std::count_if(
      table.indexes.begin(), table.indexes.end(),
      [](const IndexDescriptor& index) { return index.state != IndexState::kActive; });
  if (requested > 1 || (requested == 1 && going_on > 0)) {
    return ApiStatus(ErrorType::kLimitExceeded,
                     "Subscriber limit exceeded: Only 1 online index can be created or deleted "
                     "simultaneously per table");
  }
  return ApiStatus::Ok();
}

// A table that becomes provisioned needs units for each index that it keeps.
ApiStatus CheckThroughputGiven(std::span<const IndexUpdate> updates,
                               const IndexUpdateContext& context) {
  if (!context.becomes_provisioned) {
    return ApiStatus::Ok();
  }
  std::string missing;
  for (const IndexDescriptor& index : context.table.indexes) {
    if (index.kind == IndexKind::kLocal) {
      continue;
    }
    const bool given = std::any_of(updates.begin(), updates.end(), [&](const IndexUpdate& update) {
      return update.index_name == index.name &&
             (update.kind == Kind::kDelete ||
              update.definition.Find("ProvisionedThroughput").present());
    });
    if (!given) {
      missing += (missing.empty() ? "" : ",") + index.name;
    }
  }
  return missing.empty() ? ApiStatus::Ok()
                         : Invalid("ProvisionedThroughput must be specified for index: " + missing);
}

ApiStatus CheckCreate(const IndexUpdate& update, const IndexUpdateContext& context) {
  size_t included_count = 0;
  int global_count = 1;
  for (const IndexDescriptor& index : context.table.indexes) {
    if (index.name == update.index_name) {
      return Invalid("Index already exists: " + index.name);
    }
    included_count += index.non_key_attributes.size();
    global_count += index.kind == IndexKind::kGlobal ? 1 : 0;
  }
  RETURN_IF_API_ERROR(CheckGlobalIndex(update.definition, context.definitions, &included_count));
  if (global_count > limits::kGlobalIndexesMax) {
    return Invalid("GlobalSecondaryIndex count exceeds the per-table limit of 20");
  }
  return CheckIndexThroughput(update.definition, context.billing_mode);
}

ApiStatus CheckUpdate(const IndexUpdate& update, const IndexUpdateContext& context) {
  const auto units = ReadThroughput(update.definition);
  if (units.has_value()) {
    RETURN_IF_API_ERROR(CheckUnitsInBounds(*units));
    if (context.billing_mode == BillingMode::kPayPerRequest) {
      return CheckIndexThroughput(update.definition, context.billing_mode);
    }
  }
  return CheckOnDemandRange(ReadOnDemandThroughput(update.definition), true);
}

ApiStatus ApplySettings(json::Value action, int64_t now_ms, const TableDescriptor& table,
                        IndexDescriptor* index) {
  if (const auto units = ReadThroughput(action); units.has_value()) {
    ApplyUnits(*units, now_ms, &index->provisioned_throughput);
  }
  ApplyOnDemandThroughput(ReadOnDemandThroughput(action), &index->on_demand_throughput);
  return ApplyWarmThroughput(ReadWarmThroughput(action), table, index);
}

bool HasKey(const KeySchema& schema, std::string_view name) {
  const auto is_it = [name](const KeyAttribute& attribute) { return attribute.name == name; };
  return std::any_of(schema.partition.begin(), schema.partition.end(), is_it) ||
         std::any_of(schema.sort.begin(), schema.sort.end(), is_it);
}

// Whether the table or an index that stays has `name` in its key.
bool IsUsed(const TableDescriptor& table, std::string_view name) {
  return HasKey(table.key_schema, name) ||
         std::any_of(
             table.indexes.begin(), table.indexes.end(), [name](const IndexDescriptor& index) {
               return index.state != IndexState::kDeleting && HasKey(index.key_schema, name);
             });
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
                            const IndexUpdateContext& context) {
  RETURN_IF_API_ERROR(CheckOneAtATime(updates, context.table));
  for (const IndexUpdate& update : updates) {
    if (update.kind == Kind::kUpdate &&
        FindGlobalIndex(context.table, update.index_name) == nullptr) {
      return ValidationError(
          "This operation cannot be performed with given input values. Please contact DynamoDB "
          "service team for more info: Action Blocked: IndexUpdate");
    }
  }
  RETURN_IF_API_ERROR(CheckThroughputGiven(updates, context));
  for (const IndexUpdate& update : updates) {
    if (update.kind == Kind::kDelete) {
      if (FindGlobalIndex(context.table, update.index_name) == nullptr) {
        return TableNotFound(update.index_name);  // as captured: the name of the index
      }
    } else if (update.kind == Kind::kCreate) {
      RETURN_IF_API_ERROR(CheckCreate(update, context));
    } else {
      RETURN_IF_API_ERROR(CheckUpdate(update, context));
    }
  }
  return ApiStatus::Ok();
}

ApiStatus ApplyIndexUpdates(std::span<const IndexUpdate> updates,
                            std::span<const KeyAttribute> definitions, int64_t now_ms,
                            TableDescriptor* table) {
  if (updates.empty()) {
    return ApiStatus::Ok();
  }
  for (const KeyAttribute& definition : definitions) {
    // A name that is known keeps its type.
    if (FindDefinition(table->attribute_definitions, definition.name) == nullptr) {
      table->attribute_definitions.push_back(definition);
    }
  }
  for (const IndexUpdate& update : updates) {
    if (update.kind == Kind::kCreate) {
      table->indexes.push_back(
          MakeIndex(IndexKind::kGlobal, update.definition, table->attribute_definitions));
      table->indexes.back().state = IndexState::kCreating;
      continue;
    }
    IndexDescriptor* const index = FindGlobalIndex(*table, update.index_name);
    if (update.kind == Kind::kDelete) {
      index->state = IndexState::kDeleting;
    } else {
      RETURN_IF_API_ERROR(ApplySettings(update.definition, now_ms, *table, index));
    }
  }
  std::erase_if(table->attribute_definitions, [table](const KeyAttribute& definition) {
    return !IsUsed(*table, definition.name);
  });
  return ApiStatus::Ok();
}

}  // namespace millrace::api
