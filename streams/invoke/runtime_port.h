// What the execution environments need of an HTTP server, so that this folder needs no sockets:
// ports on the loopback interface, one for each environment, behind which its process finds the
// Runtime API.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/status.h"

namespace millrace::streams {

struct RuntimeReply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// One request that came in at a port. Not thread-safe but for Reply.
class RuntimeCall {
 public:
  virtual ~RuntimeCall() = default;
  virtual std::string_view method() const = 0;
  virtual std::string_view path() const = 0;
  // The value of a header, case ignored; empty if there is none.
  virtual std::string_view header(std::string_view name) const = 0;
  // The whole body; empty if it was larger than a port takes, see too_large().
  virtual std::string_view body() const = 0;
  virtual bool too_large() const = 0;
  // Answers, once, now or later, from any thread. Does nothing if the client has gone.
  virtual void Reply(RuntimeReply reply) = 0;
  // `gone` runs once, on a thread of the server, if the client goes before it was answered; at once
  // if it has gone already. Thread-safe; must be brief. Nobody can be answered after that.
  virtual void OnGone(std::function<void()> gone) { (void)gone; }
};

// Open from its creation to its destruction, which may happen on any thread.
class RuntimePort {
 public:
  virtual ~RuntimePort() = default;
  virtual uint16_t port() const = 0;
};

// Thread-safe.
class RuntimePorts {
 public:
  using Handler = std::function<void(std::shared_ptr<RuntimeCall>)>;
  // A body with more bytes than this is not handed on.
  static constexpr size_t kBodySizeMax = 6291556;

  virtual ~RuntimePorts() = default;
  // Opens a port on 127.0.0.1 that the system chooses. `handler` runs on a thread of the server and
  // must be brief; after the port has been destroyed it is not called any more.
  virtual Result<std::unique_ptr<RuntimePort>> Open(Handler handler) = 0;
};

}  // namespace millrace::streams
