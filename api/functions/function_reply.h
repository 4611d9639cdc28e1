// What answers say about functions.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "api/functions/function_target.h"
#include "api/functions/rest_call.h"
#include "api/wire/services.h"
#include "storage/base/json.h"
#include "streams/functions/function.h"
#include "streams/functions/function_catalog.h"

namespace millrace::api {

// Writes the FunctionConfiguration of a version, an object. `arn_qualifier` is what its ARN ends
// with; empty: the ARN of the function itself.
void WriteFunctionConfiguration(const Services& services, const streams::Function& function,
                                const streams::FunctionVersion& version,
                                std::string_view arn_qualifier, json::Writer* writer);

// Writes the members of an object.
using WriteMembers = std::function<void(json::Writer* writer)>;
// Answers with an object.
void ReplyObject(RestCall* call, int http_status, const WriteMembers& write);

// For changes of the catalog: answers with the failure, or with what `reply` makes of the outcome.
streams::FunctionCatalog::Done ReplyTo(
    RestCall* call, std::function<void(const streams::FunctionOutcome& outcome)> reply);
// Likewise; answers with the configuration of the outcome's version. The ARN has the version at its
// end if it is a published one.
streams::FunctionCatalog::Done ReplyConfiguration(const Services& services, RestCall* call,
                                                  int http_status);
// Likewise; answers 204.
streams::FunctionCatalog::Done ReplyNothing(RestCall* call);

// A link to the package of a function or layer, as the client that asks would reach it.
std::string CodeLocation(const Services& services, const RestCall& call,
                         const streams::FunctionCode& code);

}  // namespace millrace::api
