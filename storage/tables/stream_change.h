// The commits by which maintenance changes streams. Each waits until it is durable and, if it
// happened, published in the stream catalog, on the committer thread and in commit order like all
// changes of streams. kRefused: the stream is not as the caller thought, nothing was changed.
#pragma once

#include <cstdint>
#include <vector>

#include "storage/base/status.h"
#include "storage/engine/engine.h"
#include "storage/model/stream_descriptor.h"
#include "storage/tables/stream_catalog.h"

namespace millrace::tables {

// Ends `shard`, which must be open, at this commit, and begins its child there.
Status RollShardOver(engine::Engine* engine, StreamCatalog* streams, uint32_t stream_id,
                     const ShardDescriptor& shard);
// Gives up the records in front of `sequence`. A horizon moves forward only.
Status MoveHorizon(engine::Engine* engine, StreamCatalog* streams, uint32_t stream_id,
                   uint16_t hash_range, uint64_t sequence);
// Removes shards, which must have no records any more.
Status ForgetShards(engine::Engine* engine, StreamCatalog* streams, uint32_t stream_id,
                    std::vector<ShardDescriptor> shards);
// Removes a closed stream that has no shards any more.
Status ForgetStream(engine::Engine* engine, StreamCatalog* streams, uint32_t stream_id,
                    uint16_t hash_range_count);

}  // namespace millrace::tables
