// What the server answers besides API calls at "/": which method and path goes to which handler.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::server {

class Exchange;

struct Route {
  // One method, or empty for all of them: the handler then refuses those that it does not know.
  std::string method;
  // The path, still percent-encoded, or what it has to begin with.
  std::string path;
  bool is_prefix = false;
  // Requests with longer bodies, as received, are refused unread.
  size_t body_size_max = size_t{64} << 10;
  // Sets http_status, content_type and body of the exchange and calls Finish (or FinishStreaming),
  // now or later, on the exchange's thread. Runs on an I/O thread, so it must be brief and
  // thread-safe.
  std::function<void(Exchange*)> handle;
  // The route takes, besides its path, whatever comes for a host whose name has this inside; empty:
  // for every host, paths decide. Only with is_foreign.
  std::string host_part{};
  // The reply is not this server's own: the handler answers preflights of browsers, too, and
  // nothing is added to what it says, nor is it compressed.
  bool is_foreign = false;
};

// Immutable after construction, so thread-safe.
class RouteTable {
 public:
  explicit RouteTable(std::vector<Route> routes);

  // The route of a request, or nullptr. An exact path wins over a prefix, a longer prefix over a
  // shorter one. Without a route for the method, `*allowed_methods` lists those of the path as the
  // header Allow does; empty: the path is unknown.
  const Route* Find(std::string_view method, std::string_view path,
                    std::string* allowed_methods) const;
  // The route of a request whose reply is not this server's own, or nullptr.
  const Route* FindForeign(std::string_view host, std::string_view path) const;
  // How long the body of such a request may be; `otherwise` if no route takes it.
  size_t BodySizeMax(std::string_view method, std::string_view path, size_t otherwise) const;

 private:
  // Whether `route` is for `path`.
  static bool HasPath(const Route& route, std::string_view path);

  std::vector<Route> foreign_;  // few, because every request is compared with them
  std::vector<Route> routes_;   // exact paths first, then prefixes from long to short
};

}  // namespace millrace::server
