// Canonical requests and their signatures.
#include "server/auth/signature.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "storage/base/digest.h"

namespace millrace::server {
namespace {

constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

std::string_view Bytes(const std::array<uint8_t, 32>& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// Takes as long for different texts of one size as for equal ones.
bool IsEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

bool IsUnreserved(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '-' || letter == '.' || letter == '_' ||
         letter == '~';
}

void AppendEncoded(std::string_view text, std::string_view plain, std::string* out) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char letter : text) {
    if (IsUnreserved(letter) || plain.find(letter) != std::string_view::npos) {
      out->push_back(letter);
    } else {
      const auto byte = static_cast<uint8_t>(letter);
      out->push_back('%');
      out->push_back(kDigits[byte >> 4]);
      out->push_back(kDigits[byte & 0x0F]);
    }
  }
}

// The path without empty parts and those that mean this or the folder above, encoded once more than
// it came.
void AppendCanonicalPath(std::string_view path, std::string* out) {
  if (path == "/") {
    out->push_back('/');
    return;
  }
  std::vector<std::string_view> parts;
  for (std::string_view rest = path; !rest.empty();) {
    const size_t end = rest.find('/');
    const std::string_view part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (part == "..") {
      if (!parts.empty()) {
        parts.pop_back();
      }
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
  }
  for (const std::string_view part : parts) {
    out->push_back('/');
    AppendEncoded(part, {}, out);
  }
  if (parts.empty() || path.ends_with('/')) {
    out->push_back('/');
  }
}

int HexValue(char digit) {
  if (digit >= '0' && digit <= '9') {
    return digit - '0';
  }
  const char lower = static_cast<char>(digit | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// A part of a query string in its one encoded form.
std::string Reencoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexValue(text[i + 1]) >= 0 &&
        HexValue(text[i + 2]) >= 0) {
      decoded.push_back(static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2])));
      i += 2;
    } else {
      decoded.push_back(text[i]);
    }
  }
  std::string encoded;
  AppendEncoded(decoded, {}, &encoded);
  return encoded;
}

void AppendCanonicalQuery(std::string_view query, std::string* out) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view parameter = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    const size_t equals = parameter.find('=');
    const std::string_view name = parameter.substr(0, equals);
    if (!parameter.empty() && name != "X-Amz-Signature") {
      parameters.emplace_back(Reencoded(name), equals == std::string_view::npos
                                                   ? std::string()
                                                   : Reencoded(parameter.substr(equals + 1)));
    }
  }
  std::sort(parameters.begin(), parameters.end());
  for (size_t i = 0; i < parameters.size(); ++i) {
    out->append(i == 0 ? "" : "&").append(parameters[i].first);
    out->append("=").append(parameters[i].second);
  }
}

// A header's value without blanks at its ends, and with single ones inside.
void AppendTrimmed(std::string_view value, std::string* out) {
  // Hardly any value has a blank at all.
  if (std::none_of(value.begin(), value.end(), [](char c) { return c == ' ' || c == '\t'; })) {
    out->append(value);
    return;
  }
  bool blank = false;
  bool begun = false;
  for (const char letter : value) {
    if (letter == ' ' || letter == '\t') {
      blank = begun;
      continue;
    }
    if (blank) {
      out->push_back(' ');
    }
    blank = false;
    begun = true;
    out->push_back(letter);
  }
}

char Lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter;
}

void AppendLower(std::string_view text, std::string* out) {
  const size_t start = out->size();
  out->append(text);
  std::transform(out->begin() + start, out->end(), out->begin() + start, Lower);
}

// What the lines of all headers take at most, if each is signed once.
size_t CanonicalHeadersSizeMax(const RequestHead& head) {
  size_t size = 0;
  for (const HeaderField& field : head.fields()) {
    size += field.name.size() + field.value.size() + 2;
  }
  return size;
}

