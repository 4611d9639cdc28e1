// What is on disk is known in memory: a hash is in a map from when its file or folder is complete
// until it is taken away, and both happen under the lock.
#include "streams/functions/code_store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "storage/base/digest.h"
#include "storage/base/mutex.h"
#include "streams/functions/disk_files.h"
#include "streams/functions/zip_unpacker.h"

namespace millrace::streams {
namespace {

constexpr std::string_view kZipSuffix = ".zip";
constexpr size_t kHashTextSize = 64;

std::string HashText(std::string_view bytes) {
  const auto hash = Sha256(bytes);
  return ToHex({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

}  // namespace

class CodeStore::State : public std::enable_shared_from_this<CodeStore::State> {
 public:
  State(std::string folder, std::function<void()> let_go)
      : folder_(std::move(folder)), let_go_(std::move(let_go)) {}

  Status Open() EXCLUDES(mutex_) {
    RETURN_IF_ERROR(RemoveTree(folder_ + "/unpacked"));
    RETURN_IF_ERROR(RemoveTree(folder_ + "/temporary"));
    for (const char* const name : {"/zips", "/unpacked", "/temporary"}) {
      RETURN_IF_ERROR(MakeFolder(folder_ + name));
    }
    MutexLock lock(&mutex_);
    std::error_code error;
    std::filesystem::directory_iterator entries(folder_ + "/zips", error);
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
      const std::string name = entries->path().filename().string();
      if (name.size() == kHashTextSize + kZipSuffix.size() && name.ends_with(kZipSuffix)) {
        zips_[name.substr(0, kHashTextSize)] = Kept{0, true};
      }
    }
    return error ? SystemFailure("cannot list", folder_ + "/zips", error.value()) : Status::Ok();
  }

  void Detach() EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    let_go_ = nullptr;
  }

  Result<Hold> Add(const std::string& sha256_hex, std::string_view zip) EXCLUDES(mutex_) {
    while (true) {
      if (Hold hold = HoldZip(sha256_hex)) {
        return hold;
      }
      // Whoever adds the same meanwhile writes the same bytes.
      const std::string path = ZipPath(sha256_hex);
      RETURN_IF_ERROR(WriteFileDurably(TemporaryPath(sha256_hex), path, zip));
      MutexLock lock(&mutex_);
      // If they have let go of it since, it may have been removed again.
      if (access(path.c_str(), F_OK) == 0) {
        return Take(&zips_, sha256_hex, &zips_[sha256_hex]);
      }
    }
  }

  Hold HoldZip(const std::string& sha256_hex) EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    const auto found = zips_.find(sha256_hex);
    return found == zips_.end() ? nullptr : Take(&zips_, sha256_hex, &found->second);
  }

  Result<std::string> ReadZip(const std::string& sha256_hex) const {
    ASSIGN_OR_RETURN(std::string zip, ReadFile(ZipPath(sha256_hex)));
    if (HashText(zip) != sha256_hex) {
      return Status(StatusCode::kCorruption, "stored code is damaged: " + ZipPath(sha256_hex));
    }
    return zip;
  }

  Result<Hold> Unpack(const std::vector<std::string>& sha256_hexes, std::string* path)
      EXCLUDES(mutex_) {
    const std::string key = FolderKey(sha256_hexes);
    *path = FolderPath(key);
    {
      MutexLock lock(&mutex_);
      while (folders_.contains(key) && !folders_[key].complete) {
        unpacked_.Wait(&mutex_);
      }
      if (folders_.contains(key)) {
        return Take(&folders_, key, &folders_[key]);
      }
      folders_[key].complete = false;
    }
    const Status status = MakeTree(sha256_hexes, key);
    MutexLock lock(&mutex_);
    unpacked_.NotifyAll();
    if (!status.ok()) {
      folders_.erase(key);
      return status;
    }
    folders_[key].complete = true;
    return Take(&folders_, key, &folders_[key]);
  }

