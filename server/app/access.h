// Who is let in: the authenticator that the flags ask for, and the keys that it knows.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "server/app/policy_file.h"
#include "server/auth/access_keys.h"
#include "server/auth/authenticator.h"
#include "server/flags/flags.h"
#include "storage/base/clock.h"
#include "storage/base/random.h"
#include "storage/base/status.h"

namespace millrace::server {

// kInvalidArgument if the server would listen on an address that others can reach without checking
// signatures, and nobody has said that this is wanted.
Status CheckListenAddress(const Flags& flags);

// Thread-safe, apart from Open.
class Access {
 public:
  // Reads the credentials file and the policies file, if there are any: kNotFound,
  // kInvalidArgument. The clock must outlive the object.
  static Result<std::unique_ptr<Access>> Open(const Flags& flags, const Clock* clock,
                                              Random* random);

  const Authenticator* authenticator() const { return authenticator_.get(); }
  // The same if it verifies signatures, else nullptr.
  const Authenticator* verifier() const {
    return keys_ == nullptr ? nullptr : authenticator_.get();
  }
  // Says who may do what; nullptr: every key may do everything.
  const api::Authorizer* authorizer() const {
    return policies_ == nullptr ? nullptr : policies_->authorizer();
  }
  // Another number after every change of the keys or the policies, for what outlasts the request
  // that was allowed; nullptr: there are none.
  const std::atomic<uint64_t>* revision() const { return keys_ == nullptr ? nullptr : &revision_; }
  // What handlers of functions sign with: a key of this process, new with every start.
  const AccessKey& function_key() const { return function_key_; }
  // Reads the credentials file and the policies file again if they have changed, and says so in the
  // log. Call now and then.
  void Refresh();

 private:
  Access() = default;

  AccessKey function_key_;
  std::unique_ptr<AccessKeys> keys_;  // nullptr: signatures are not verified
  std::unique_ptr<Authenticator> authenticator_;
  std::unique_ptr<PolicyFile> policies_;  // nullptr: there is none
  std::atomic<uint64_t> revision_{0};
};

}  // namespace millrace::server
