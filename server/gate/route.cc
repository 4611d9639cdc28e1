// Finding routes. There are few, and API calls do not come by here, so they are just walked.
#include "server/gate/route.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace millrace::server {

RouteTable::RouteTable(std::vector<Route> routes) : routes_(std::move(routes)) {
  std::stable_sort(routes_.begin(), routes_.end(), [](const Route& left, const Route& right) {
    return left.is_prefix != right.is_prefix ? right.is_prefix
                                             : left.path.size() > right.path.size();
  });
  std::copy_if(routes_.begin(), routes_.end(), std::back_inserter(foreign_),
               [](const Route& route) { return route.is_foreign; });
}

const Route* RouteTable::FindForeign(std::string_view host, std::string_view path) const {
  for (const Route& route : foreign_) {
    if (HasPath(route, path) ||
        (!route.host_part.empty() && host.find(route.host_part) != std::string_view::npos)) {
      return &route;
    }
  }
  return nullptr;
}

bool RouteTable::HasPath(const Route& route, std::string_view path) {
  return route.is_prefix ? path.starts_with(route.path) : path == route.path;
}

const Route* RouteTable::Find(std::string_view method, std::string_view path,
                              std::string* allowed_methods) const {
  allowed_methods->clear();
  for (const Route& route : routes_) {
    if (!HasPath(route, path)) {
      continue;
    }
    if (route.method.empty() || route.method == method) {
      return &route;
    }
    allowed_methods->append(allowed_methods->empty() ? "" : ", ").append(route.method);
  }
  return nullptr;
}

size_t RouteTable::BodySizeMax(std::string_view method, std::string_view path,
                               size_t otherwise) const {
  for (const Route& route : routes_) {
    if (HasPath(route, path) && (route.method.empty() || route.method == method)) {
      return route.body_size_max;
    }
  }
  return otherwise;
}

}  // namespace millrace::server
