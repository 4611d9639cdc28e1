// What a request tells the conditions of policies: its condition keys and their values. Policies
// know keys by FactKey, so that names are compared once, when a document is read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::api::access {

// The condition keys that mean something here.
enum class FactName : uint8_t {
  kUnknown,  // of no request here: as if it were never there
  kCurrentTime,
  kEpochTime,
  kPrincipalAccount,
  kPrincipalArn,
  kPrincipalTag,  // has a detail: the tag's name
  kPrincipalType,
  kReferer,
  kRequestedRegion,
  kRequestTag,   // likewise
  kResourceTag,  // likewise
  kSecureTransport,
  kSourceIp,
  kTagKeys,
  kUserAgent,
  kUserId,
  kUserName,
  kViaAwsService,
  kAttributes,
  kEnclosingOperation,
  kFullTableScan,
  kLeadingKeys,
  kReturnConsumedCapacity,
  kReturnValues,
  kSelect,
  kFunctionArn,
  kFunctionUrlAuthType,
};
inline constexpr size_t kFactNameCount = 27;

struct FactKey {
  FactName name = FactName::kUnknown;
  std::string detail;  // what is behind the slash of "aws:RequestTag/colour"
  friend bool operator==(const FactKey&, const FactKey&) = default;
};

// The key of that name, whatever the case of its letters (that of a detail matters). Thread-safe.
FactKey FindFactKey(std::string_view name);

// The values of one key. Most keys have one.
using FactValues = std::vector<std::string>;

// The condition keys of one request; made as they are asked for. Belongs to one thread.
class Facts {
 public:
  virtual ~Facts() = default;
  // The values of a key, nullptr if the request has no such key. Stays valid as long as the object.
  virtual const FactValues* Find(const FactKey& key) const = 0;
};

}  // namespace millrace::api::access
