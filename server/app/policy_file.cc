// Reading the policies file.
#include "server/app/policy_file.h"

#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "storage/base/log.h"

namespace millrace::server {

PolicyFile::Version PolicyFile::CurrentVersion() const {
  struct stat status;
  if (stat(path_.c_str(), &status) != 0) {
    return {};
  }
  return {int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec, status.st_size,
          status.st_ino};
}

Status PolicyFile::Load(const Profiles& profiles) {
  // Before the contents: a write in between is noticed the next time.
  version_ = CurrentVersion();
  std::ifstream file(path_, std::ios::binary);
  if (!file) {
    return Status(StatusCode::kNotFound, "cannot read the policies file " + path_);
  }
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::vector<api::NamedKey> keys;
  for (const auto& [id, profile] : profiles) {
    keys.push_back({id, profile});
  }
  const Status status = authorizer_.Load(text, keys);
  return status.ok() ? status
                     : Status(status.code(), "the policies file: " + std::string(status.message()));
}

bool PolicyFile::Refresh(const Profiles& profiles, bool keys_changed) {
  if (!keys_changed && version_ == CurrentVersion()) {
    return false;
  }
  const Status status = Load(profiles);
  if (status.ok()) {
    Log(LogLevel::kInfo, "the policies file was read again");
  } else {
    Log(LogLevel::kError, "the policies stay as they were: " + status.ToString());
  }
  return status.ok();
}

}  // namespace millrace::server
