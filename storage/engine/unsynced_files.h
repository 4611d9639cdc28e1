// What a disk holds for certain: of each file the bytes that were synced, of each folder the names
// that it had when it was synced last. From this follows what is left after a power cut, which can
// be made to be what really lies in the folder. For tests; linked into no release build.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"

namespace millrace::engine {

// Follows the changes of files that somebody else makes. Files that it is not told of are taken as
// synced. Files that are deleted are kept in a folder beside them, kFolderName, until their folder
// is synced. Not thread-safe.
class UnsyncedFiles {
 public:
  static constexpr std::string_view kFolderName = ".unsynced";

  // One file, whatever its name is at the moment.
  struct File {
    std::string place;     // where its bytes are
    uint64_t written = 0;  // bytes that it has
    uint64_t synced = 0;   // bytes of these that a power cut leaves
  };
  using FilePointer = std::shared_ptr<File>;

  // A new empty file will be made at `path`; what was there loses its name.
  Result<FilePointer> Create(const std::string& path);
  // The file at `path`, which exists.
  FilePointer Find(const std::string& path);
  // Takes the file away.
  Status Remove(const std::string& path);
  // Renames the file.
  Status Rename(const std::string& from, const std::string& to);
  // The names in `folder` are synced.
  void SyncFolder(std::string_view folder);

  // Makes the files what a power cut leaves of them. With `seed` 0 nothing that was not synced is
  // left; otherwise some changes of names, in the order of their making, and the beginning of what
  // was added to each file are. Files that are open stay readable as they were, under no name.
  Status CutPower(uint64_t seed);

 private:
  // A change of names that is not synced.
  struct Change {
    std::string folder;
    std::string gone;  // the name that goes; empty: none
    std::string name;  // the name that comes; empty: none
    FilePointer file;  // that has it from then on
  };
  using Names = std::map<std::string, FilePointer>;

  static void Apply(const Change& change, Names* names);
  Status Hide(const std::string& path);
  void DeleteUnreachable();
  Status Stage(const File& file, uint64_t size, const std::string& path) const;

  Names current_;
  Names synced_;
  std::vector<Change> changes_;
  std::vector<FilePointer> hidden_;
  std::set<std::string> folders_;  // of ours
  uint64_t hidden_count_ = 0;
};

}  // namespace millrace::engine
