// The names of condition keys.
#include "api/access/facts.h"

#include <algorithm>

namespace millrace::api::access {
namespace {

struct NamedFact {
  std::string_view name;  // lower case; of keys with a detail, with the slash
  FactName fact;
};

constexpr NamedFact kFacts[] = {
    {"aws:currenttime", FactName::kCurrentTime},
    {"aws:epochtime", FactName::kEpochTime},
    {"aws:principalaccount", FactName::kPrincipalAccount},
    {"aws:principalarn", FactName::kPrincipalArn},
    {"aws:principaltag/", FactName::kPrincipalTag},
    {"aws:principaltype", FactName::kPrincipalType},
    {"aws:referer", FactName::kReferer},
    {"aws:requestedregion", FactName::kRequestedRegion},
    {"aws:requesttag/", FactName::kRequestTag},
    {"aws:resourcetag/", FactName::kResourceTag},
    {"aws:securetransport", FactName::kSecureTransport},
    {"aws:sourceip", FactName::kSourceIp},
    {"aws:tagkeys", FactName::kTagKeys},
    {"aws:useragent", FactName::kUserAgent},
    {"aws:userid", FactName::kUserId},
    {"aws:username", FactName::kUserName},
    {"aws:viaawsservice", FactName::kViaAwsService},
    {"dynamodb:attributes", FactName::kAttributes},
    {"dynamodb:enclosingoperation", FactName::kEnclosingOperation},
    {"dynamodb:fulltablescan", FactName::kFullTableScan},
    {"dynamodb:leadingkeys", FactName::kLeadingKeys},
    {"dynamodb:returnconsumedcapacity", FactName::kReturnConsumedCapacity},
    {"dynamodb:returnvalues", FactName::kReturnValues},
    {"dynamodb:select", FactName::kSelect},
    {"lambda:functionarn", FactName::kFunctionArn},
    {"lambda:functionurlauthtype", FactName::kFunctionUrlAuthType},
};

char ToLower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

}  // namespace

FactKey FindFactKey(std::string_view name) {
  const size_t slash = name.find('/');
  const size_t size = slash == std::string_view::npos ? name.size() : slash + 1;
  std::string lower(name.substr(0, size));
  std::transform(lower.begin(), lower.end(), lower.begin(), ToLower);
  for (const NamedFact& fact : kFacts) {
    if (fact.name == lower) {
      return {fact.fact, std::string(name.substr(size))};
    }
  }
  return {FactName::kUnknown, std::string(name)};
}

}  // namespace millrace::api::access
