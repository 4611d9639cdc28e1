// Members of requests that say where code is, and the shapes of what is nested in requests.
#include <array>
#include <string>
#include <utility>

#include "api/functions/function_request.h"
#include "api/functions/function_target.h"
#include "storage/base/base64.h"

namespace millrace::api {
namespace {

constexpr size_t kBucketSizeMin = 3;
constexpr size_t kBucketSizeMax = 63;
constexpr size_t kKeySizeMax = 1024;

constexpr auto kCodeMembers = std::to_array<ShapeMember>({
    {"ZipFile", &kBlobShape},
    {"S3Bucket", &kStringShape},
    {"S3Key", &kStringShape},
    {"S3ObjectVersion", &kStringShape},
    {"ImageUri", &kStringShape},
});
constexpr auto kEnvironmentMembers = std::to_array<ShapeMember>({
    {"Variables", &kStringMapShape},
});
constexpr auto kVpcMembers = std::to_array<ShapeMember>({
    {"SubnetIds", &kStringListShape},
    {"SecurityGroupIds", &kStringListShape},
    {"Ipv6AllowedForDualStack", &kBooleanShape},
});
constexpr auto kTargetMembers = std::to_array<ShapeMember>({
    {"TargetArn", &kStringShape},
});
constexpr auto kTracingMembers = std::to_array<ShapeMember>({
    {"Mode", &kStringShape},
});
constexpr auto kFileSystemMembers = std::to_array<ShapeMember>({
    {"Arn", &kStringShape},
    {"LocalMountPath", &kStringShape},
});
constexpr Shape kFileSystemShape = {ShapeKind::kStructure, "FileSystemConfig", nullptr,
                                    kFileSystemMembers};
constexpr auto kImageMembers = std::to_array<ShapeMember>({
    {"EntryPoint", &kStringListShape},
    {"Command", &kStringListShape},
    {"WorkingDirectory", &kStringShape},
});
constexpr auto kStorageMembers = std::to_array<ShapeMember>({
    {"Size", &kIntegerShape},
});
constexpr auto kSnapStartMembers = std::to_array<ShapeMember>({
    {"ApplyOn", &kStringShape},
});
constexpr auto kLoggingMembers = std::to_array<ShapeMember>({
    {"LogFormat", &kStringShape},
    {"ApplicationLogLevel", &kStringShape},
    {"SystemLogLevel", &kStringShape},
    {"LogGroup", &kStringShape},
});

}  // namespace

const Shape kCodeShape = {ShapeKind::kStructure, "FunctionCode", nullptr, kCodeMembers};
const Shape kEnvironmentShape = {ShapeKind::kStructure, "Environment", nullptr,
                                 kEnvironmentMembers};
const Shape kVpcConfigShape = {ShapeKind::kStructure, "VpcConfig", nullptr, kVpcMembers};
const Shape kTargetShape = {ShapeKind::kStructure, "DeadLetterConfig", nullptr, kTargetMembers};
const Shape kTracingConfigShape = {ShapeKind::kStructure, "TracingConfig", nullptr,
                                   kTracingMembers};
const Shape kFileSystemConfigsShape = {ShapeKind::kList, {}, &kFileSystemShape, {}};
const Shape kImageConfigShape = {ShapeKind::kStructure, "ImageConfig", nullptr, kImageMembers};
const Shape kEphemeralStorageShape = {ShapeKind::kStructure, "EphemeralStorage", nullptr,
                                      kStorageMembers};
const Shape kSnapStartShape = {ShapeKind::kStructure, "SnapStart", nullptr, kSnapStartMembers};
const Shape kLoggingConfigShape = {ShapeKind::kStructure, "LoggingConfig", nullptr,
                                   kLoggingMembers};
const Shape kAnyStructureShape = {ShapeKind::kStructure, "Structure", nullptr, {}};

void CheckCode(json::Value code, std::string_view path, ConstraintCollector* constraints) {
  const std::string prefix = path.empty() ? std::string() : std::string(path) + ".";
  const json::Value bucket = code.Find("S3Bucket");
  CheckPattern(bucket, prefix + "s3Bucket", kBucketPattern, constraints);
  constraints->CheckLength(bucket, prefix + "s3Bucket", kBucketSizeMin, kBucketSizeMax);
  constraints->CheckLength(code.Find("S3Key"), prefix + "s3Key", 1, kKeySizeMax);
}

RestStatus StoreCode(const Services& services, json::Value code, streams::StoredCode* stored) {
  const json::Value zip = code.Find("ZipFile");
  const json::Value bucket = code.Find("S3Bucket");
  const json::Value key = code.Find("S3Key");
  const bool has_object =
      bucket.present() || key.present() || code.Find("S3ObjectVersion").present();
  if (code.Find("ImageUri").present()) {
    return InvalidParameterValue(
        "Container images are not supported. Please provide a deployment package.");
  }
  if (zip.present() && has_object) {
    return InvalidParameterValue(
        "Please do not provide other FunctionCode parameters when providing a ZipFile.");
  }
  Result<streams::StoredCode> result = Status(StatusCode::kInternal, "");
  if (zip.present()) {
    std::string bytes;
    if (DecodeBase64(zip.AsString(), &bytes) != Base64Error::kNone || bytes.empty()) {
      return InvalidParameterValue("Uploaded file must be a non-empty zip");
    }
    result = services.functions->StoreZip(bytes);
  } else if (bucket.present() && key.present()) {
    result = services.functions->StoreFromBucket(bucket.AsString(), key.AsString());
  } else {
    return InvalidParameterValue("Please provide a source for function code.");
  }
  if (!result.ok()) {
    return FromCatalog(result.status());
  }
  *stored = std::move(result).value();
  return {};
}

}  // namespace millrace::api
