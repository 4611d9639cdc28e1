// One keep-alive HTTP/1.1 connection with one request in flight, over a raw non-blocking socket.
// It knows nothing of DynamoDB; who decides what to send and judges the reply is the caller.

#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::bench {

/// Where the server listens. IPv4 only: benchmarks run over the loopback.
struct Endpoint {
  sockaddr_in address{};
  /// Text for the Host header.
  std::string host_and_port;
  /// Whose requests they are: a key that signs each of them. Without one they carry a signature
  /// that fits nothing, which a server in open mode reads past.
  std::string access_key_id{};
  std::string secret{};
};

/// Reads "http://127.0.0.1:8000" (the scheme may be missing). Ends the program when it is not an
/// IPv4 address with a port.
Endpoint ParseEndpoint(const std::string& text);

/// A connection. Not thread-safe; owned by one load thread at a time.
class Connection {
 public:
  /// What a step has achieved.
  enum class Progress {
    /// The socket would block: wait until it is readable, or writable if WantsWrite().
    kPending,
    /// A whole reply is at hand: Status() and Body() are valid until the next Send.
    kReply,
    /// The connection is of no more use; Problem() says why.
    kLost,
  };

  /// Connects, blocking; ends the program when the server refuses.
  explicit Connection(const Endpoint& endpoint);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// The socket, for epoll.
  int descriptor() const { return descriptor_; }

  /// Begins a request. The bytes are copied only as far as the socket does not take them at once.
  /// Call again only after a reply. Returns kPending or kLost.
  Progress Send(std::string_view head, std::string_view body);

  /// Continues a request whose bytes the socket did not all take.
  Progress ContinueSend();

  /// True while bytes of the request wait for the socket.
  bool WantsWrite() const { return unsent_begin_ < unsent_.size(); }

  /// Takes what has arrived. Call when the socket is readable.
  Progress Receive();

  /// HTTP status of the reply.
  int Status() const { return status_; }

  /// Body of the reply.
  std::string_view Body() const {
    return std::string_view(received_.data() + head_bytes_, body_bytes_);
  }

  /// Why the connection was lost.
  const std::string& Problem() const { return problem_; }

 private:
  Progress Lose(std::string problem);

  int descriptor_ = -1;
  std::string unsent_;
  size_t unsent_begin_ = 0;
  std::vector<char> received_;
  size_t received_bytes_ = 0;
  size_t head_bytes_ = 0;
  size_t body_bytes_ = 0;
  int status_ = 0;
  std::string problem_;
};

}  // namespace millrace::bench
