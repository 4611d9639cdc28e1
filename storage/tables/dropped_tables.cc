// Working off the markers of dropped tables, one at a time.
#include "storage/tables/dropped_tables.h"

#include <string>
#include <vector>

#include "storage/codec/key_codec.h"
#include "storage/codec/meta_codec.h"

namespace millrace::tables {
namespace {

using engine::Space;

// Deletes the marker of one table.
class ForgetMarker final : public engine::Mutation {
 public:
  explicit ForgetMarker(uint32_t table_id) { AppendDroppedTableKey(table_id, &key_); }
  std::span<const engine::MutationKey> keys() const override { return {}; }
  size_t weight_bytes() const override { return key_.size(); }
  Status Plan(std::span<const engine::PinnedValue>, engine::WriteSet* writes) override {
    writes->Delete(Space::kMeta, key_);
    return Status::Ok();
  }
  TaskQueue* completion_queue() override { return nullptr; }
  void Complete(const Status&) override {}

 private:
  std::string key_;
};

Result<std::vector<uint32_t>> MarkedTables(const engine::Engine& engine) {
  const std::string begin = MetaKindBegin(MetaKind::kDroppedTable);
  const std::string end = MetaKindEnd(MetaKind::kDroppedTable);
  engine::ScanRange range;
  range.space = Space::kMeta;
  range.from = begin;
  range.to = end;
  std::vector<uint32_t> table_ids;
  const std::unique_ptr<engine::Scanner> markers = engine.Scan(range);
  for (; markers->Valid(); markers->Next()) {
    ASSIGN_OR_RETURN(const uint32_t table_id, TableIdOfMetaKey(markers->key()));
    RETURN_IF_ERROR(DecodeDroppedTable(markers->value()).status());
    table_ids.push_back(table_id);
  }
  RETURN_IF_ERROR(markers->status());
  return table_ids;
}

}  // namespace

Status DropTableData(engine::Engine* engine, const std::atomic<bool>& stop) {
  ASSIGN_OR_RETURN(const std::vector<uint32_t> table_ids, MarkedTables(*engine));
  for (const uint32_t table_id : table_ids) {
    if (stop.load(std::memory_order_relaxed)) {
      return Status::Ok();
    }
    std::string from;
    std::string to;
    AppendTablePrefix(table_id, &from);
    AppendTablePrefix(table_id + 1, &to);
    // The id is that of a table, of an index or of a time to live; the other spaces have nothing
    // under it.
    for (const Space space : {Space::kItems, Space::kIndexes, Space::kTimeToLive}) {
      RETURN_IF_ERROR(engine->DropRange(space, from, to));
    }
    ForgetMarker forget(table_id);
    RETURN_IF_ERROR(engine->SubmitAndWait(&forget));
  }
  return Status::Ok();
}

}  // namespace millrace::tables
