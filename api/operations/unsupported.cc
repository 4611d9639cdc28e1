// Plain refusals of features that are not there.
#include "api/operations/unsupported.h"

namespace millrace::api {
namespace {

bool HasElements(json::Value list) { return list.present() && list.size() > 0; }

}  // namespace

ApiStatus RefuseUnsupported(json::Value input) {
  if (HasElements(input.Find("ReplicaUpdates"))) {
    return ValidationError(
        "One or more parameter values were invalid: Replicas are not supported yet");
  }
  return ApiStatus::Ok();
}

}  // namespace millrace::api
