// Reading logs; see LogStore.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "storage/engine/engine.h"
#include "streams/logs/log_store.h"

namespace millrace::streams {

Result<std::vector<LogGroup>> ListLogGroups(const engine::Engine& engine, std::string_view prefix,
                                            std::string_view after, size_t count,
                                            const std::function<bool(const LogGroup&)>& accepts);
Result<std::vector<LogStream>> ListLogStreams(const engine::Engine& engine, uint64_t group_id,
                                              std::string_view prefix, std::string_view after,
                                              size_t count);
Result<LogPage> ReadLogEvents(const engine::Engine& engine, const LogQuery& query);

}  // namespace millrace::streams
