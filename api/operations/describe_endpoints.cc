// DescribeEndpoints: answers with the host the client used, which keeps endpoint discovery here.
#include "api/operations/describe_endpoints.h"

namespace millrace::api {
namespace {

constexpr int64_t kCachePeriodMinutes = 1440;

}  // namespace

const Shape kDescribeEndpointsShape = {
    ShapeKind::kStructure, "DescribeEndpointsInput", nullptr, {}};

void RunDescribeEndpoints(const Services&, Call* call) {
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Key("Endpoints");
  writer.BeginArray();
  writer.BeginObject();
  writer.Member("Address", call->host);
  writer.Key("CachePeriodInMinutes");
  writer.Int(kCachePeriodMinutes);
  writer.EndObject();
  writer.EndArray();
  writer.EndObject();
  call->Finish();
}

}  // namespace millrace::api
