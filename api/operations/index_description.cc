// The writer of index descriptions.
#include "api/operations/index_description.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "api/operations/description_parts.h"
#include "api/operations/table_settings.h"
#include "api/wire/arn.h"

namespace millrace::api {
namespace {

std::string_view ProjectionName(ProjectionType type) {
  switch (type) {
    case ProjectionType::kKeysOnly:
      return "KEYS_ONLY";
    case ProjectionType::kInclude:
      return "INCLUDE";
    case ProjectionType::kAll:
      return "ALL";
  }
  return "ALL";
}

std::string_view StatusName(const TableDescriptionInput& input, const IndexDescriptor& index) {
  if (index.state == IndexState::kDeleting || input.state == TableState::kDeleting) {
    return "DELETING";
  }
  if (index.state == IndexState::kCreating || input.state == TableState::kCreating) {
    return "CREATING";
  }
  return "ACTIVE";
}

void WriteProjection(const IndexDescriptor& index, json::Writer* writer) {
  writer->Key("Projection");
  writer->BeginObject();
  writer->Member("ProjectionType", ProjectionName(index.projection));
  if (!index.non_key_attributes.empty()) {
    writer->Key("NonKeyAttributes");
    writer->BeginArray();
    for (const std::string& name : index.non_key_attributes) {
      writer->String(name);
    }
    writer->EndArray();
  }
  writer->EndObject();
}

void WriteStatus(const TableDescriptionInput& input, const IndexDescriptor& index,
                 json::Writer* writer) {
  writer->Member("IndexStatus", StatusName(input, index));
  if (index.state == IndexState::kCreating) {
    writer->Key("Backfilling");
    writer->Bool(true);
  }
}

void WriteIndex(const Services& services, const TableDescriptionInput& input,
                const IndexDescriptor& index, json::Writer* writer) {
  const engine::TableCounters counters = services.items == nullptr
                                             ? engine::TableCounters()
                                             : services.items->IndexCounters(index.index_id);
  writer->BeginObject();
  writer->Member("IndexName", index.name);
  WriteKeySchema(index.key_schema, writer);
  WriteProjection(index, writer);
  if (index.kind == IndexKind::kGlobal) {
    WriteStatus(input, index, writer);
    WriteProvisionedThroughput(index.provisioned_throughput, input.now_ms, writer);
  }
  WriteInt("IndexSizeBytes", counters.size_bytes, writer);
  WriteInt("ItemCount", counters.item_count, writer);
  writer->Member("IndexArn", FormatTableArn(services, input.table->name) + "/index/" + index.name);
  if (index.kind == IndexKind::kGlobal) {
    WriteOnDemandThroughput(index.on_demand_throughput, writer);
    WriteWarmThroughput(EffectiveWarmThroughput(*input.table, index), "ACTIVE", writer);
  }
  writer->EndObject();
}

void WriteList(const Services& services, const TableDescriptionInput& input, IndexKind kind,
               std::string_view name, json::Writer* writer) {
  bool open = false;
  const auto write = [&](const IndexDescriptor& index) {
    if (!open) {
      writer->Key(name);
      writer->BeginArray();
      open = true;
    }
    WriteIndex(services, input, index, writer);
  };
  bool deleted_is_shown = input.deleted_index == nullptr || kind == IndexKind::kLocal;
  for (const IndexDescriptor& index : input.table->indexes) {
    if (index.kind == kind) {
      write(index);
      deleted_is_shown = deleted_is_shown || index.index_id == input.deleted_index->index_id;
    }
  }
  if (!deleted_is_shown) {
    write(*input.deleted_index);
  }
  if (open) {
    writer->EndArray();
  }
}

}  // namespace

void WriteIndexes(const Services& services, const TableDescriptionInput& input,
                  json::Writer* writer) {
  WriteList(services, input, IndexKind::kLocal, "LocalSecondaryIndexes", writer);
  WriteList(services, input, IndexKind::kGlobal, "GlobalSecondaryIndexes", writer);
}

}  // namespace millrace::api
