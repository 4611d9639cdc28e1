// The gate: from a complete HTTP request to an answer or an operation. It is an ordered list of
// steps (gate.cc), because the first step that fails decides what the client sees, and that order
// is part of the contract with AWS clients.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/wire/dispatch.h"
#include "server/auth/authenticator.h"
#include "server/gate/exchange.h"

namespace millrace::server {

// Something the server answers to GET besides the health text of "/".
struct Page {
  std::string path;
  // Fills http_status, body and content_type of the exchange; runs on an I/O thread, so it must be
  // brief and thread-safe.
  std::function<void(Exchange*)> write;
};

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
  // A request body, decoded or not, may have this many bytes.
  static constexpr size_t kBodySizeMax = 16 << 20;

  // The pointers must outlive the gate.
  Gate(const api::Dispatcher* dispatcher, const Authenticator* authenticator, std::string region,
       std::vector<Page> pages);

  // Answers a request whose head and body are complete: calls exchange->Finish now or later.
  void Handle(Exchange* exchange) const;
  // Answers a request that was not read completely or must not be looked at; finishes at once.
  void Refuse(Exchange* exchange, Refusal refusal) const;

  const api::Dispatcher& dispatcher() const { return *dispatcher_; }
  const Authenticator& authenticator() const { return *authenticator_; }
  const std::string& health_text() const { return health_text_; }
  const std::vector<Page>& pages() const { return pages_; }

 private:
  const api::Dispatcher* const dispatcher_;
  const Authenticator* const authenticator_;
  const std::string health_text_;
  const std::vector<Page> pages_;
};

}  // namespace millrace::server
