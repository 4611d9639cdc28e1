// Function URLs: requests to http://{url id}.lambda-url.{region}.{host}/..., or /_url/{url id}/...
// for clients that cannot resolve such names, become invocations of functions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/auth/authenticator.h"
#include "server/gate/route.h"
#include "storage/base/clock.h"
#include "storage/base/random.h"
#include "streams/functions/function_catalog.h"
#include "streams/invoke/invoker.h"

namespace millrace::server {

// All pointers outlive the routes.
struct FunctionUrlParts {
  // Where a URL leads, see FunctionCatalog::FindUrl. Thread-safe.
  std::function<std::optional<streams::FunctionUrlTarget>(std::string_view url_id)> find_url;
  streams::Invoker* invoker = nullptr;
  // Judges requests to URLs that want signatures; nullptr refuses them all, as a server must that
  // cannot tell who asks.
  const Authenticator* authenticator = nullptr;
  // Whether the signer may invoke the function, which policies say; empty: every signer may.
  // Thread-safe.
  std::function<bool(const streams::FunctionUrlTarget& target, Exchange* exchange)> may_invoke;
  const Clock* clock = nullptr;
  Random* random = nullptr;  // thread-safe
  std::string account;
};

// The part of a request's Host or path that names a URL, and what is left of the path. False if the
// request is to no function URL. Thread-safe.
bool FindUrlId(std::string_view host, std::string_view path, std::string_view* url_id,
               std::string_view* rest);

// Adds the routes.
void AddFunctionUrlRoutes(const FunctionUrlParts& parts, std::vector<Route>* routes);

}  // namespace millrace::server
