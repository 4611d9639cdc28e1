// What event source mappings can take events from: streams of tables, and queues.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/functions/rest_error.h"
#include "api/wire/services.h"
#include "streams/mappings/mapping.h"

namespace millrace::api {

enum class SourceKind : uint8_t { kStream, kQueue };

struct MappingSource {
  SourceKind kind = SourceKind::kStream;
  std::string arn;
  uint32_t stream_id = 0;            // of streams
  bool fifo = false;                 // of queues
  int64_t visibility_timeout_s = 0;  // likewise
};

// The kind of source that an ARN is of. InvalidParameterValueException if it is none that this
// server knows.
RestStatus ReadSourceKind(std::string_view arn, SourceKind* kind);
// The source with that ARN; InvalidParameterValueException if there is none.
RestStatus FindSource(const Services& services, std::string_view arn, MappingSource* source);
// The source of a mapping. It may be gone: then only what the ARN says is filled in.
MappingSource SourceOf(const Services& services, const streams::Mapping& mapping);

}  // namespace millrace::api
