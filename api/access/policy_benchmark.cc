// What a policy costs per request: 50 statements of the kinds that policies are made of, and a
// request that the last of them is about. At most two microseconds are wanted.
#include <benchmark/benchmark.h>

#include <string>

#include "api/access/policy.h"
#include "api/access/test_facts.h"

namespace millrace::api::access {
namespace {

constexpr int kStatements = 50;

// `last` is about the table of the request, the others are about other tables.
Policy MakePolicy(const std::string& last) {
  std::string text = R"({"Version": "2012-10-17", "Statement": [)";
  for (int index = 1; index < kStatements; ++index) {
    text += index % 5 == 0 ? R"({"Effect": "Deny", )" : R"({"Effect": "Allow", )";
    text += index % 2 == 0 ? R"("Action": ["dynamodb:GetItem", "dynamodb:PutItem"], )"
                           : R"("Action": "dynamodb:*", )";
    const std::string table = "table-" + std::to_string(index);
    text += R"("Resource": ["arn:aws:dynamodb:*:*:table/)" + table +
            R"(", "arn:aws:dynamodb:*:*:table/)" + table + R"(/index/*"]},)";
  }
  text += last + "]}";
  Policy policy;
  CHECK(policy.AddText(text, PolicyKind::kIdentity).ok());
  return policy;
}

void Judge(const Policy& policy, Verdict expected, benchmark::State* state) {
  const TestFacts facts({{"aws:username", {"ada"}},
                         {"dynamodb:LeadingKeys", {"ada"}},
                         {"dynamodb:Attributes", {"id", "name", "price", "count"}}});
  const Principal principal = {"ada", "arn:aws:iam::000000000000:user/ada", "000000000000"};
  const AccessRequest request = {"dynamodb:PutItem",
                                 "arn:aws:dynamodb:us-east-1:000000000000:table/orders", &principal,
                                 &facts};
  CHECK(policy.Judge(request) == expected);
  for (auto iteration : *state) {
    benchmark::DoNotOptimize(policy.Judge(request));
  }
}

void LastOfFifty(benchmark::State& state) {
  Judge(MakePolicy(R"({"Effect": "Allow", "Action": "dynamodb:PutItem",
                       "Resource": "arn:aws:dynamodb:us-east-1:000000000000:table/orders"})"),
        Verdict::kAllowed, &state);
}
BENCHMARK(LastOfFifty);

void LastOfFiftyWithConditions(benchmark::State& state) {
  Judge(MakePolicy(R"({"Effect": "Allow", "Action": "dynamodb:PutItem",
      "Resource": "arn:aws:dynamodb:us-east-1:000000000000:table/orders", "Condition": {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "${aws:username}",
          "dynamodb:Attributes": ["id", "name", "price", "count", "state"]}}})"),
        Verdict::kAllowed, &state);
}
BENCHMARK(LastOfFiftyWithConditions);

void NoneOfFifty(benchmark::State& state) {
  Judge(MakePolicy(R"({"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"})"),
        Verdict::kSilent, &state);
}
BENCHMARK(NoneOfFifty);

}  // namespace
}  // namespace millrace::api::access

BENCHMARK_MAIN();
