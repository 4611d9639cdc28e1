// Change streams for operators:
//   GET /_admin/tail     changes as they are committed, see tail_request.h and tail_reply.h
//   GET /_admin/streams  {"streams":[...]}: all streams with retention, shards and horizons
#pragma once

#include <vector>

#include "api/wire/services.h"
#include "server/gate/route.h"
#include "storage/tables/stream_maintenance.h"

namespace millrace::server {

// Adds the routes. `services` outlives them. `options` are those that streams are maintained with.
void AddStreamRoutes(const api::Services* services, const tables::StreamOptions& options,
                     std::vector<Route>* routes);

}  // namespace millrace::server
