// Plain refusals of features that are not there.
#include "api/operations/unsupported.h"

#include "api/wire/shape.h"

namespace millrace::api {
namespace {

bool HasElements(json::Value list) { return list.present() && list.size() > 0; }

}  // namespace

ApiStatus RefuseUnsupported(json::Value input) {
  const json::Value stream = input.Find("StreamSpecification");
  if (stream.present() && BooleanOf(stream.Find("StreamEnabled"))) {
    return ValidationError(
        "One or more parameter values were invalid: Streams are not supported yet");
  }
  if (HasElements(input.Find("ReplicaUpdates"))) {
    return ValidationError(
        "One or more parameter values were invalid: Replicas are not supported yet");
  }
  return ApiStatus::Ok();
}

}  // namespace millrace::api
