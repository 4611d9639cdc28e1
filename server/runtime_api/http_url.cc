// Taking URLs apart.
#include "server/runtime_api/http_url.h"

#include <charconv>

namespace millrace::server {
namespace {

constexpr std::string_view kScheme = "http://";

Status Refused(std::string_view why) {
  return Status(StatusCode::kInvalidArgument, "the URL " + std::string(why));
}

// Anything that would end a line or a word of the request.
bool HasForbiddenCharacter(std::string_view text) {
  for (const char character : text) {
    if (static_cast<unsigned char>(character) <= ' ' || character == '\x7f') {
      return true;
    }
  }
  return false;
}

}  // namespace

Result<HttpUrl> ParseHttpUrl(std::string_view url) {
  if (!url.starts_with(kScheme)) {
    return Refused("must begin with http://");
  }
  if (HasForbiddenCharacter(url)) {
    return Refused("has a space or a control character");
  }
  url.remove_prefix(kScheme.size());
  url = url.substr(0, url.find('#'));
  const size_t authority_size = std::min(url.find_first_of("/?"), url.size());
  HttpUrl parsed;
  const std::string_view authority = url.substr(0, authority_size);
  const std::string_view rest = url.substr(authority_size);
  parsed.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  parsed.authority = authority;
  std::string_view port;
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) {
      return Refused("has no ] behind its address");
    }
    parsed.host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
  } else {
    const size_t colon = std::min(authority.find(':'), authority.size());
    parsed.host = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  if (parsed.host.empty() || parsed.host.find('@') != std::string::npos) {
    return Refused("has no host, or a user name");
  }
  if (!port.empty()) {
    const char* const end = port.data() + port.size();
    const auto [stop, error] = std::from_chars(port.data() + 1, end, parsed.port);
    if (port.front() != ':' || error != std::errc() || stop != end || parsed.port == 0) {
      return Refused("has a port that is none");
    }
  }
  return parsed;
}

}  // namespace millrace::server
