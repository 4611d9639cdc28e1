// Links are /_functions/code/<package>?Expires=<epoch seconds>&Signature=<hex>, in exactly this
// form: nothing else is accepted, so there is nothing to decode.
#include "api/functions/code_links.h"

#include <array>
#include <charconv>

#include "storage/base/digest.h"

namespace millrace::api {
namespace {

constexpr std::string_view kExpires = "?Expires=";
constexpr std::string_view kSignature = "&Signature=";

// Takes as long for every pair of texts of one length, so that a signature cannot be found bit by
// bit.
bool EqualInConstantTime(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) {
    return false;
  }
  unsigned difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  }
  return difference == 0;
}

}  // namespace

CodeLinks::CodeLinks(const Clock* clock, Random* random) : clock_(clock) {
  for (int i = 0; i < 4; ++i) {
    const uint64_t part = random->Next64();
    key_.append(reinterpret_cast<const char*>(&part), sizeof(part));
  }
}

std::string CodeLinks::Make(std::string_view package) const {
  const std::string expires = std::to_string(clock_->NowMs() / 1000 + kLifetimeS);
  std::string link(kPathPrefix);
  link.append(package).append(kExpires).append(expires).append(kSignature);
  return link.append(Signature(package, expires));
}

std::optional<std::string> CodeLinks::Check(std::string_view target) const {
  const size_t expires_at = target.find(kExpires);
  const size_t signature_at = target.find(kSignature);
  if (!target.starts_with(kPathPrefix) || expires_at == std::string_view::npos ||
      signature_at == std::string_view::npos || signature_at < expires_at ||
      expires_at < kPathPrefix.size()) {
    return std::nullopt;
  }
  const std::string_view package =
      target.substr(kPathPrefix.size(), expires_at - kPathPrefix.size());
  const size_t number_at = expires_at + kExpires.size();
  if (signature_at < number_at) {
    return std::nullopt;
  }
  const std::string_view expires = target.substr(number_at, signature_at - number_at);
  const std::string_view signature = target.substr(signature_at + kSignature.size());
  if (!EqualInConstantTime(signature, Signature(package, expires))) {
    return std::nullopt;
  }
  // Signed, so it is a number.
  int64_t expires_s = 0;
  std::from_chars(expires.data(), expires.data() + expires.size(), expires_s);
  if (clock_->NowMs() / 1000 >= expires_s) {
    return std::nullopt;
  }
  return std::string(package);
}

std::string CodeLinks::Signature(std::string_view package, std::string_view expires) const {
  // A newline cannot be in either part of a link that is made here, so the pair is unambiguous.
  std::string text(package);
  text.append("\n").append(expires);
  const std::array<uint8_t, 32> digest = HmacSha256(key_, text);
  return ToHex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace millrace::api
