// A connection of the HTTP client: sends one post at a time and reads its answer.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "server/http/io_thread.h"
#include "server/http/response_parser.h"
#include "server/runtime_api/http_url.h"
#include "streams/invoke/http_poster.h"

namespace millrace::server {

// On its I/O thread only.
class ClientConnection final : public std::enable_shared_from_this<ClientConnection>,
                               private SocketObserver {
 public:
  class Owner {
   public:
    // The answer to what was sent, or why there is none. `reusable`: another post may be sent,
    // also from inside; else the connection is closed.
    virtual void OnAnswer(ClientConnection* connection, Result<streams::HttpAnswer> answer,
                          bool reusable) = 0;
    // The connection has ended while nothing was under way, or by Close.
    virtual void OnLeft(ClientConnection* connection) = 0;

   protected:
    ~Owner() = default;
  };

  // The socket may be in the middle of being connected.
  ClientConnection(Owner* owner, std::unique_ptr<Socket> socket);
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  // Begins; when the answer to the last one has come.
  void Send(const HttpUrl& url, const streams::HttpPost& post);
  // Ends the connection, and whatever is under way without an answer.
  void Close();

 private:
  static constexpr size_t kInputSize = 64 * 1024;

  // SocketObserver
  void OnRead(size_t size) override;
  void OnWritable() override;

  void Write();
  void Read();
  void Parse();
  void Finish(Result<streams::HttpAnswer> answer, bool reusable);
  void LeaveIfDone();

  Owner* const owner_;
  std::unique_ptr<Socket> socket_;
  bool busy_ = false;  // an answer is owed
  bool closed_ = false;
  bool reading_ = false;
  bool awaiting_write_ = false;
  bool left_ = false;

  std::string head_;
  std::shared_ptr<const std::string> body_;
  size_t sent_ = 0;

  const std::unique_ptr<char[]> input_;
  size_t input_end_ = 0;
  ResponseParser parser_{streams::HttpPoster::kBodySizeMax};
};

}  // namespace millrace::server
