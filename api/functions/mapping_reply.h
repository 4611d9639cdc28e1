// Event source mappings as answers show them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/functions/mapping_transitions.h"
#include "api/functions/rest_call.h"
#include "api/wire/services.h"
#include "storage/base/json.h"
#include "streams/mappings/mapping.h"
#include "streams/mappings/mapping_progress.h"

namespace millrace::api {

// What a mapping is doing.
struct MappingStatus {
  std::optional<MappingChange> change;  // under way
  std::string_view last_result;         // as the protocol tells it
};
MappingStatus StatusOf(const Services& services, const streams::Mapping& mapping);
// The same if its figures are known already; nothing: it is gone.
MappingStatus StatusOf(const Services& services, const streams::Mapping& mapping,
                       const std::optional<streams::MappingFigures>& figures);

// The mapping of that id, if it may be changed now: ResourceInUseException while it is being made,
// changed or deleted. `what` is what somebody wants to do with it.
RestStatus FindQuietMapping(const Services& services, const std::string& uuid,
                            std::string_view what, streams::Mapping* mapping);

// Notes the change, if there is somebody to note it.
void NoteChange(const Services& services, const streams::Mapping& mapping, MappingChange change);

// Writes the configuration as an object.
void WriteMapping(const Services& services, const streams::Mapping& mapping,
                  const MappingStatus& status, json::Writer* writer);
// Answers with it.
void ReplyMapping(const Services& services, int http_status, const streams::Mapping& mapping,
                  const MappingStatus& status, RestCall* call);

}  // namespace millrace::api
