// CreateLogStream and DeleteLogStream.
#include <array>

#include "api/logs/log_request.h"
#include "api/logs/operation_list.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 2> kMembers = {{
    {"logGroupName", &kStringShape},
    {"logStreamName", &kStringShape},
}};

LogStatus ReadNames(json::Value input, std::string* group, std::string* stream) {
  RETURN_IF_LOG_ERROR(ReadLogGroupName(input, group));
  return ReadLogStreamName(input, "logStreamName", stream);
}

}  // namespace

const Shape kCreateLogStreamShape = {ShapeKind::kStructure, "CreateLogStreamRequest", nullptr,
                                     kMembers};
const Shape kDeleteLogStreamShape = {ShapeKind::kStructure, "DeleteLogStreamRequest", nullptr,
                                     kMembers};

void RunCreateLogStream(const Services& services, Call* call) {
  std::string group;
  std::string stream;
  const LogStatus status = ReadNames(call->input, &group, &stream);
  if (!status.ok()) {
    FailLogCall(status, call);
    return;
  }
  services.logs->CreateStream(group, stream, call->home, [call](const Status& created) {
    if (created.code() == StatusCode::kAlreadyExists) {
      FailLogCall({LogErrorType::kResourceAlreadyExists, "The specified log stream already exists"},
                  call);
    } else {
      FinishLogCall(FromLogStore(created), call);
    }
  });
}

void RunDeleteLogStream(const Services& services, Call* call) {
  std::string group;
  std::string stream;
  const LogStatus status = ReadNames(call->input, &group, &stream);
  if (!status.ok()) {
    FailLogCall(status, call);
    return;
  }
  services.logs->DeleteStream(group, stream, call->home, [call](const Status& done) {
    FinishLogCall(FromLogStore(done), call);
  });
}

}  // namespace millrace::api
