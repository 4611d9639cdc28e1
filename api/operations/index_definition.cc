// Reading of index definitions.
#include "api/operations/index_definition.h"

#include <string>
#include <utility>
#include <vector>

#include "api/operations/key_schema_request.h"
#include "api/operations/table_settings.h"

namespace millrace::api {
namespace {

ProjectionType ReadProjectionType(json::Value projection) {
  const std::string_view type = projection.Find("ProjectionType").AsString();
  if (type == "KEYS_ONLY") {
    return ProjectionType::kKeysOnly;
  }
  return type == "INCLUDE" ? ProjectionType::kInclude : ProjectionType::kAll;
}

}  // namespace

IndexDescriptor MakeIndex(IndexKind kind, json::Value definition,
                          std::span<const KeyAttribute> definitions) {
  IndexDescriptor index;
  index.name = definition.Find("IndexName").AsString();
  index.kind = kind;
  index.key_schema = MakeKeySchema(ReadKeySchema(definition.Find("KeySchema")), definitions);
  const json::Value projection = definition.Find("Projection");
  index.projection = ReadProjectionType(projection);
  if (const json::Value names = projection.Find("NonKeyAttributes"); names.present()) {
    for (const json::Value name : names.elements()) {
      index.non_key_attributes.emplace_back(name.AsString());
    }
  }
  if (const auto units = ReadThroughput(definition); units.has_value()) {
    index.provisioned_throughput.read_capacity_units = units->read;
    index.provisioned_throughput.write_capacity_units = units->write;
  }
  index.on_demand_throughput = ReadOnDemandThroughput(definition);
  const WarmThroughputRequest warm = ReadWarmThroughput(definition);
  if (warm.read.has_value() || warm.write.has_value()) {
    index.warm_throughput = {warm.read.value_or(0), warm.write.value_or(0)};
  }
  return index;
}

std::vector<IndexDescriptor> MakeIndexes(json::Value input,
                                         std::span<const KeyAttribute> definitions) {
  constexpr std::pair<IndexKind, std::string_view> kLists[] = {
      {IndexKind::kLocal, "LocalSecondaryIndexes"}, {IndexKind::kGlobal, "GlobalSecondaryIndexes"}};
  std::vector<IndexDescriptor> indexes;
  for (const auto& [kind, name] : kLists) {
    const json::Value list = input.Find(name);
    if (!list.present()) {
      continue;
    }
    for (const json::Value definition : list.elements()) {
      indexes.push_back(MakeIndex(kind, definition, definitions));
    }
  }
  return indexes;
}

}  // namespace millrace::api
