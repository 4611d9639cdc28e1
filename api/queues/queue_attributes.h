// The attributes of queues: reading those that can be set, and writing all of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/queues/queue_error.h"
#include "api/wire/services.h"
#include "storage/base/json.h"
#include "storage/model/queue.h"
#include "streams/queues/queue_store.h"

namespace millrace::api {

// Applies a map of attribute names to texts. `queue` says whether it is a FIFO queue.
QueueStatus ApplyQueueAttributes(const Services& services, json::Value attributes,
                                 QueueDescriptor* queue);
// Whether the queue that is there has all attributes of the map already.
bool HasQueueAttributes(const Services& services, json::Value attributes,
                        const QueueDescriptor& queue);
// Checks names of attributes to read; `All` is one.
QueueStatus CheckQueueAttributeNames(json::Value names);
// Writes the attributes that `names` asks for, as an object.
QueueStatus WriteQueueAttributes(const Services& services, const streams::Queue& queue,
                                 json::Value names, json::Writer* writer);

}  // namespace millrace::api
