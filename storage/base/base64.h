// Standard base64 with padding (RFC 4648), as DynamoDB's blobs travel.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

enum class Base64Error { kNone, kLength, kAlphabet };

// Decodes `text` and appends the bytes to `out`. kLength when the length is no multiple of four,
// kAlphabet for a character that does not belong or trailing bits that are not zero; `out` is then
// unchanged. Thread-safe.
Base64Error DecodeBase64(std::string_view text, std::string* out);

// Appends the base64 form of `bytes`. Thread-safe.
void EncodeBase64(std::string_view bytes, std::string* out);

}  // namespace millrace
