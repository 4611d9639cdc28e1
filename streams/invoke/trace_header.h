// The trace header of invocations, "Root=...;Parent=...;Sampled=0;Lineage=...": what goes along
// with an event through a chain of functions and queues, and how long that chain has become.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/random.h"

namespace millrace::streams {

// After so many invocations in a chain an event goes no further, unless recursion is allowed.
inline constexpr int64_t kTraceHopsMax = 16;

// How many invocations of functions the event comes from, by the lineage of its header; 0 if it has
// none. Thread-safe.
int64_t TraceHops(std::string_view header);

// A header that begins a trace. Thread-safe as far as `random` is.
std::string NewTraceHeader(int64_t now_ms, Random* random);

// The header that the function gets, and all that it causes with it: the same trace with one hop
// more. `header` must not be empty. Thread-safe.
std::string NextHop(std::string_view header, std::string_view function_name);

}  // namespace millrace::streams