// One line per signed header, several values of one joined. False if one is not there, or if so
// many are named again that the lines become longer than the headers are.
bool AppendCanonicalHeaders(const RequestHead& head, std::string_view names, std::string* out) {
  const size_t size_max = out->size() + CanonicalHeadersSizeMax(head);
  while (!names.empty()) {
    const size_t end = names.find(';');
    const std::string_view name = names.substr(0, end);
    names = end == std::string_view::npos ? std::string_view() : names.substr(end + 1);
    AppendLower(name, out);
    bool found = false;
    for (const HeaderField& field : head.fields()) {
      if (field.name.size() == name.size() && EqualsIgnoreCase(field.name, name)) {
        out->push_back(found ? ',' : ':');
        AppendTrimmed(field.value, out);
        found = true;
      }
    }
    if (!found || out->size() >= size_max) {
      return false;
    }
    out->push_back('\n');
  }
  return true;
}

std::string_view FieldNamed(const RequestHead& head, std::string_view name) {
  for (const HeaderField& field : head.fields()) {
    if (EqualsIgnoreCase(field.name, name)) {
      return field.value;
    }
  }
  return {};
}

void AppendStringToSign(const CheckedCredentials& credentials, std::string_view canonical,
                        std::string* out) {
  const CredentialScope& scope = credentials.scope;
  out->append("AWS4-HMAC-SHA256\n")
      .append(credentials.date)
      .append("\n")
      .append(scope.date)
      .append("/")
      .append(scope.region);
  out->append("/").append(scope.service).append("/aws4_request\n");
  AppendHex(Bytes(Sha256(canonical)), out);
}

}  // namespace

std::array<uint8_t, 32> DeriveSigningKey(std::string_view secret, const CredentialScope& scope) {
  std::array<uint8_t, 32> key = HmacSha256(std::string("AWS4").append(secret), scope.date);
  for (const std::string_view part :
       {scope.region, scope.service, std::string_view("aws4_request")}) {
    key = HmacSha256(Bytes(key), part);
  }
  return key;
}

bool AppendCanonicalRequest(const RequestHead& head, std::string_view body,
                            const CheckedCredentials& credentials, std::string* out) {
  out->append(head.method()).append("\n");
  AppendCanonicalPath(head.path(), out);
  out->push_back('\n');
  AppendCanonicalQuery(head.query(), out);
  out->push_back('\n');
  if (!AppendCanonicalHeaders(head, credentials.signed_headers, out)) {
    return false;
  }
  out->push_back('\n');
  AppendLower(credentials.signed_headers, out);
  out->push_back('\n');
  // Only whoever presigns may not know the body yet.
  if (credentials.is_presigned && FieldNamed(head, "X-Amz-Content-Sha256") == kUnsignedPayload) {
    out->append(kUnsignedPayload);
  } else {
    AppendHex(Bytes(Sha256(body)), out);
  }
  return true;
}

bool SignatureIsRight(const RequestHead& head, std::string_view body,
                      const CheckedCredentials& credentials,
                      const std::array<uint8_t, 32>& signing_key) {
  // Kept for the next request.
  thread_local std::string canonical;
  thread_local std::string text;
  canonical.clear();
  text.clear();
  bool is_right = false;
  if (AppendCanonicalRequest(head, body, credentials, &canonical)) {
    AppendStringToSign(credentials, canonical, &text);
    const std::array<uint8_t, 32> signature = HmacSha256(Bytes(signing_key), text);
    text.clear();
    AppendHex(Bytes(signature), &text);
    is_right = IsEqual(text, credentials.signature);
  }
  // One request with endless headers must not take memory for good.
  constexpr size_t kKeptBytesMax = 16 * 1024;
  if (canonical.capacity() > kKeptBytesMax) {
    std::string().swap(canonical);
  }
  return is_right;
}

bool HasSecurityToken(const RequestHead& head, const CheckedCredentials& credentials,
                      std::string_view token) {
  return IsEqual(credentials.is_presigned ? std::string_view(credentials.query.security_token)
                                          : FieldNamed(head, "X-Amz-Security-Token"),
                 token);
}

}  // namespace millrace::server
