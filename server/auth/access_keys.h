// The keys with which clients may sign: from a file in the form of the AWS shared credentials file,
// and those that the server gives to functions.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/auth/credentials.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"

namespace millrace::server {

struct AccessKey {
  std::string id;
  std::string secret;
  std::string session_token;  // empty: requests carry none
  std::string profile;        // the section of the file
};

// Reads the text of a credentials file: sections, in each of them aws_access_key_id,
// aws_secret_access_key and perhaps aws_session_token; other names mean nothing here. Lines that
// begin with # or ; are comments. kInvalidArgument, with the line, for what is no such file, a
// section without its secret, or a key that is there twice. Thread-safe.
Result<std::vector<AccessKey>> ParseCredentialsFile(std::string_view text);

// Thread-safe.
class AccessKeys {
 public:
  // What verifying takes of a key.
  struct Lookup {
    std::array<uint8_t, 32> signing_key;
    std::string session_token;
  };

  // `path`: the file; empty: there is none.
  explicit AccessKeys(std::string path) : path_(std::move(path)) {}

  // Reads the file. What was known before stays in use when it fails: kNotFound if it cannot be
  // read, kIoError if it changed meanwhile, kInvalidArgument for its contents.
  Status Load() EXCLUDES(mutex_);
  // The same if the file has changed since; call now and then. Tells whether it has been read.
  Result<bool> LoadIfChanged() EXCLUDES(mutex_);
  // Adds a key that is in no file.
  void Add(AccessKey key) EXCLUDES(mutex_);

  // The signing key for a scope, which is remembered; false if there is no such access key.
  bool Find(const CredentialScope& scope, Lookup* lookup) const EXCLUDES(mutex_);
  size_t size() const EXCLUDES(mutex_);
  // The ids of all keys, each with its profile.
  std::vector<std::pair<std::string, std::string>> Profiles() const EXCLUDES(mutex_);

 private:
  // A signing key is good for one day, region and service.
  struct SigningKey {
    std::string scope;
    std::array<uint8_t, 32> key;
  };
  struct Entry {
    AccessKey key;
    std::vector<SigningKey> signing_keys;
    size_t next = 0;  // to be replaced
  };
  // Changes with every write to the file.
  struct FileVersion {
    int64_t modified_ns = 0;
    int64_t size = -1;
    uint64_t inode = 0;
    friend bool operator==(const FileVersion&, const FileVersion&) = default;
  };
  static constexpr size_t kSigningKeysMax = 8;

  static FileVersion VersionOf(const std::string& path);

  const std::string path_;
  mutable Mutex mutex_;
  FileVersion version_ GUARDED_BY(mutex_);
  mutable std::unordered_map<std::string, Entry> keys_ GUARDED_BY(mutex_);
  std::vector<AccessKey> added_ GUARDED_BY(mutex_);
};

}  // namespace millrace::server
