// ListEventSourceMappings: in order of the UUIDs, all of them or those of one source or function.
#include <utility>

#include "api/functions/function_target.h"
#include "api/functions/invocation_operation_list.h"
#include "api/functions/mapping_reply.h"
#include "streams/mappings/mapping_engine.h"

namespace millrace::api {
namespace {

constexpr size_t kPageMax = 100;

// What the mappings of the answer must have.
struct Selection {
  std::optional<std::string_view> event_source_arn;
  std::optional<FunctionTarget> function;

  bool Has(const streams::Mapping& mapping) const {
    return (!event_source_arn.has_value() || mapping.event_source_arn == *event_source_arn) &&
           (!function.has_value() || (mapping.settings.function_name == function->name &&
                                      mapping.settings.qualifier == function->qualifier));
  }
};

RestStatus ReadSelection(const Services& services, const RestCall& call, Selection* selection) {
  selection->event_source_arn = call.Query("EventSourceArn");
  if (selection->event_source_arn.has_value() && selection->event_source_arn->empty()) {
    selection->event_source_arn.reset();
  }
  const std::optional<std::string_view> name = call.Query("FunctionName");
  if (name.has_value() && !name->empty()) {
    selection->function.emplace();
    RETURN_IF_REST_ERROR(ReadFunctionTarget(services, *name, {}, &*selection->function));
  }
  return {};
}

}  // namespace

void RunListEventSourceMappings(const Services& services, RestCall* call) {
  Selection selection;
  RestPage page;
  RestStatus status = ReadRestPage(*call, kPageMax, &page);
  if (status.ok()) {
    status = ReadSelection(services, *call, &selection);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  std::string body;
  json::Writer writer(&body);
  writer.BeginObject();
  writer.Key("EventSourceMappings");
  writer.BeginArray();
  size_t count = 0;
  std::string last;
  bool more = false;
  for (const auto& [mapping, figures] : services.mappings->Snapshot()) {
    if (mapping.uuid <= page.after || !selection.Has(mapping)) {
      continue;
    }
    if (count == page.size) {
      more = true;
      break;
    }
    WriteMapping(services, mapping, StatusOf(services, mapping, figures), &writer);
    last = mapping.uuid;
    ++count;
  }
  writer.EndArray();
  if (more) {
    writer.Member("NextMarker", RestMarker(last));
  }
  writer.EndObject();
  call->Reply(200, std::move(body));
}

}  // namespace millrace::api
