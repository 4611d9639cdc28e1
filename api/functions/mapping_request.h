// What requests say about event source mappings: settings with their ranges, and names.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/functions/function_target.h"
#include "api/functions/mapping_source.h"
#include "api/functions/rest_error.h"
#include "api/wire/constraints.h"
#include "api/wire/services.h"
#include "api/wire/shape.h"
#include "storage/base/json.h"
#include "streams/mappings/mapping.h"

namespace millrace::api {

// Shapes of nested members.
extern const Shape kFilterCriteriaShape;
extern const Shape kDestinationConfigShape;
extern const Shape kMetricsConfigShape;
extern const Shape kAnyStructureListShape;  // not looked into

// The constraints of the members that can be updated, in the order of the protocol's model. Any of
// them may be absent.
void CheckMappingMembers(json::Value input, ConstraintCollector* constraints);
// Refuses members that a source of this kind does not have.
RestStatus CheckMembersOfSource(json::Value input, SourceKind kind);

// Applied to settings, in commit order: pure. kInvalidArgument, with the message for the client, if
// the whole would not fit together.
using SettingsEdit = std::function<Status(streams::MappingSettings*)>;
// Reads the members that can be updated, which have passed the checks above. Looks up the function.
RestStatus ReadSettings(const Services& services, json::Value input, SettingsEdit* edit);

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
