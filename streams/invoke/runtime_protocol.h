// The Runtime API as text: which call a request is, and what answers look like. Who may call what
// and when is decided by the environments.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "streams/invoke/invocation.h"
#include "streams/invoke/runtime_port.h"

namespace millrace::streams {

enum class RuntimeOperation : uint8_t { kNext, kResponse, kError, kInitError, kUnknown };

struct RuntimeTarget {
  RuntimeOperation operation = RuntimeOperation::kUnknown;
  std::string_view id;  // kResponse, kError; points into the path
};

RuntimeTarget ParseRuntimeTarget(std::string_view method, std::string_view path);

// 202, the answer has been taken.
void ReplyAccepted(RuntimeCall* call);
// 400: the id is not the one that runs.
void ReplyInvalidId(RuntimeCall* call);
// 400: not now.
void ReplyInvalidState(RuntimeCall* call);
// 404: there is no such call.
void ReplyUnknown(RuntimeCall* call);
// 413: the body is larger than a response may be.
void ReplyTooLarge(RuntimeCall* call);

// Hands an event over as the answer to `next`. `deadline_ms` is wall time.
void ReplyNext(RuntimeCall* call, const Invocation& invocation, int64_t deadline_ms);

// What a call of kResponse, kError or kInitError says of how an invocation ended.
InvocationEnd EndOf(const RuntimeCall& call, RuntimeOperation operation);

}  // namespace millrace::streams
