// What is kept of functions: configurations, versions, aliases, settings, layers. Plain data,
// immutable once it is published; function_catalog.h changes and publishes it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::streams {

inline constexpr std::string_view kLatestVersion = "$LATEST";

// Limits, as Lambda documents them. Sizes in bytes.
inline constexpr size_t kZipSizeMax = 50 * 1024 * 1024;
inline constexpr int64_t kUnzippedSizeMax = 262'144'000;  // code and layers together
inline constexpr size_t kFunctionTagsMax = 50;
inline constexpr size_t kFunctionLayersMax = 5;
inline constexpr size_t kPolicySizeMax = 20 * 1024;

// Code that has been taken in: a zip in the code store, or a directory that is used in place.
struct FunctionCode {
  std::string sha256_hex;      // of the zip; of a directory: of its path
  int64_t size_bytes = 0;      // of the zip; 0 for a directory
  int64_t unzipped_bytes = 0;  // likewise
  std::string directory;       // absolute and canonical; empty: a zip
  bool operator==(const FunctionCode&) const = default;
};
// The hash as the API shows it.
std::string CodeSha256Base64(const FunctionCode& code);

// A layer version that a function uses. Goes on working when the layer version is deleted.
struct LayerReference {
  std::string arn;    // of the layer version
  FunctionCode code;  // filled by the catalog
  bool operator==(const LayerReference&) const = default;
};

// What the client of the API says about how a function is run.
struct FunctionConfiguration {
  std::string runtime;
  std::string role;
  std::string handler;
  std::string description;
  std::string package_type = "Zip";
  int64_t timeout_s = 3;
  int64_t memory_mb = 128;
  int64_t ephemeral_storage_mb = 512;
  std::string architecture;  // "x86_64" or "arm64"; empty at creation: the host's
  std::vector<std::pair<std::string, std::string>> environment;
  bool has_environment = false;        // tells {} from none at all
  std::vector<LayerReference> layers;  // in order; edits give the ARNs
  std::string dead_letter_arn;         // empty: none
  std::string tracing_mode = "PassThrough";
  std::string log_format = "Text";
  std::string application_log_level;  // empty: not given
  std::string system_log_level;       // likewise
  std::string log_group;              // empty: /aws/lambda/ and the name
  std::string kms_key_arn;            // empty: none
  // Members that have no effect, by name, each the JSON text of its value: VpcConfig,
  // FileSystemConfigs, ImageConfig, SnapStart, CodeSigningConfigArn, TenancyConfig, DurableConfig,
  // CapacityProviderConfig.
  std::map<std::string, std::string> echoed;
  bool operator==(const FunctionConfiguration&) const = default;
};

// One version: a published one, which does not change any more, or "$LATEST" at some moment.
struct FunctionVersion {
  std::string version{kLatestVersion};  // or a number
  FunctionConfiguration configuration;
  FunctionCode code;
  std::string revision_id;
  int64_t modified_ms = 0;
  int64_t active_ms = 0;   // before this time State is Pending
  int64_t updated_ms = 0;  // before this time LastUpdateStatus is InProgress
  bool operator==(const FunctionVersion&) const = default;
};
using FunctionVersionPointer = std::shared_ptr<const FunctionVersion>;

struct Alias {
  std::string name;
  std::string version;  // "$LATEST" or a number
  std::string description;
  std::string additional_version;  // empty: all invocations go to `version`
  double additional_weight = 0;    // the share of `additional_version`, 0 to 1
  std::string revision_id;
  bool operator==(const Alias&) const = default;
};

struct PolicyStatement {
  std::string statement_id;
  std::string json;  // the whole statement
  bool operator==(const PolicyStatement&) const = default;
};
struct FunctionPolicy {
  std::vector<PolicyStatement> statements;  // never empty
  std::string revision_id;
  bool operator==(const FunctionPolicy&) const = default;
};

// What becomes of asynchronous events; what is not given has a default.
struct EventInvokeConfig {
  std::optional<int64_t> retry_attempts_max;  // 0 to 2
  std::optional<int64_t> event_age_max_s;     // 60 to 21600
  std::string on_success_arn;                 // empty: none
  std::string on_failure_arn;                 // likewise
  int64_t modified_ms = 0;
  bool operator==(const EventInvokeConfig&) const = default;
};

struct FunctionUrlConfig {
  std::string url_id;  // 32 lower-case letters and digits; given by the catalog
  std::string auth_type;
  std::string invoke_mode = "BUFFERED";
  std::string cors_json;  // the JSON text of Cors; empty: not given
  int64_t creation_ms = 0;
  int64_t modified_ms = 0;
  bool operator==(const FunctionUrlConfig&) const = default;
};

struct ProvisionedConcurrency {
  int64_t environment_count = 0;
  int64_t modified_ms = 0;
  bool operator==(const ProvisionedConcurrency&) const = default;
};

// Published versions, by number.
using FunctionVersions = std::map<uint64_t, FunctionVersionPointer>;

// A function with everything that belongs to it. Settings per qualifier are kept under "$LATEST", a
// version or an alias; policies and URLs of the function itself likewise under "$LATEST".
struct Function {
  std::string name;
  std::string arn;  // without a qualifier
  FunctionVersionPointer latest;
  FunctionVersions versions;
  uint64_t last_version = 0;  // the highest number ever given
  // The version that was published last, and what it was made of: publishing the same again gives
  // that version.
  uint64_t last_published = 0;
  std::string last_published_digest;
  std::map<std::string, Alias, std::less<>> aliases;
  std::optional<int64_t> reserved_concurrency;
  std::map<std::string, EventInvokeConfig, std::less<>> event_invoke_configs;
  std::map<std::string, FunctionUrlConfig, std::less<>> urls;
  std::map<std::string, FunctionPolicy, std::less<>> policies;
  std::map<std::string, ProvisionedConcurrency, std::less<>> provisioned;
  std::map<std::string, std::string, std::less<>> tags;
  bool recursion_allowed = false;
};
using FunctionPointer = std::shared_ptr<const Function>;

// The version that a qualifier names (empty: the unpublished one; an alias: its main version), or
// nullptr.
FunctionVersionPointer FindVersion(const Function& function, std::string_view qualifier);

struct LayerVersion {
  std::string layer;
  uint64_t version = 0;
  std::string arn;  // with the version
  std::string description;
  std::string license;
  std::vector<std::string> runtimes;
  std::vector<std::string> architectures;
  FunctionCode code;
  int64_t creation_ms = 0;
  bool operator==(const LayerVersion&) const = default;
};
using LayerVersionPointer = std::shared_ptr<const LayerVersion>;

struct Layer {
  std::string name;
  std::string arn;  // without a version
  uint64_t last_version = 0;
  std::map<uint64_t, LayerVersionPointer> versions;  // may be empty: all have been deleted
};
using LayerPointer = std::shared_ptr<const Layer>;

}  // namespace millrace::streams
