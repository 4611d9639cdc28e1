// The canonical request has a fixed form here, because all requests have the same headers.

#include "bench/load/request_signer.h"

#include <utility>

#include "bench/load/flags.h"

namespace millrace::bench {
namespace {

constexpr size_t kBlockBytes = 64;
constexpr std::string_view kContentType = "application/x-amz-json-1.0";
constexpr std::string_view kSignedHeaders = "content-type;host;x-amz-date;x-amz-target";

std::string_view BytesOf(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

void AppendHex(const Digest& digest, std::string* out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const uint8_t byte : digest) {
    out->push_back(kDigits[byte >> 4]);
    out->push_back(kDigits[byte & 15]);
  }
}

}  // namespace

Hasher::Hasher()
    : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
  if (algorithm_ == nullptr || context_ == nullptr) Fail("OpenSSL has no SHA-256");
}

Digest Hasher::HashTwo(std::string_view first, std::string_view second) {
  Digest digest;
  if (EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) != 1 ||
      EVP_DigestUpdate(context_.get(), first.data(), first.size()) != 1 ||
      EVP_DigestUpdate(context_.get(), second.data(), second.size()) != 1 ||
      EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) != 1) {
    Fail("OpenSSL cannot hash");
  }
  return digest;
}

Digest Hasher::Hash(std::string_view text) { return HashTwo(text, {}); }

Digest Hasher::Authenticate(std::string_view key, std::string_view text) {
  std::array<char, kBlockBytes> block{};
  Digest short_key;
  if (key.size() > kBlockBytes) {
    short_key = Hash(key);
    key = BytesOf(short_key);
  }
  key.copy(block.data(), block.size());
  for (char& byte : block) byte = static_cast<char>(byte ^ 0x36);
  const Digest inner = HashTwo({block.data(), block.size()}, text);
  for (char& byte : block) byte = static_cast<char>(byte ^ 0x36 ^ 0x5c);
  return HashTwo({block.data(), block.size()}, BytesOf(inner));
}

RequestSigner::RequestSigner(std::string access_key_id, std::string secret, std::string host)
    : access_key_id_(std::move(access_key_id)),
      secret_(std::move(secret)),
      host_(std::move(host)) {}

void RequestSigner::TakeTime(std::time_t time) {
  if (time == time_) return;
  time_ = time;
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[32];
  date_.assign(text, std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts));
  const std::string day = date_.substr(0, 8);
  scope_ = day + "/us-east-1/dynamodb/aws4_request";
  Digest key = hasher_.Authenticate("AWS4" + secret_, day);
  for (const std::string_view word : {"us-east-1", "dynamodb", "aws4_request"}) {
    key = hasher_.Authenticate(BytesOf(key), word);
  }
  signing_key_ = BytesOf(key);
}

void RequestSigner::AppendHeaders(std::string_view target, std::string_view body, std::time_t time,
                                  std::string* head) {
  TakeTime(time);
  canonical_.assign("POST\n/\n\ncontent-type:").append(kContentType).append("\nhost:");
  canonical_.append(host_).append("\nx-amz-date:").append(date_);
  canonical_.append("\nx-amz-target:").append(target).append("\n\n");
  canonical_.append(kSignedHeaders).append("\n");
  AppendHex(hasher_.Hash(body), &canonical_);
  to_sign_.assign("AWS4-HMAC-SHA256\n").append(date_).append("\n").append(scope_).append("\n");
  AppendHex(hasher_.Hash(canonical_), &to_sign_);
  head->append("X-Amz-Date: ").append(date_);
  head->append("\r\nAuthorization: AWS4-HMAC-SHA256 Credential=").append(access_key_id_);
  head->append("/").append(scope_).append(", SignedHeaders=").append(kSignedHeaders);
  head->append(", Signature=");
  AppendHex(hasher_.Authenticate(signing_key_, to_sign_), head);
  head->append("\r\n");
}

}  // namespace millrace::bench
