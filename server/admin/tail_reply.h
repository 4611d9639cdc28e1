// A tail as a reply that does not end: server-sent events, one for each change record.
//   id: <sequence number>
//   event: INSERT
//   data: {"eventID":...}
// Beside them come comments while nothing happens, ids without an event when the tail has passed
// over records that the filter leaves out, and `event: trimmed` where records are missing because
// their retention had ended.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "api/wire/services.h"
#include "server/admin/tail_request.h"
#include "server/gate/body_stream.h"

namespace millrace::server {

// Makes the reply. `services` and `home`, the thread that it is used on, outlive it.
// kInvalidArgument with a text for the client if the filter is none. The reply ends when
// `access_revision`, unless it is nullptr, becomes another number: whoever asked may no longer be
// allowed to, and clients come again, with the last id.
Result<std::unique_ptr<BodyStream>> NewTailReply(const api::Services& services,
                                                 const TailRequest& request,
                                                 const std::atomic<uint64_t>* access_revision,
                                                 TaskQueue* home);

}  // namespace millrace::server
