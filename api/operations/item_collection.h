// ItemCollectionMetrics: how large the items of one partition key are, with their entries in local
// indexes.
#pragma once

#include <span>
#include <string_view>

#include "api/wire/services.h"
#include "storage/base/json.h"
#include "storage/codec/value_view.h"
#include "storage/tables/item_change.h"
#include "storage/tables/table.h"

namespace millrace::api {

// Whether a request asks for the metrics of a table that has them: only tables with local indexes
// do. `parameter` is ReturnItemCollectionMetrics.
bool WantsCollectionMetrics(json::Value parameter, const tables::Table& table);

// Writes the object for the collection of `partition_key`. The range is the whole GiB that its size
// lies in. While the table with its local indexes has less than one, so has every collection of it;
// only beyond that the size is estimated (see tables::ItemStore::CollectionSize).
void WriteCollectionMetrics(const Services& services, const tables::Table& table,
                            ValueView partition_key, json::Writer* writer);

// An item that a batch or a transaction has written; `table_name` as the client sent it.
struct WrittenCollection {
  std::string_view table_name;
  const tables::ItemTarget* target = nullptr;
};
// Writes the member ItemCollectionMetrics of operations on several items, one element for each
// collection, if `parameter` asks for it and there is anything to say.
void WriteCollectionMetrics(const Services& services, json::Value parameter,
                            std::span<const WrittenCollection> written, json::Writer* writer);

}  // namespace millrace::api
