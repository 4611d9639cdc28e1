// Which function a request is about, and the parts of answers that name functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/functions/rest_call.h"
#include "api/functions/rest_error.h"
#include "api/wire/services.h"
#include "streams/functions/function.h"
#include "streams/functions/function_catalog.h"

namespace millrace::api {

struct FunctionTarget {
  std::string name;       // bare
  std::string qualifier;  // "$LATEST", a version, an alias, or empty: none was given
};

// Reads `text` in any of the forms that name a function, with the qualifier that was given beside
// it (empty: none). ResourceNotFoundException if it is of another region or account.
RestStatus ReadFunctionTarget(const Services& services, std::string_view text,
                              std::string_view qualifier, FunctionTarget* target);
// The first open segment of the path, and the query parameter Qualifier.
RestStatus ReadFunctionTarget(const Services& services, const RestCall& call,
                              FunctionTarget* target);

// A target with the function, and the version that the qualifier names.
struct FoundFunction {
  FunctionTarget target;
  streams::FunctionPointer function;
  streams::FunctionVersionPointer version;
};
// ReadFunctionTarget, and what it names; ResourceNotFoundException if there is no such thing.
RestStatus FindFunction(const Services& services, const RestCall& call, FoundFunction* found);

// The ARN of a function on this server; of the function itself if the qualifier is empty.
std::string FunctionArn(const Services& services, std::string_view name,
                        std::string_view qualifier);
// "Function not found: <arn>".
RestStatus FunctionMissing(const Services& services, const FunctionTarget& target);

// The key under which the catalog keeps settings of a qualifier: "$LATEST" for an empty one.
std::string_view SettingsKey(const FunctionTarget& target);

// What a failure of the catalog means for the caller.
RestStatus FromCatalog(const Status& status);

}  // namespace millrace::api
