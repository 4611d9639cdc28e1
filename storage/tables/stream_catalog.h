// Which streams there are, with their shards: of tables that exist and of tables that are gone, as
// long as records may be left. Kept in memory for look-ups; durable as rows in the space `catalog`
// that the commits which make, close, roll over and trim streams write.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/engine/engine.h"
#include "storage/model/stream_descriptor.h"

namespace millrace::tables {

// A stream at one moment. Immutable: what changes is published as a new object.
struct Stream {
  StreamDescriptor descriptor;
  // Ordered by creation: a parent comes before its child. Shards whose records have all been
  // trimmed are not among them.
  std::vector<ShardDescriptor> shards;
  // By hash range: records with smaller sequences have been trimmed.
  std::vector<uint64_t> horizons;

  // The last sequence that a record of `shard` can have; 0 while the shard is open.
  uint64_t EndSequence(const ShardDescriptor& shard) const {
    return shard.end_sequence != 0        ? shard.end_sequence
           : descriptor.end_sequence != 0 ? descriptor.end_sequence - 1
                                          : 0;
  }
};
using StreamPointer = std::shared_ptr<const Stream>;

// The id of a shard as clients see it: `shardId-<creation, 20 digits>-<8 hex digits>`; ids sort by
// creation, and are unique within the stream.
std::string ShardId(const Stream& stream, const ShardDescriptor& shard);
// The shard with that id, or nullptr. Lies in the stream.
const ShardDescriptor* FindShard(const Stream& stream, std::string_view shard_id);

// Thread-safe.
class StreamCatalog {
 public:
  // Reads all streams. Call once before use. kCorruption if what is stored is not sound.
  Status Load(const engine::Engine& engine);

  // The stream with that table name and label, or nullptr.
  StreamPointer Find(std::string_view table_name, std::string_view label) const EXCLUDES(mutex_);
  StreamPointer FindById(uint32_t stream_id) const EXCLUDES(mutex_);
  // Streams in order of table name and label, behind the one given ("" and "": from the beginning),
  // at most `count`; only those of one table unless `table_name` is empty. `more` tells if any
  // remain.
  std::vector<StreamPointer> List(std::string_view table_name, std::string_view after_table_name,
                                  std::string_view after_label, size_t count, bool* more) const
      EXCLUDES(mutex_);
  // All of them, in order of table name and label.
  std::vector<StreamPointer> All() const EXCLUDES(mutex_);

  // Adds the stream, or replaces what is known of it. On the committer thread, in commit order.
  void Publish(StreamPointer stream) EXCLUDES(mutex_);
  void Remove(uint32_t stream_id) EXCLUDES(mutex_);

 private:
  using Name = std::pair<std::string, std::string>;  // table name, label
  mutable Mutex mutex_;
  std::map<Name, StreamPointer, std::less<>> by_name_ GUARDED_BY(mutex_);
  std::map<uint32_t, StreamPointer> by_id_ GUARDED_BY(mutex_);
};

}  // namespace millrace::tables
