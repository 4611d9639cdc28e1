// The files of code: zips, by the hash of their bytes, and what was unpacked of them. A zip is on
// disk, for good, before anything can refer to it. What is not used any more goes when nobody holds
// it.
//
// Folders in `folder`: zips/<hash>.zip; unpacked/<hash> and unpacked/<hash of a list of layers>,
// made when first needed and forgotten at every start; temporary.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"
#include "streams/functions/function.h"

namespace millrace::streams {

// Thread-safe, apart from Open. What it hands out may outlive it.
class CodeStore {
 public:
  using Hold = std::shared_ptr<const void>;

  // `let_go` is called when something is not held any more that was; on any thread, with locks
  // held: it may do no more than wake somebody.
  CodeStore(std::string folder, std::function<void()> let_go);
  // Calls `let_go` no more.
  ~CodeStore();
  CodeStore(const CodeStore&) = delete;
  CodeStore& operator=(const CodeStore&) = delete;

  // Makes the folders and finds the zips that are there. Once, before anything else.
  Status Open();

  // Stores a zip that has been checked; it stays at least as long as it is held.
  Result<Hold> Add(const std::string& sha256_hex, std::string_view zip);
  // Holds a zip that is stored; nullptr if it is not.
  Hold HoldZip(const std::string& sha256_hex);
  Result<std::string> ReadZip(const std::string& sha256_hex) const;

  // A folder with what the zips hold, later ones over earlier ones; unpacks them if need be. Sets
  // `path`. It stays as long as it is held.
  Result<Hold> Unpack(const std::vector<std::string>& sha256_hexes, std::string* path);
  // The name under which RemoveUnused knows such a folder.
  static std::string FolderKey(const std::vector<std::string>& sha256_hexes);

  // Removes the zips and folders that are neither held nor named here. One caller at a time. A
  // failure leaves some for the next time.
  Status RemoveUnused(const std::set<std::string>& used_zips,
                      const std::set<std::string>& used_folders);

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace millrace::streams
