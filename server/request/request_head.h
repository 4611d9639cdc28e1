// The head of an HTTP request as the rest of the server sees it: method, target and header fields
// as views into the connection's input buffer. No parsing of HTTP happens here, so everything that
// reads heads (gate, authentication) can be tested and fuzzed without sockets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace millrace::server {

struct HeaderField {
  std::string_view name;  // as sent
  std::string_view value;
};

// Headers that are looked up by position instead of by name.
enum class KnownHeader : uint8_t {
  kHost,
  kDate,
  kOrigin,
  kExpect,
  kAmzDate,
  kContentType,
  kTarget,
  kAuthorization,
  kAcceptEncoding,
  kContentEncoding,
  kTransferEncoding,
  kAccessControlRequestMethod,
  kAccessControlRequestHeaders,
};
inline constexpr size_t kKnownHeaderCount = 13;

// Whether `a` and `b` are equal apart from the case of ASCII letters. Thread-safe.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

// Whether `list`, a comma-separated header value, has the element `token` (case ignored, parameters
// behind a semicolon left out). An element with the parameter q=0 does not count. Thread-safe.
bool ListHasToken(std::string_view list, std::string_view token);

// Reused from request to request; keeps its memory. Not thread-safe.
class RequestHead {
 public:
  // More fields than this are refused by the parser.
  static constexpr size_t kFieldCountMax = 128;

  RequestHead() { fields_.reserve(32); }

  // Forgets the request that was there.
  void Clear();
  // `target` is split into path and query.
  void SetRequestLine(std::string_view method, std::string_view target, int minor_version);
  // Adds a field; the first of several with a known name is the one Get returns. False when there
  // are too many.
  bool AddField(std::string_view name, std::string_view value);

  std::string_view method() const { return method_; }
  std::string_view path() const { return path_; }
  // What stands behind the question mark, still percent-encoded; empty if there is none.
  std::string_view query() const { return query_; }
  // 1 for HTTP/1.1, 0 for HTTP/1.0.
  int minor_version() const { return minor_version_; }

  bool Has(KnownHeader header) const {
    return known_[static_cast<size_t>(header)].data() != nullptr;
  }
  // The value, empty if the header is missing.
  std::string_view Get(KnownHeader header) const { return known_[static_cast<size_t>(header)]; }
  const std::vector<HeaderField>& fields() const { return fields_; }

 private:
  std::string_view method_;
  std::string_view path_;
  std::string_view query_;
  int minor_version_ = 1;
  std::array<std::string_view, kKnownHeaderCount> known_;
  std::vector<HeaderField> fields_;
};

}  // namespace millrace::server
