// DescribeLimits.
#include "api/operations/describe_limits.h"

namespace millrace::api {

const Shape kDescribeLimitsShape = {ShapeKind::kStructure, "DescribeLimitsInput", nullptr, {}};

void RunDescribeLimits(const Services&, Call* call) {
  call->body = R"({"AccountMaxReadCapacityUnits":80000,"AccountMaxWriteCapacityUnits":80000,)"
               R"("TableMaxReadCapacityUnits":40000,"TableMaxWriteCapacityUnits":40000})";
  call->Finish();
}

}  // namespace millrace::api
