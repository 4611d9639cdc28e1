// Event source mappings for operators:
//   GET    /_admin/esm                                {"mappings":[...]}: all of them, with figures
//   GET    /_admin/esm/{uuid}                         one of them
//   GET    /_admin/esm/{uuid}/lanes                   where its lanes are, and how far behind
//   POST   /_admin/esm/{uuid}/pause, .../resume       nothing else changes; outlasts restarts
//   POST   /_admin/esm/{uuid}/seek                    {"to": place}: of one that is paused
//   POST   /_admin/esm/{uuid}/clone                   {"functionName", "from": place}: one more
//   GET    /_admin/esm/{uuid}/discards                ?after&limit: what was given up
//   GET    /_admin/esm/{uuid}/discards/{id}           one entry, with the records that are left
//   POST   /_admin/esm/{uuid}/discards/{id}/redrive   hands them over once more; 202
//   DELETE /_admin/esm/{uuid}/discards/{id}           forgets it
// Places are those of place_json.h.
#pragma once

#include <vector>

#include "api/wire/services.h"
#include "server/gate/route.h"
#include "streams/mappings/discard_ledger.h"

namespace millrace::server {

// Adds the routes. Everything outlives them. `services` must have mappings.
void AddMappingRoutes(const api::Services* services, streams::DiscardLedger* ledger,
                      std::vector<Route>* routes);

}  // namespace millrace::server
