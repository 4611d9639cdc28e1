// Reading credentials files, and signing keys derived from secrets.
#include "server/auth/access_keys.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

#include "server/auth/signature.h"

namespace millrace::server {
namespace {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

Status FileError(size_t line, const std::string& what) {
  return Status(StatusCode::kInvalidArgument,
                "line " + std::to_string(line) + " of the credentials file: " + what);
}

// Ends a section: its key must be whole.
Status FinishSection(size_t line, AccessKey* key, std::set<std::string>* ids,
                     std::vector<AccessKey>* keys) {
  AccessKey finished = std::exchange(*key, AccessKey());
  if (finished.id.empty() && finished.secret.empty()) {
    return Status::Ok();
  }
  if (finished.id.empty() || finished.secret.empty()) {
    return FileError(
        line, "the section before it has no " +
                  std::string(finished.id.empty() ? "aws_access_key_id" : "aws_secret_access_key"));
  }
  if (!ids->insert(finished.id).second) {
    return FileError(line, "the access key of the section before it is there twice");
  }
  keys->push_back(std::move(finished));
  return Status::Ok();
}

bool HasControlCharacter(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char character) {
    return static_cast<unsigned char>(character) < ' ' || character == '\x7f';
  });
}

Status ReadSetting(size_t number, std::string_view line, AccessKey* key) {
  const size_t equals = line.find('=');
  if (equals == std::string_view::npos) {
    return FileError(number, "neither a section nor a setting");
  }
  const std::string_view name = Trim(line.substr(0, equals));
  const std::string_view value = Trim(line.substr(equals + 1));
  if (HasControlCharacter(value)) {
    return FileError(number, "a control character in a value");
  }
  if (key->profile.empty()) {
    return FileError(number, "a setting outside of any section");
  }
  if (name == "aws_access_key_id") {
    key->id = value;
  } else if (name == "aws_secret_access_key") {
    key->secret = value;
  } else if (name == "aws_session_token") {
    key->session_token = value;
  }
  return Status::Ok();
}

}  // namespace

Result<std::vector<AccessKey>> ParseCredentialsFile(std::string_view text) {
  std::vector<AccessKey> keys;
  std::set<std::string> ids;
  AccessKey key;
  size_t number = 0;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    ++number;
    if (line.empty() || line[0] == '#' || line[0] == ';') {
      continue;
    }
    if (line[0] != '[') {
      RETURN_IF_ERROR(ReadSetting(number, line, &key));
      continue;
    }
    // Names of sections, like ids, come back in logs.
    if (line.back() != ']' || HasControlCharacter(line) ||
        Trim(line.substr(1, line.size() - 2)).empty()) {
      return FileError(number, "a section is [name]");
    }
    RETURN_IF_ERROR(FinishSection(number, &key, &ids, &keys));
    key.profile = Trim(line.substr(1, line.size() - 2));
  }
  RETURN_IF_ERROR(FinishSection(number + 1, &key, &ids, &keys));
  return keys;
}

AccessKeys::FileVersion AccessKeys::VersionOf(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) {
    return {};
  }
  return {int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec, status.st_size,
          status.st_ino};
}

Status AccessKeys::Load() {
  // Before the contents and behind them: what is half written is read again the next time.
  const FileVersion version = VersionOf(path_);
  std::ifstream file(path_, std::ios::binary);
  if (!file) {
    return Status(StatusCode::kNotFound, "cannot read the credentials file " + path_);
  }
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad() || !(VersionOf(path_) == version)) {
    return Status(StatusCode::kIoError, "the credentials file " + path_ +
                                            " changed while it was read, or cannot be read");
  }
  Result<std::vector<AccessKey>> keys = ParseCredentialsFile(text);
  MutexLock lock(&mutex_);
  version_ = version;
  RETURN_IF_ERROR(keys.status());
  keys_.clear();
  for (const std::vector<AccessKey>& list : {keys.value(), added_}) {
    for (const AccessKey& key : list) {
      keys_[key.id] = {key, {}, 0};
    }
  }
  return Status::Ok();
}

Result<bool> AccessKeys::LoadIfChanged() {
  {
    const FileVersion version = VersionOf(path_);
    MutexLock lock(&mutex_);
    if (path_.empty() || version == version_) {
      return false;
    }
    version_ = version;
  }
  RETURN_IF_ERROR(Load());
  return true;
}

void AccessKeys::Add(AccessKey key) {
  MutexLock lock(&mutex_);
  keys_[key.id] = {key, {}, 0};
  added_.push_back(std::move(key));
}

bool AccessKeys::Find(const CredentialScope& scope, Lookup* lookup) const {
  MutexLock lock(&mutex_);
  const auto found = keys_.find(std::string(scope.access_key_id));
  if (found == keys_.end()) {
    return false;
  }
  Entry& entry = found->second;
  lookup->session_token = entry.key.session_token;
  for (const SigningKey& known : entry.signing_keys) {
    const std::string_view text = known.scope;
    if (text.size() == scope.date.size() + scope.region.size() + scope.service.size() + 2 &&
        text.starts_with(scope.date) && text.ends_with(scope.service) &&
        text.substr(scope.date.size() + 1, scope.region.size()) == scope.region) {
      lookup->signing_key = known.key;
      return true;
    }
  }
  SigningKey made;
  made.scope.append(scope.date).append("/").append(scope.region).append("/").append(scope.service);
  made.key = DeriveSigningKey(entry.key.secret, scope);
  lookup->signing_key = made.key;
  if (entry.signing_keys.size() < kSigningKeysMax) {
    entry.signing_keys.push_back(std::move(made));
  } else {
    entry.signing_keys[entry.next] = std::move(made);
    entry.next = (entry.next + 1) % kSigningKeysMax;
  }
  return true;
}

std::vector<std::pair<std::string, std::string>> AccessKeys::Profiles() const {
  MutexLock lock(&mutex_);
  std::vector<std::pair<std::string, std::string>> profiles;
  for (const auto& [id, entry] : keys_) {
    profiles.emplace_back(id, entry.key.profile);
  }
  return profiles;
}

size_t AccessKeys::size() const {
  MutexLock lock(&mutex_);
  return keys_.size();
}

}  // namespace millrace::server
