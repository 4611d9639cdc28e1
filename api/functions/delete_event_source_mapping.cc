// DeleteEventSourceMapping: answers with the mapping as it was last.
#include <utility>

#include "api/functions/invocation_operation_list.h"
#include "api/functions/mapping_names.h"
#include "api/functions/mapping_reply.h"
#include "streams/mappings/mapping_engine.h"

namespace millrace::api {

void RunDeleteEventSourceMapping(const Services& services, RestCall* call) {
  streams::Mapping mapping;
  const RestStatus status = FindQuietMapping(services, call->segment(0), "delete", &mapping);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const std::string_view last_result = StatusOf(services, mapping).last_result;
  services.mappings->Delete(
      mapping.uuid, [&services, last_result, call](const Result<streams::Mapping>& deleted) {
        if (!deleted.ok()) {
          call->Fail(FromFunctionStore(deleted.status()));
          return;
        }
        NoteChange(services, deleted.value(), MappingChange::kDeleting);
        ReplyMapping(services, 202, deleted.value(), {MappingChange::kDeleting, last_result}, call);
      });
}

}  // namespace millrace::api
