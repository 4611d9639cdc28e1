// What the runner of functions needs of an HTTP client, so that this folder needs no sockets:
// events of functions that run behind a URL are posted there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/status.h"

namespace millrace::streams {

struct HttpPost {
  std::string url;  // http://host[:port]/path
  // Besides Host and Content-Length.
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<const std::string> body;  // nullptr: empty
  int64_t timeout_ms = 30'000;              // from the call to the last byte of the answer
};

struct HttpAnswer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;

  // The first header of that name (in lower case), empty if there is none.
  std::string_view Header(std::string_view name) const {
    for (const auto& [header, value] : headers) {
      if (header == name) {
        return value;
      }
    }
    return {};
  }
};

// Thread-safe.
class HttpPoster {
 public:
  // An answer with a larger body is an error.
  static constexpr size_t kBodySizeMax = 6291556;

  // Runs exactly once, on a thread of the client, and must be brief. Any status of an answer is an
  // answer. kInvalidArgument: a URL that is none, or is not http; kFailedPrecondition: there was no
  // whole answer in time; kResourceExhausted: the answer is too large, or too many posts are
  // waiting; kIoError: no connection, one that broke, or an answer that is not HTTP;
  // kShuttingDown.
  using Done = std::function<void(Result<HttpAnswer>)>;

  virtual ~HttpPoster() = default;
  // Sends the post, once: whether one that has failed is tried again is the caller's decision,
  // because the function may have run.
  virtual void Post(HttpPost post, Done done) = 0;
};

}  // namespace millrace::streams