  Status RemoveUnused(const std::set<std::string>& used_zips,
                      const std::set<std::string>& used_folders) EXCLUDES(mutex_) {
    std::vector<std::string> removed;
    {
      MutexLock lock(&mutex_);
      for (auto zip = zips_.begin(); zip != zips_.end();) {
        const bool unused = zip->second.holds == 0 && !used_zips.contains(zip->first);
        if (unused && unlink(ZipPath(zip->first).c_str()) != 0 && errno != ENOENT) {
          return SystemFailure("cannot remove", ZipPath(zip->first), errno);
        }
        zip = unused ? zips_.erase(zip) : std::next(zip);
      }
      for (auto folder = folders_.begin(); folder != folders_.end();) {
        const Kept& kept = folder->second;
        if (!kept.complete || kept.holds > 0 || used_folders.contains(folder->first)) {
          ++folder;
          continue;
        }
        const std::string path = FolderPath(folder->first);
        removed.push_back(TemporaryPath(folder->first));
        if (rename(path.c_str(), removed.back().c_str()) != 0) {
          return SystemFailure("cannot move away", path, errno);
        }
        folder = folders_.erase(folder);
      }
    }
    Status status;
    for (const std::string& path : removed) {
      Status removal = RemoveTree(path);
      status = removal.ok() ? std::move(status) : std::move(removal);
    }
    return status;
  }

 private:
  struct Kept {
    int64_t holds = 0;
    bool complete = true;  // false while a folder is being made
  };
  using KeptByHash = std::map<std::string, Kept>;

  Hold Take(KeptByHash* all, const std::string& key, Kept* kept) REQUIRES(mutex_) {
    ++kept->holds;
    auto release = [state = shared_from_this(), all, key](const void*) {
      state->Release(all, key);
    };
    // Any address will do: it is the count that matters.
    return Hold(static_cast<const void*>(this), std::move(release));
  }

  void Release(KeptByHash* all, const std::string& key) EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    const auto found = all->find(key);
    if (--found->second.holds == 0 && let_go_ != nullptr) {
      let_go_();
    }
  }

  Status MakeTree(const std::vector<std::string>& sha256_hexes, const std::string& key) {
    const std::string temporary = TemporaryPath(key);
    Status status = MakeFolder(temporary);
    for (const std::string& hash : sha256_hexes) {
      if (status.ok()) {
        const Result<std::string> zip = ReadZip(hash);
        status = zip.ok() ? UnpackZip(zip.value(), kUnzippedSizeMax, temporary) : zip.status();
      }
    }
    if (status.ok()) {
      status = ProtectFolders(temporary);
    }
    // The top folder is protected last: one that cannot be written to cannot be moved either.
    const std::string path = FolderPath(key);
    if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) {
      status = SystemFailure("cannot rename to", path, errno);
    }
    if (status.ok() && chmod(path.c_str(), 0555) != 0) {
      status = SystemFailure("cannot protect", path, errno);
    }
    if (!status.ok()) {
      RemoveTree(temporary).IgnoreError();  // The next start removes what is left.
    }
    return status;
  }

  std::string ZipPath(const std::string& hash) const {
    return (folder_ + "/zips/" + hash).append(kZipSuffix);
  }
  std::string FolderPath(const std::string& key) const { return folder_ + "/unpacked/" + key; }
  std::string TemporaryPath(const std::string& key) {
    return folder_ + "/temporary/" + key + "." + std::to_string(next_temporary_++);
  }

  const std::string folder_;
  std::atomic<uint64_t> next_temporary_{1};
  mutable Mutex mutex_;
  ConditionVariable unpacked_;
  std::function<void()> let_go_ GUARDED_BY(mutex_);
  KeptByHash zips_ GUARDED_BY(mutex_);
  KeptByHash folders_ GUARDED_BY(mutex_);
};

CodeStore::CodeStore(std::string folder, std::function<void()> let_go)
    : state_(std::make_shared<State>(std::move(folder), std::move(let_go))) {}

CodeStore::~CodeStore() { state_->Detach(); }

Status CodeStore::Open() { return state_->Open(); }

Result<CodeStore::Hold> CodeStore::Add(const std::string& sha256_hex, std::string_view zip) {
  return state_->Add(sha256_hex, zip);
}

CodeStore::Hold CodeStore::HoldZip(const std::string& sha256_hex) {
  return state_->HoldZip(sha256_hex);
}

Result<std::string> CodeStore::ReadZip(const std::string& sha256_hex) const {
  return state_->ReadZip(sha256_hex);
}

Result<CodeStore::Hold> CodeStore::Unpack(const std::vector<std::string>& sha256_hexes,
                                          std::string* path) {
  return state_->Unpack(sha256_hexes, path);
}

std::string CodeStore::FolderKey(const std::vector<std::string>& sha256_hexes) {
  if (sha256_hexes.size() == 1) {
    return sha256_hexes[0];
  }
  std::string all;
  for (const std::string& hash : sha256_hexes) {
    all.append(hash);
  }
  return HashText(all);
}

Status CodeStore::RemoveUnused(const std::set<std::string>& used_zips,
                               const std::set<std::string>& used_folders) {
  return state_->RemoveUnused(used_zips, used_folders);
}

}  // namespace millrace::streams
