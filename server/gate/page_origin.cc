// Origins of pages. Browsers send them with every request that is not a mere reading of what is at
// the page's own address; nothing else sends them.
#include "server/gate/page_origin.h"

namespace millrace::server {
namespace {

bool IsOwnMachine(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1" ||
         host == "[::1]";
}

}  // namespace

bool IsFromForeignPage(const RequestHead& head) {
  if (!head.Has(KnownHeader::kOrigin)) {
    return false;
  }
  // Pages without an address (of files, or within frames that are shut off) say "null".
  std::string_view origin = head.Get(KnownHeader::kOrigin);
  const size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) {
    return true;
  }
  origin.remove_prefix(scheme + 3);
  const size_t bracket = origin.starts_with('[') ? origin.find(']') : 0;
  return bracket == std::string_view::npos ||
         !IsOwnMachine(origin.substr(0, origin.find(':', bracket)));
}

}  // namespace millrace::server
