// Signatures of requests by AWS Signature Version 4, for measuring a server that verifies them. It
// shares nothing with the server's own code, so each accepted request checks one by the other.

#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::bench {

/// A SHA-256 digest.
using Digest = std::array<uint8_t, 32>;

/// SHA-256 and HMAC-SHA-256 with contexts that are made once: asking OpenSSL for an algorithm by
/// name costs more than the digest of a small request. Not thread-safe. Ends the program when
/// OpenSSL fails.
class Hasher {
 public:
  Hasher();

  /// The digest of a text.
  Digest Hash(std::string_view text);

  /// The message authentication code of a text.
  Digest Authenticate(std::string_view key, std::string_view text);

 private:
  struct Free {
    void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };

  Digest HashTwo(std::string_view first, std::string_view second);

  std::unique_ptr<EVP_MD, Free> algorithm_;
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

/// Signs POST requests for "/" of the service dynamodb in us-east-1. Not thread-safe.
class RequestSigner {
 public:
  /// Signs with that key for a server called `host` in the Host header.
  RequestSigner(std::string access_key_id, std::string secret, std::string host);

  /// Appends the headers X-Amz-Date and Authorization of a request of content type
  /// application/x-amz-json-1.0 with that target and body, made at `time`.
  void AppendHeaders(std::string_view target, std::string_view body, std::time_t time,
                     std::string* head);

 private:
  /// Everything that only depends on the second.
  void TakeTime(std::time_t time);

  const std::string access_key_id_;
  const std::string secret_;
  const std::string host_;
  Hasher hasher_;
  std::time_t time_ = -1;
  std::string date_;   // 20251121T000000Z
  std::string scope_;  // 20251121/us-east-1/dynamodb/aws4_request
  std::string signing_key_;
  std::string canonical_;
  std::string to_sign_;
};

}  // namespace millrace::bench
