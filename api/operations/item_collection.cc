// The writer of item collection metrics.
#include "api/operations/item_collection.h"

#include <algorithm>
#include <map>

#include "api/wire/attribute_json.h"
#include "storage/base/log.h"

namespace millrace::api {
namespace {

constexpr int64_t kGibibyte = int64_t{1} << 30;

// The whole GiB that are in the collection. The counters of the table bound it, and while they are
// below one GiB that is all there is to know.
int64_t CollectionGibibytes(const Services& services, const tables::Table& table,
                            ValueView partition_key) {
  int64_t bound = services.items->Counters(table).size_bytes;
  for (const tables::TableIndex& index : table.indexes()) {
    if (index.is_local()) {
      bound += services.items->IndexCounters(index.id()).size_bytes;
    }
  }
  if (bound < kGibibyte) {
    return 0;
  }
  const Result<int64_t> size = services.items->CollectionSize(table, partition_key);
  if (!size.ok()) {
    Log(LogLevel::kWarning, "no estimate of an item collection: " + size.status().ToString());
    return 0;
  }
  return size.value() / kGibibyte;
}

}  // namespace

bool WantsCollectionMetrics(json::Value parameter, const tables::Table& table) {
  return parameter.present() && parameter.AsString() == "SIZE" &&
         std::any_of(table.indexes().begin(), table.indexes().end(),
                     [](const tables::TableIndex& index) { return index.is_local(); });
}

void WriteCollectionMetrics(const Services& services, const tables::Table& table,
                            ValueView partition_key, json::Writer* writer) {
  const int64_t gibibytes = CollectionGibibytes(services, table, partition_key);
  writer->BeginObject();
  writer->Key("ItemCollectionKey");
  writer->BeginObject();
  writer->Key(table.key_schema().partition_key().name);
  WriteAttributeValue(partition_key, writer);
  writer->EndObject();
  writer->Key("SizeEstimateRangeGB");
  writer->BeginArray();
  writer->Double(static_cast<double>(gibibytes));
  writer->Double(static_cast<double>(gibibytes + 1));
  writer->EndArray();
  writer->EndObject();
}

void WriteCollectionMetrics(const Services& services, json::Value parameter,
                            std::span<const WrittenCollection> written, json::Writer* writer) {
  // By table, then by partition key: each collection once, in an order that does not vary.
  std::map<std::string_view, std::map<std::string_view, const tables::ItemTarget*>> collections;
  for (const WrittenCollection& each : written) {
    if (WantsCollectionMetrics(parameter, *each.target->table)) {
      collections[each.table_name].emplace(each.target->partition_key.encoded(), each.target);
    }
  }
  if (collections.empty()) {
    return;
  }
  writer->Key("ItemCollectionMetrics");
  writer->BeginObject();
  for (const auto& [table_name, targets] : collections) {
    writer->Key(table_name);
    writer->BeginArray();
    for (const auto& [key, target] : targets) {
      WriteCollectionMetrics(services, *target->table, target->partition_key, writer);
    }
    writer->EndArray();
  }
  writer->EndObject();
}

}  // namespace millrace::api
