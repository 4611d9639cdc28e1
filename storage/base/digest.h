// Checksums and hashes, all from libraries: CRC-32 (libdeflate) for the wire, SHA-256 (OpenSSL) for
// identities of content, and XXH3-128 (xxHash) with a secret seed for placing partitions.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

// CRC-32 of IEEE 802.3 (zlib's polynomial), as the x-amz-crc32 header carries it. Thread-safe.
uint32_t Crc32(std::string_view data);

// SHA-256 of `data`. Thread-safe.
std::array<uint8_t, 32> Sha256(std::string_view data);

// HMAC-SHA-256 of `data`: proof that whoever made it knew `key`. Thread-safe.
std::array<uint8_t, 32> HmacSha256(std::string_view key, std::string_view data);

// MD5 of `data` in lower-case hexadecimal: only for protocols that carry it as a checksum.
// Thread-safe.
std::string Md5Hex(std::string_view data);

// A 128-bit hash in the byte order it is stored in.
struct Hash128 {
  uint64_t high = 0;
  uint64_t low = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
};

// Keyed 128-bit hash: the same `seed` and `data` give the same hash for ever (it reaches disk).
// Without the seed it is not predictable enough to aim many keys at one place. Not a cryptographic
// hash. Thread-safe.
Hash128 KeyedHash128(uint64_t seed, std::string_view data);

// `data` in lower-case hexadecimal.
std::string ToHex(std::string_view data);
void AppendHex(std::string_view data, std::string* out);

}  // namespace millrace
