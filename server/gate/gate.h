// The gate: from a complete HTTP request to an answer or an operation. It is an ordered list of
// steps (gate.cc), because the first step that fails decides what the client sees, and that order
// is part of the contract with AWS clients.
#pragma once

#include <string>
#include <vector>

#include "api/wire/dispatch.h"
#include "server/auth/authenticator.h"
#include "server/gate/exchange.h"
#include "server/gate/route.h"

namespace millrace::server {

// Why a request is refused before the gate can look at it.
enum class Refusal {
  kMalformed,       // not HTTP: 400
  kHeaderTooLarge,  // 431
  kBodyTooLarge,    // 413
  kOverloaded,      // 503 with an error body; SDKs retry it
};

// Immutable after construction, so thread-safe.
class Gate {
 public:
  // The body of an API call, decoded or not, may have this many bytes.
  static constexpr size_t kBodySizeMax = 16 << 20;

  // The pointers must outlive the gate.
  Gate(const api::Dispatcher* dispatcher, const Authenticator* authenticator, std::string region,
       std::vector<Route> routes);

  // Answers a request whose head and body are complete: calls exchange->Finish now or later.
  void Handle(Exchange* exchange) const;
  // Answers a request that was not read completely or must not be looked at; finishes at once.
  void Refuse(Exchange* exchange, Refusal refusal) const;

  const api::Dispatcher& dispatcher() const { return *dispatcher_; }
  const Authenticator& authenticator() const { return *authenticator_; }
  const std::string& health_text() const { return health_text_; }
  const RouteTable& routes() const { return routes_; }

  // How long the body of a request with this head may be, as received.
  size_t BodySizeMax(const RequestHead& head) const {
    return head.path() == "/" ? kBodySizeMax
                              : routes_.BodySizeMax(head.method(), head.path(), kBodySizeMax);
  }

 private:
  const api::Dispatcher* const dispatcher_;
  const Authenticator* const authenticator_;
  const std::string health_text_;
  const RouteTable routes_;
};

}  // namespace millrace::server
