// Reading what requests say about the settings of event source mappings.
#pragma once

#include <functional>

#include "api/functions/mapping_source.h"
#include "api/functions/rest_error.h"
#include "api/wire/services.h"
#include "storage/base/json.h"
#include "streams/mappings/mapping.h"

namespace millrace::api {

// Applied to settings, in commit order: pure. kInvalidArgument, with the message for the client, if
// the whole would not fit together.
using SettingsEdit = std::function<Status(streams::MappingSettings*)>;

// Reads the members that can be updated, which have passed the checks of mapping_members.h. Looks
// up the function.
RestStatus ReadSettings(const Services& services, const MappingSource& source, json::Value input,
                        SettingsEdit* edit);
// The settings of a new mapping before its request is read.
streams::MappingSettings DefaultSettings(SourceKind kind);
// What depends on things outside the mapping: whether messages of a queue stay invisible for as
// long as the function may run.
RestStatus CheckSettings(const Services& services, const MappingSource& source,
                         const streams::MappingSettings& settings);

}  // namespace millrace::api
