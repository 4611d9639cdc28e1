// Packages of functions and layers by the links that the functions service hands out.
#pragma once

#include <vector>

#include "api/wire/services.h"
#include "server/gate/route.h"

namespace millrace::server {

// Adds the route of links to code. `services`, which must have functions, code_links and workers,
// must outlive it. No credentials are asked for: the link is signed and expires.
void AddCodeRoutes(const api::Services* services, std::vector<Route>* routes);

}  // namespace millrace::server
