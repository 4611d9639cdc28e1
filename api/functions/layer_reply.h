// Layers in requests and answers.
#pragma once

#include <cstdint>
#include <string>

#include "api/functions/rest_call.h"
#include "api/functions/rest_error.h"
#include "api/wire/services.h"
#include "storage/base/json.h"
#include "streams/functions/function.h"

namespace millrace::api {

// Which layer the first open segment of the path names: a name or an ARN, which must be of this
// server.
RestStatus ReadLayerName(const Services& services, const RestCall& call, std::string* name);

// The members of a layer version that lists show.
void WriteLayerVersionMembers(const streams::LayerVersion& version, json::Writer* writer);
// Answers with a layer version and where its package is.
void ReplyLayerVersion(const Services& services, const streams::LayerVersion& version,
                       int http_status, RestCall* call);

}  // namespace millrace::api
