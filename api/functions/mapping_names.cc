// Naming event source mappings.
#include "api/functions/mapping_names.h"

#include "api/functions/function_target.h"
#include "streams/mappings/mapping_engine.h"

namespace millrace::api {

std::string MappingArn(const Services& services, std::string_view uuid) {
  return std::string("arn:aws:lambda:")
      .append(services.region)
      .append(":")
      .append(services.account)
      .append(":event-source-mapping:")
      .append(uuid);
}

std::string MappingFunctionArn(const Services& services, const streams::MappingSettings& settings) {
  return FunctionArn(services, settings.function_name, settings.qualifier);
}

RestStatus MappingNotFound() { return RestNotFound("The resource you requested does not exist."); }

std::optional<std::string> FindSameMapping(const Services& services,
                                           std::string_view event_source_arn,
                                           const streams::MappingSettings& settings,
                                           std::string_view except) {
  for (const streams::Mapping& mapping : services.mappings->List()) {
    if (mapping.event_source_arn == event_source_arn && mapping.uuid != except &&
        mapping.settings.function_name == settings.function_name &&
        mapping.settings.qualifier == settings.qualifier) {
      return mapping.uuid;
    }
  }
  return std::nullopt;
}

RestStatus MappingExists(const Services& services, std::string_view event_source_arn,
                         const streams::MappingSettings& settings, const std::string& uuid) {
  return {RestErrorType::kResourceConflict,
          "An event source mapping with event source arn (\" " + std::string(event_source_arn) +
              " \") and function name (\" " + MappingFunctionArn(services, settings) +
              " \") already exists. Please update or delete the existing mapping with UUID " +
              uuid};
}

}  // namespace millrace::api
