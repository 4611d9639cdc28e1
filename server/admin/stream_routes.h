// Change streams for operators:
//   GET /_admin/tail     changes as they are committed, see tail_request.h and tail_reply.h
//   GET /_admin/streams  {"streams":[...]}: all streams with retention, shards and horizons
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "api/wire/services.h"
#include "server/gate/route.h"
#include "storage/tables/stream_maintenance.h"

namespace millrace::server {

// Adds the routes. `services` outlives them. `options` are those that streams are maintained with.
// `access_revision`: tails end when it changes, see NewTailReply; nullptr: they do not.
void AddStreamRoutes(const api::Services* services, const tables::StreamOptions& options,
                     const std::atomic<uint64_t>* access_revision, std::vector<Route>* routes);

}  // namespace millrace::server
