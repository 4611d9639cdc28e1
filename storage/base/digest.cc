// Checksums and hashes: thin calls into libdeflate, OpenSSL and xxHash.
#include "storage/base/digest.h"

#include <libdeflate.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "storage/base/check.h"

// All of XXH3 is compiled in here: a call for a short key is inlined to a few instructions.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace millrace {

uint32_t Crc32(std::string_view data) {
  // Carry-less multiplication makes this ten times as fast as zlib's tables; every reply has one.
  return libdeflate_crc32(0, data.data(), data.size());
}

namespace {

// A context for digests that is used again and again: making one costs as much as the digest of a
// short text.
class DigestContext {
 public:
  DigestContext() : context_(EVP_MD_CTX_new()) { CHECK(context_ != nullptr); }
  ~DigestContext() { EVP_MD_CTX_free(context_); }
  DigestContext(const DigestContext&) = delete;
  DigestContext& operator=(const DigestContext&) = delete;

  EVP_MD_CTX* get() { return context_; }

 private:
  EVP_MD_CTX* context_;
};

}  // namespace

std::array<uint8_t, 32> Sha256(std::string_view data) {
  // Fetched once: looking the algorithm up costs several times as much as hashing a short string.
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  CHECK(algorithm != nullptr);
  thread_local DigestContext context;
  std::array<uint8_t, 32> digest;
  unsigned int size = 0;
  CHECK(EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1);
  CHECK(EVP_DigestUpdate(context.get(), data.data(), data.size()) == 1);
  CHECK(EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1);
  CHECK(size == digest.size());
  return digest;
}

namespace {

// A context for HMAC-SHA-256 that is used again and again: making one costs more than the digest.
class MacContext {
 public:
  MacContext() {
    static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    CHECK(algorithm != nullptr);
    context_ = EVP_MAC_CTX_new(algorithm);
    CHECK(context_ != nullptr);
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    CHECK(EVP_MAC_CTX_set_params(context_, parameters) == 1);
  }
  ~MacContext() { EVP_MAC_CTX_free(context_); }
  MacContext(const MacContext&) = delete;
  MacContext& operator=(const MacContext&) = delete;

  // Begins a text under a key. The same key as the last time, which for requests of one client it
  // is, costs nothing.
  void Begin(std::string_view key) {
    if (has_key_ && key == key_) {
      CHECK(EVP_MAC_init(context_, nullptr, 0, nullptr) == 1);
      return;
    }
    // An empty key must not be nullptr, which means the key of the last time.
    const auto* const bytes = key.empty() ? reinterpret_cast<const unsigned char*>("")
                                          : reinterpret_cast<const unsigned char*>(key.data());
    CHECK(EVP_MAC_init(context_, bytes, key.size(), nullptr) == 1);
    key_ = key;
    has_key_ = true;
  }
  EVP_MAC_CTX* get() { return context_; }

 private:
  EVP_MAC_CTX* context_;
  std::string key_;
  bool has_key_ = false;
};

const unsigned char* BytesOf(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::array<uint8_t, 32> HmacSha256(std::string_view key, std::string_view data) {
  thread_local MacContext context;
  std::array<uint8_t, 32> digest;
  size_t size = 0;
  context.Begin(key);
  CHECK(EVP_MAC_update(context.get(), BytesOf(data), data.size()) == 1);
  CHECK(EVP_MAC_final(context.get(), digest.data(), &size, digest.size()) == 1);
  CHECK(size == digest.size());
  return digest;
}

std::string Md5Hex(std::string_view data) {
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "MD5", nullptr);
  CHECK(algorithm != nullptr);
  char digest[16];
  unsigned int size = 0;
  CHECK(EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest), &size,
                   algorithm, nullptr) == 1);
  CHECK(size == sizeof(digest));
  return ToHex({digest, sizeof(digest)});
}

Hash128 KeyedHash128(uint64_t seed, std::string_view data) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(data.data(), data.size(), seed);
  return {hash.high64, hash.low64};
}

void AppendHex(std::string_view data, std::string* out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  const size_t start = out->size();
  out->resize(start + data.size() * 2);
  char* at = out->data() + start;
  for (const char letter : data) {
    const auto byte = static_cast<uint8_t>(letter);
    *at++ = kDigits[byte >> 4];
    *at++ = kDigits[byte & 0x0F];
  }
}

std::string ToHex(std::string_view data) {
  std::string hex;
  AppendHex(data, &hex);
  return hex;
}

}  // namespace millrace
