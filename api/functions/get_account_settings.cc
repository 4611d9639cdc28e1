// GetAccountSettings: the limits that this server has, and how much of them is used.
#include <algorithm>

#include "api/functions/invocation_operation_list.h"
#include "storage/base/json.h"
#include "streams/functions/function.h"
#include "streams/functions/function_catalog.h"

namespace millrace::api {
namespace {

// Lambda's own number; nothing is refused because of it.
constexpr int64_t kCodeSizeTotalMax = 80'530'636'800;

}  // namespace

void RunGetAccountSettings(const Services& services, RestCall* call) {
  const streams::FunctionUsage usage = services.functions->Usage();
  const int64_t concurrency = services.functions->options().concurrency_limit;
  std::string body;
  json::Writer writer(&body);
  const auto add = [&writer](std::string_view name, int64_t value) {
    writer.Key(name);
    writer.Int(value);
  };
  writer.BeginObject();
  writer.Key("AccountLimit");
  writer.BeginObject();
  add("TotalCodeSize", kCodeSizeTotalMax);
  add("CodeSizeUnzipped", streams::kUnzippedSizeMax);
  add("CodeSizeZipped", static_cast<int64_t>(streams::kZipSizeMax));
  add("ConcurrentExecutions", concurrency);
  add("UnreservedConcurrentExecutions",
      std::max<int64_t>(0, concurrency - usage.reserved_concurrency));
  writer.EndObject();
  writer.Key("AccountUsage");
  writer.BeginObject();
  add("TotalCodeSize", usage.code_size_bytes);
  add("FunctionCount", usage.function_count);
  writer.EndObject();
  writer.EndObject();
  call->Reply(200, std::move(body));
}

}  // namespace millrace::api
