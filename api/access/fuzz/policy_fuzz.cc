// Feeds arbitrary documents to the parser of policies, as both kinds, and lets what it accepts
// judge some requests. A denial must stay one when a permission is added.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "api/access/policy.h"
#include "api/access/test_facts.h"
#include "storage/base/check.h"

namespace {

using namespace millrace;               // NOLINT: a program of one file
using namespace millrace::api::access;  // NOLINT

constexpr std::string_view kEverything =
    R"({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  static const TestFacts facts({{"aws:username", {"ada"}},
                                {"aws:SourceIp", {"10.1.2.3"}},
                                {"aws:CurrentTime", {"2026-11-21T10:00:00Z"}},
                                {"aws:EpochTime", {"1795255200"}},
                                {"aws:SecureTransport", {"true"}},
                                {"aws:PrincipalArn", {"arn:aws:iam::000000000000:user/ada"}},
                                {"aws:TagKeys", {"a", "b"}},
                                {"dynamodb:LeadingKeys", {"ada"}},
                                {"dynamodb:Attributes", {"id", "name"}}});
  static const Principal principal = {"ada", "arn:aws:iam::000000000000:user/ada", "000000000000"};
  if (size_bytes > Policy::kDocumentSizeMax) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data), size_bytes);
  for (const PolicyKind kind : {PolicyKind::kIdentity, PolicyKind::kResource}) {
    Policy policy;
    const Status status = policy.AddText(text, kind);
    if (!status.ok()) {
      CHECK(!status.message().empty());
      CHECK(policy.size() == 0);
      continue;
    }
    for (const std::string_view action : {"dynamodb:PutItem", "sqs:SendMessage", ""}) {
      for (const std::string_view resource :
           {"*", "arn:aws:dynamodb:us-east-1:000000000000:table/ada", ""}) {
        const AccessRequest request = {action, resource, &principal, &facts};
        const Verdict verdict = policy.Judge(request);
        Policy more = policy;
        CHECK(more.AddText(kEverything, PolicyKind::kResource).ok());
        CHECK(more.Judge(request) ==
              (verdict == Verdict::kDenied ? Verdict::kDenied : Verdict::kAllowed));
      }
    }
  }
  return 0;
}
