// Signatures of AWS Signature Version 4: what they are made of, and whether one is right.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/auth/credential_checks.h"
#include "server/auth/credentials.h"
#include "server/request/request_head.h"

namespace millrace::server {

// The key that signs requests of one day, region and service. Thread-safe.
std::array<uint8_t, 32> DeriveSigningKey(std::string_view secret, const CredentialScope& scope);

// Appends the canonical form of a request, the text whose digest is signed. False if a header that
// the client says to have signed is not there. Thread-safe.
bool AppendCanonicalRequest(const RequestHead& head, std::string_view body,
                            const CheckedCredentials& credentials, std::string* out);

// Whether the signature was made with `signing_key` of exactly this request. Takes the same time
// for all wrong ones. Thread-safe.
bool SignatureIsRight(const RequestHead& head, std::string_view body,
                      const CheckedCredentials& credentials,
                      const std::array<uint8_t, 32>& signing_key);

// Whether the request carries exactly this session token; empty: it must carry none. Thread-safe.
bool HasSecurityToken(const RequestHead& head, const CheckedCredentials& credentials,
                      std::string_view token);

}  // namespace millrace::server
