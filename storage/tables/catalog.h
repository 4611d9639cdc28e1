// The catalog: which tables exist. Kept in memory for look-ups, durable in the space `catalog`;
// every change is an ordinary commit. Table ids are never reused. Waiting periods of table states
// are counted from stored times, so nothing has to run for a table to become ACTIVE; dropping the
// data of deleted tables happens in RunMaintenance.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/random.h"
#include "storage/base/status.h"
#include "storage/engine/engine.h"
#include "storage/tables/stream_catalog.h"
#include "storage/tables/table.h"

namespace millrace::tables {

struct CatalogOptions {
  // How long a table shows CREATING, UPDATING or DELETING. 0: the answer says so and the next look
  // finds it done.
  int64_t transition_ms = 0;
};

// Completion of a change: OK with the table as it now is, or why it did not happen. Runs on the
// queue given (nullptr: on the committer thread, where it must be brief), after the change is
// durable and visible to Find. The descriptor's own `state` is what the answer to the change shows
// (kCreating, kUpdating, kDeleting); StateAt is what a later look shows.
using ChangeCallback = std::function<void(Result<TablePointer>)>;
// Edits a copy of the stored descriptor, or refuses. Runs in commit order; may run again; must be
// pure. `current` has the state of the moment (waiting periods that have run out taken into
// account); id, version, name, uuid, state and creation time of `changed` are the catalog's
// business and what the edit does to them is ignored.
using DescriptorEdit =
    std::function<Status(const TableDescriptor& current, TableDescriptor* changed)>;

// Thread-safe. The engine and the stream catalog must outlive it, and the engine must have been
// stopped before it is destroyed.
class Catalog {
 public:
  // `streams` is kept in step with the tables: a change of a table's stream is one commit with the
  // change of the table, and is published together with it.
  Catalog(engine::Engine* engine, StreamCatalog* streams, Clock* clock, Random* random,
          const CatalogOptions& options);
  ~Catalog();
  // Reads all tables. Call once before use. kCorruption if the stored catalog is not sound.
  Status Load();

  // The table called `name` in any state, or nullptr when there is none. Cheap: one hash look-up
  // under no lock.
  TablePointer Find(std::string_view name) const;
  // The table called `name` if items can be read and written (ACTIVE or UPDATING), else nullptr.
  TablePointer FindUsable(std::string_view name) const;
  // Names in byte order, starting behind `after` ("" for the beginning), at most `count`; `more`
  // tells if any remain.
  std::vector<std::string> List(std::string_view after, size_t count, bool* more) const;

  // Creates a table. The catalog fills id, version, uuid, state and creation time. kAlreadyExists
  // if there is one.
  void Create(TableDescriptor descriptor, TaskQueue* queue, ChangeCallback done);
  // Changes a table's descriptor. kNotFound; otherwise what `edit` says. `to_updating`: the table
  // shows UPDATING for the waiting period.
  void Update(std::string_view name, DescriptorEdit edit, bool to_updating, TaskQueue* queue,
              ChangeCallback done);
  // Deletes a table: it shows DELETING for the waiting period and is gone then, its data is dropped
  // afterwards. `check` may refuse (it may be empty, and it may change the descriptor that the
  // answer shows). Answers with the table as it was last, its state kDeleting.
  void Delete(std::string_view name, DescriptorEdit check, TaskQueue* queue, ChangeCallback done);

  // The tables that have an index whose creation has not been completed. Order arbitrary.
  std::vector<TablePointer> TablesWithUnfinishedIndex() const;
  // The tables with time to live that are there and are not being deleted. Order arbitrary.
  std::vector<TablePointer> TablesWithTimeToLive() const;
  // Sets what is called, on the committer thread and briefly, after a change of a table that has
  // such an index. Once, before the first change.
  void OnIndexCreation(std::function<void()> callback);

  // Drops the data of tables and indexes that are gone, also of those that a crash left behind.
  // Call now and then from one background thread; returns when there is nothing more to do at this
  // time. Stops early once `stop` is true.
  void RunMaintenance(const std::atomic<bool>& stop);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::tables
