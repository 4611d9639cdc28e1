// The server without sockets: request bytes in, reply bytes out, over a store in memory. Everything
// between a session's read and its write is in it, apart from the session itself.

#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace millrace::bench {

/// A server with the tables of the load generator: items of 200 bytes. Each client is for one
/// thread at a time, as each connection of a real server is; different clients may run at the same
/// time.
class LocalServer {
 public:
  static constexpr int kClientCount = 8;
  /// Items of the table bench-items-200, and of bench-partitions-200 (of 100 each).
  static constexpr int kItemCount = 200;

  /// With `verifies`, requests need signatures. Ends the program when the store does not open.
  explicit LocalServer(bool verifies);
  ~LocalServer();
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;

  /// The bytes of a signed request.
  std::string Request(std::string_view operation, std::string_view body);

  /// Handles a request, waits for its reply, and ends the program unless that is a success. Returns
  /// the body, which is valid until the next call.
  std::string_view Run(std::string_view request, int client = 0);

  /// Checks the signature of a request only, with the first client; ends the program when it is
  /// wrong.
  void Authenticate(std::string_view request);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::bench
