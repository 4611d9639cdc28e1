// Showing the clock, and advancing a virtual one:
//   GET  /_admin/clock                        {"clock":"virtual","now_ms":1763683200000}
//   POST /_admin/clock {"advance_ms":60000}   or {"now_ms":...}, not backwards; answers as GET does
#pragma once

#include <functional>
#include <vector>

#include "server/gate/route.h"
#include "storage/base/clock.h"

namespace millrace::server {

// Adds the routes. `clock` outlives them. `virtual_clock` is the same one, or nullptr if the clock
// is the system's and cannot be advanced. `advanced` is called after each advance, on an I/O
// thread.
void AddClockRoutes(const Clock* clock, VirtualClock* virtual_clock, std::function<void()> advanced,
                    std::vector<Route>* routes);

}  // namespace millrace::server
