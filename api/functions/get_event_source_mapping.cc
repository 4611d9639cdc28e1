// GetEventSourceMapping.
#include "api/functions/invocation_operation_list.h"
#include "api/functions/mapping_names.h"
#include "api/functions/mapping_reply.h"
#include "streams/mappings/mapping_engine.h"

namespace millrace::api {

void RunGetEventSourceMapping(const Services& services, RestCall* call) {
  std::optional<streams::Mapping> mapping = services.mappings->Find(call->segment(0));
  if (!mapping.has_value() && services.mapping_transitions != nullptr) {
    mapping = services.mapping_transitions->Deleted(call->segment(0));
  }
  if (!mapping.has_value()) {
    call->Fail(MappingNotFound());
    return;
  }
  ReplyMapping(services, 200, *mapping, StatusOf(services, *mapping), call);
}

}  // namespace millrace::api
