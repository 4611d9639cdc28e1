// ListTagsOfResource: shows the tags of a table.
#pragma once

#include "api/wire/operation.h"

namespace millrace::api {

extern const Shape kListTagsOfResourceShape;
void RunListTagsOfResource(const Services& services, Call* call);

}  // namespace millrace::api
