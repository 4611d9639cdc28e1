// The list of operations on functions. A new one is its own file and one line here.
#include "api/functions/operation_list.h"

namespace millrace::api {

std::span<const RestOperation> FunctionOperations() { return {}; }

}  // namespace millrace::api
