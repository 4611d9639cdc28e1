// One request at a time, waiting for each reply: creating tables and asking back what was stored.
// Also the HTTP heads every request of the benchmarks starts with.

#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "bench/load/connection.h"
#include "bench/load/request_signer.h"
#include "bench/load/workload.h"

namespace millrace::bench {

/// The HTTP heads of all operations towards one endpoint. They carry an Authorization header: of
/// the endpoint's key, if it has one. Not thread-safe.
class RequestHeads {
 public:
  /// Heads for requests to that endpoint.
  explicit RequestHeads(const Endpoint& endpoint);

  /// Replaces `head` by the head of a request with that body.
  void Write(Operation operation, std::string_view body, std::string* head);

 private:
  /// Everything up to the headers of the signature.
  std::array<std::string, kOperationCount> heads_;
  std::array<std::string, kOperationCount> targets_;
  std::unique_ptr<RequestSigner> signer_;
};

/// A blocking client. Not thread-safe.
class SimpleClient {
 public:
  /// What came back.
  struct Reply {
    int status = 0;
    std::string body;
  };

  /// Connects; ends the program when the server cannot be reached.
  explicit SimpleClient(const Endpoint& endpoint);

  /// Sends one request and waits up to 30 seconds for its reply. Ends the program when none comes.
  Reply Ask(Operation operation, std::string_view body);

  /// Creates the table unless it exists, and waits up to 30 seconds until it is ACTIVE. Ends the
  /// program when it does not come about.
  void CreateTable(const BenchTable& table);

 private:
  RequestHeads heads_;
  Connection connection_;
};

}  // namespace millrace::bench
