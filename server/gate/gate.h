// The gate: from a complete HTTP request to an answer or an operation. It is an ordered list of
// steps (gate.cc), because the first step that fails decides what the client sees, and that order
// is part of the contract with AWS clients.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/functions/rest_dispatch.h"
#include "api/functions/rest_path.h"
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

// Why the sender of a request, who is authenticated, may not use what is for operators; empty: it
// may. Thread-safe.
using OperatorRefusal = std::function<std::string(Exchange* exchange)>;

// Immutable after construction, so thread-safe.
class Gate {
 public:
  // The body of an API call, decoded or not, may have this many bytes.
  static constexpr size_t kBodySizeMax = 16 << 20;

  // The pointers must outlive the gate. Without `rest` there is no functions service; without
  // `operator_refusal` whoever is authenticated may operate; `observer` sees every reply.
  Gate(const api::Dispatcher* dispatcher, const Authenticator* authenticator, std::string region,
       std::vector<Route> routes, const api::RestDispatcher* rest = nullptr,
       OperatorRefusal operator_refusal = {}, ReplyObserver* observer = nullptr);

  // Answers a request whose head and body are complete: calls exchange->Finish now or later.
  void Handle(Exchange* exchange) const;
  // Answers a request that was not read completely or must not be looked at; finishes at once.
  void Refuse(Exchange* exchange, Refusal refusal) const;

  const api::Dispatcher& dispatcher() const { return *dispatcher_; }
  const Authenticator& authenticator() const { return *authenticator_; }
  const std::string& health_text() const { return health_text_; }
  const RouteTable& routes() const { return routes_; }
  ReplyObserver* observer() const { return observer_; }
  const OperatorRefusal& operator_refusal() const { return operator_refusal_; }
  // The functions service if a path is one of its paths, else nullptr.
  const api::RestDispatcher* RestOf(std::string_view path) const {
    return rest_ != nullptr && api::IsRestPath(path) ? rest_ : nullptr;
  }

  // How long the body of a request with this head may be, as received.
  size_t BodySizeMax(const RequestHead& head) const {
    return head.path() == "/" ? kBodySizeMax : BodySizeMaxElsewhere(head);
  }

 private:
  size_t BodySizeMaxElsewhere(const RequestHead& head) const;

  const api::Dispatcher* const dispatcher_;
  const Authenticator* const authenticator_;
  const std::string health_text_;
  const RouteTable routes_;
  const api::RestDispatcher* const rest_;
  const OperatorRefusal operator_refusal_;
  ReplyObserver* const observer_;
};

}  // namespace millrace::server
