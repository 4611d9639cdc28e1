// Fuzz target of everything that reads credentials: the input is a request target, a line break,
// an Authorization value, a line break and a date.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/auth/access_keys.h"
#include "server/auth/authenticator.h"
#include "storage/base/check.h"

namespace {

// One key, under an id that the corpus has.
const millrace::server::AccessKeys& Keys() {
  static const auto* const keys = [] {
    auto* made = new millrace::server::AccessKeys("");
    made->Add({"AKID", "a secret that no input can have signed with", "", ""});
    return made;
  }();
  return *keys;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string_view parts[3];
  for (std::string_view& part : parts) {
    const size_t end = text.find('\n');
    part = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  millrace::server::RequestHead head;
  head.SetRequestLine("POST", parts[0], 1);
  for (const bool with_header : {false, true}) {
    if (with_header) {
      (void)head.AddField("Authorization", parts[1]);
      (void)head.AddField("X-Amz-Date", parts[2]);
    }
    const millrace::ManualClock clock(1763683200000);
    std::string key;
    (void)millrace::server::ShapeAuthenticator(&clock, "us-east-1").Authenticate(head, "", &key);
    (void)millrace::server::OpenAuthenticator().Authenticate(head, "", &key);
    CHECK(!millrace::server::VerifyingAuthenticator(&clock, "us-east-1", &Keys())
               .Authenticate(head, "", &key)
               .ok());
  }
  return 0;
}
