// What event source mappings can take events from.
#pragma once

#include <cstdint>
#include <string_view>

#include "api/functions/rest_error.h"
#include "api/wire/services.h"

namespace millrace::api {

enum class SourceKind : uint8_t { kStream, kQueue };

// The kind of source that an ARN is of. InvalidParameterValueException if it is none that this
// server knows.
RestStatus ReadSourceKind(std::string_view arn, SourceKind* kind);

// The id of the stream with that ARN; InvalidParameterValueException if there is none.
RestStatus FindSourceStream(const Services& services, std::string_view arn, uint32_t* stream_id);

}  // namespace millrace::api
