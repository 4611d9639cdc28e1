// ListStreams: the streams of all tables or of one, page by page.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kListStreamsShape;
void RunListStreams(const Services& services, Call* call);

}  // namespace millrace::api
