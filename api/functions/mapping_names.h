// What event source mappings are called, and which there are between a source and a function.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/functions/rest_error.h"
#include "api/wire/services.h"
#include "streams/mappings/mapping.h"

namespace millrace::api {

// The ARN of a mapping of this server.
std::string MappingArn(const Services& services, std::string_view uuid);
// The ARN of the function that a mapping invokes.
std::string MappingFunctionArn(const Services& services, const streams::MappingSettings& settings);
RestStatus MappingNotFound();

// The mapping of the same source and function as `settings`, besides `except`.
std::optional<std::string> FindSameMapping(const Services& services,
                                           std::string_view event_source_arn,
                                           const streams::MappingSettings& settings,
                                           std::string_view except);
RestStatus MappingExists(const Services& services, std::string_view event_source_arn,
                         const streams::MappingSettings& settings, const std::string& uuid);

}  // namespace millrace::api
