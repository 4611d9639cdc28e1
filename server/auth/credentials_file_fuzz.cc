// Reads arbitrary bytes as a credentials file. What it gives can be used, and an error names a
// line.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "server/auth/access_keys.h"
#include "storage/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto keys = millrace::server::ParseCredentialsFile(
      std::string_view(reinterpret_cast<const char*>(data), size));
  if (!keys.ok()) {
    CHECK(keys.status().code() == millrace::StatusCode::kInvalidArgument);
    CHECK(keys.status().message().find("line") != std::string_view::npos);
    return 0;
  }
  std::set<std::string> ids;
  for (const millrace::server::AccessKey& key : keys.value()) {
    CHECK(!key.id.empty() && !key.secret.empty());
    CHECK(ids.insert(key.id).second);
    // Somebody may show these.
    CHECK(key.id.find_first_of("\r\n") == std::string::npos);
    CHECK(key.profile.find_first_of("\r\n") == std::string::npos);
  }
  return 0;
}
