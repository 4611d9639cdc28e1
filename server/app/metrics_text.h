// The figures of the server in the text format that Prometheus reads.
#pragma once

#include <cstdint>
#include <string>

#include "server/http/options.h"
#include "storage/engine/engine.h"

namespace millrace::server {

// One line of figures per metric, each with its HELP and TYPE lines. Thread-safe.
std::string MetricsText(const engine::CommitStatistics& commits, bool writable,
                        uint64_t expired_items, const HttpStatistics& http);

}  // namespace millrace::server
