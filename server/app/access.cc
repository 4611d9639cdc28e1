// Choosing the authenticator, and keeping its keys up to date.
#include "server/app/access.h"

#include <sys/stat.h>

#include <string>
#include <utility>

#include "server/http/http_server.h"
#include "storage/base/digest.h"
#include "storage/base/log.h"

namespace millrace::server {
namespace {

std::string RandomHex(Random* random, int words) {
  std::string bytes;
  for (int i = 0; i < words; ++i) {
    const uint64_t word = random->Next64();
    bytes.append(reinterpret_cast<const char*>(&word), sizeof(word));
  }
  return ToHex(bytes);
}

void WarnOfReadableFile(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    Log(LogLevel::kWarning, "the credentials file " + path +
                                " can be used by other users of this machine; chmod 600 it");
  }
}

}  // namespace

Status CheckListenAddress(const Flags& flags) {
  if (IsLoopbackHost(flags.host) || flags.authentication == AuthenticationMode::kVerify ||
      flags.open_to_everybody) {
    return Status::Ok();
  }
  return Status(StatusCode::kInvalidArgument,
                "--host=" + flags.host +
                    " is not a loopback address, and signatures are not verified: everybody who "
                    "can connect may read and write everything. Use --auth=verify with "
                    "--credentials_file, or 127.0.0.1 and a proxy that authenticates; or say "
                    "--i_know_this_is_open.");
}

Result<std::unique_ptr<Access>> Access::Open(const Flags& flags, const Clock* clock,
                                             Random* random) {
  auto access = std::unique_ptr<Access>(new Access());
  access->function_key_ = {"MRF" + RandomHex(random, 1), RandomHex(random, 4), RandomHex(random, 4),
                           "functions"};
  switch (flags.authentication) {
    case AuthenticationMode::kOpen:
      access->authenticator_ = std::make_unique<OpenAuthenticator>();
      break;
    case AuthenticationMode::kShape:
      access->authenticator_ = std::make_unique<ShapeAuthenticator>(clock, flags.region);
      break;
    case AuthenticationMode::kVerify:
      access->keys_ = std::make_unique<AccessKeys>(flags.credentials_file);
      RETURN_IF_ERROR(access->keys_->Load());
      WarnOfReadableFile(flags.credentials_file);
      if (access->keys_->size() == 0) {
        Log(LogLevel::kWarning, "the credentials file has no keys: nobody can sign requests");
      }
      access->keys_->Add(access->function_key_);
      access->authenticator_ =
          std::make_unique<VerifyingAuthenticator>(clock, flags.region, access->keys_.get());
      break;
  }
  if (!flags.policies_file.empty()) {
    access->policies_ = std::make_unique<PolicyFile>(flags.policies_file, flags.account, clock);
    RETURN_IF_ERROR(access->policies_->Load(access->keys_->Profiles()));
  }
  return access;
}

void Access::Refresh() {
  if (keys_ == nullptr) {
    return;
  }
  const Result<bool> changed = keys_->LoadIfChanged();
  if (!changed.ok()) {
    Log(LogLevel::kError, "the keys stay as they were: " + changed.status().ToString());
  } else if (changed.value()) {
    Log(LogLevel::kInfo, "the credentials file was read again");
  }
  const bool keys_changed = changed.ok() && changed.value();
  const bool policies_changed =
      policies_ != nullptr && policies_->Refresh(keys_->Profiles(), keys_changed);
  if (keys_changed || policies_changed) {
    revision_.fetch_add(1, std::memory_order_release);
  }
}

}  // namespace millrace::server
