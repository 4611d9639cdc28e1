// Replays, and trying patterns, for operators:
//   POST   /_admin/replay       {"streamArn", "functionName", "from", "to", "filter",
//                                "ratePerSecond", "dryRun"}: hands a piece of a stream to a
//                                function
//   GET    /_admin/replay       {"replays":[...]}
//   GET    /_admin/replay/{id}  one of them, with its progress
//   DELETE /_admin/replay/{id}  ends one that runs; removes one that has ended
//   POST   /_admin/filter/test  {"pattern", "streamArn", "last"}: what a pattern takes
// Places are those of place_json.h.
#pragma once

#include <vector>

#include "api/wire/services.h"
#include "server/gate/route.h"
#include "streams/mappings/replay_jobs.h"

namespace millrace::server {

// Adds the routes. Everything outlives them.
void AddReplayRoutes(const api::Services* services, const streams::StreamSource& source,
                     streams::ReplayJobs* replays, std::vector<Route>* routes);

}  // namespace millrace::server
