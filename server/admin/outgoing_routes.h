// Asynchronous events and outgoing messages for operators:
//   GET    /_admin/outgoing                              what waits, why, and what is counted
//   GET    /_admin/functions/{name}/discards             ?after=ID&limit=N: events given up
//   GET    /_admin/functions/{name}/discards/{id}        one of them, with its payload
//   POST   /_admin/functions/{name}/discards/{id}/redrive  has it tried again, as if new
//   DELETE /_admin/functions/{name}/discards/{id}        forgets it
#pragma once

#include <functional>
#include <vector>

#include "api/wire/services.h"
#include "server/gate/route.h"
#include "streams/delivery/deliverer.h"

namespace millrace::server {

// Adds the routes. Both must outlive them; `services` must have workers. The routes below
// /_admin/functions/ are one prefix route, in which requests that are about something else go to
// `otherwise`, or, if that is empty, are answered with 404.
void AddOutgoingRoutes(const api::Services* services, streams::Deliverer* deliverer,
                       std::function<void(Exchange*)> otherwise, std::vector<Route>* routes);

}  // namespace millrace::server
