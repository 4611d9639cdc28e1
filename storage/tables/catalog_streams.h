// What a change of a table means for its stream: the rows of streams that begin or end with it, and
// the publication that follows when the change is durable. For the catalog's changes only.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "storage/engine/engine.h"
#include "storage/model/table_descriptor.h"
#include "storage/tables/stream_catalog.h"

namespace millrace::tables {

// The stream part of the changes of tables. Plan runs on the committer thread, and so does Publish.
class CatalogStreams {
 public:
  // `streams` must outlive the object.
  explicit CatalogStreams(StreamCatalog* streams) : streams_(streams) {}

  // What a plan has decided, to be published when it is durable.
  struct Changes {
    std::vector<StreamDescriptor> opened;
    std::vector<StreamDescriptor> closed;
  };

  // Compares the streams of a table before (nullptr: there was no table) and after a change. A
  // stream that is enabled under a new id begins: its label, creation time and start are set in
  // `after`. One that is not enabled any more, or belongs to a table that is being deleted, ends.
  // Writes the rows.
  void Plan(const TableDescriptor* before, TableDescriptor* after, bool deletes_table,
            engine::WriteSet* writes, Changes* changes);
  // Makes the outcome of a plan visible.
  void Publish(const Changes& changes);

 private:
  void Open(TableDescriptor* table, engine::WriteSet* writes, Changes* changes);
  void Close(const TableDescriptor& table, bool deletes_table, engine::WriteSet* writes,
             Changes* changes);
  void KeepRetention(const TableDescriptor& table, engine::WriteSet* writes, Changes* changes);

  StreamCatalog* const streams_;
  // Streams whose end has been planned and not published yet.
  std::map<uint32_t, StreamDescriptor> ending_;
  // The labels of all streams differ, so that they do for each table, whatever became of tables of
  // the same name in the same millisecond.
  int64_t last_creation_ms_ = 0;
};

}  // namespace millrace::tables
