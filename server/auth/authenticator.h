// Authentication: who sends a request, and whether its credentials are acceptable. The gate asks an
// Authenticator at one position of its list; which kind is in use is decided by a flag. Whatever
// the kind, the answers for malformed credentials are AWS's own sentences.
#pragma once

#include <string>
#include <string_view>

#include "api/wire/error.h"
#include "server/auth/access_keys.h"
#include "server/request/request_head.h"
#include "storage/base/clock.h"

namespace millrace::server {

// Thread-safe.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // Checks the credentials of a request. `body` is what was received, before any decoding. When
  // the request names an access key id, it is put into `*access_key_id`, else that is made empty.
  virtual api::ApiStatus Authenticate(const RequestHead& head, std::string_view body,
                                      std::string* access_key_id) const = 0;
  // Whether nobody gets past it who does not know a secret.
  virtual bool verifies() const { return false; }
};

// Accepts everything; malformed credentials are ignored.
class OpenAuthenticator final : public Authenticator {
 public:
  api::ApiStatus Authenticate(const RequestHead& head, std::string_view body,
                              std::string* access_key_id) const override;
};

// Wants complete, current credentials for this region, but does not check the signature.
class ShapeAuthenticator final : public Authenticator {
 public:
  ShapeAuthenticator(const Clock* clock, std::string_view region)
      : clock_(clock), region_(region) {}
  api::ApiStatus Authenticate(const RequestHead& head, std::string_view body,
                              std::string* access_key_id) const override;

 private:
  const Clock* const clock_;
  const std::string region_;
};

// Wants credentials of a known key and checks the signature. Costs about two microseconds.
class VerifyingAuthenticator final : public Authenticator {
 public:
  // The pointers must outlive the object.
  VerifyingAuthenticator(const Clock* clock, std::string_view region, const AccessKeys* keys)
      : clock_(clock), region_(region), keys_(keys) {}
  api::ApiStatus Authenticate(const RequestHead& head, std::string_view body,
                              std::string* access_key_id) const override;
  bool verifies() const override { return true; }

 private:
  const Clock* const clock_;
  const std::string region_;
  const AccessKeys* const keys_;
};

}  // namespace millrace::server
