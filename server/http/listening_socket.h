// Making listening sockets, with plain system calls.
#pragma once

#include <cstdint>
#include <string>

#include "storage/base/status.h"

namespace millrace::server {

enum class ListenerSharing {
  kShared,     // others of this user may listen on the same port
  kExclusive,  // nobody else
};

// The descriptor of a bound and listening socket, non-blocking and closed on exec. Several that
// are shared may be opened on one address and port; the kernel spreads connections over them.
// `port` 0 takes a free one. kInvalidArgument for a host that is no address, kFailedPrecondition
// when the port is in use, kIoError otherwise. Thread-safe.
Result<int> OpenListeningSocket(const std::string& host, uint16_t port,
                                ListenerSharing sharing = ListenerSharing::kShared);

// OK when nobody listens on the port; SO_REUSEPORT would hide that. Thread-safe.
Status CheckPortFree(const std::string& host, uint16_t port);

// The port a socket is bound to. Thread-safe.
uint16_t BoundPort(int descriptor);

}  // namespace millrace::server
