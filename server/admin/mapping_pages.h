// Mappings, their lanes and their discards as JSON of the admin interface.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/wire/services.h"
#include "storage/base/json.h"
#include "streams/mappings/discard_ledger.h"
#include "streams/mappings/lane_lag.h"
#include "streams/mappings/mapping.h"
#include "streams/mappings/mapping_runner.h"

namespace millrace::server {

// The ARN of the function that a mapping invokes.
std::string FunctionArnOf(const api::Services& services, const streams::Mapping& mapping);

void WriteMapping(const api::Services& services, const streams::Mapping& mapping,
                  const streams::MappingFigures& figures, json::Writer* writer);
// `view` tells what those lanes that run are doing.
void WriteLane(const streams::LaneLag& lag, const streams::MappingView& view, int64_t now_ms,
               json::Writer* writer);
// Writes the members of an entry, without the braces.
void WriteDiscardMembers(const streams::Discard& discard, json::Writer* writer);

}  // namespace millrace::server
