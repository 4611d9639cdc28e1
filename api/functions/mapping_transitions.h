// The states between states of event source mappings: Creating, Updating and the like. The engine
// makes changes at once, or as soon as the batches under way have ended; this is what the API tells
// of that.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "streams/mappings/mapping.h"

namespace millrace::api {

enum class MappingChange : uint8_t { kCreating, kEnabling, kDisabling, kUpdating, kDeleting };

// As the protocol names it.
std::string_view MappingChangeText(MappingChange change);

// Forgotten when the server stops. Thread-safe.
class MappingTransitions {
 public:
  // Changes show for `delay_ms` at least. The clock must outlive the object.
  MappingTransitions(const Clock* clock, int64_t delay_ms) : clock_(clock), delay_ms_(delay_ms) {}

  // A change of the mapping has been made.
  void Begin(const streams::Mapping& mapping, MappingChange change) EXCLUDES(mutex_);
  // The change that shows now, if any. `changing`: the engine is still at it.
  std::optional<MappingChange> Current(std::string_view uuid, bool changing) const EXCLUDES(mutex_);
  // The mapping of that id if it has been deleted and that still shows.
  std::optional<streams::Mapping> Deleted(std::string_view uuid) const EXCLUDES(mutex_);

  // Of several requests that want to make a mapping of the same source and function, one gets it.
  // False: somebody else has it.
  bool Claim(const std::string& pair) EXCLUDES(mutex_);
  void Release(const std::string& pair) EXCLUDES(mutex_);

 private:
  struct Entry {
    MappingChange change = MappingChange::kUpdating;
    int64_t until_ms = 0;
    std::optional<streams::Mapping> deleted;
  };

  void ForgetDeleted(int64_t now_ms) REQUIRES(mutex_);

  const Clock* const clock_;
  const int64_t delay_ms_;
  mutable Mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_ GUARDED_BY(mutex_);  // the last change of each
  std::set<std::string> claimed_ GUARDED_BY(mutex_);
};

}  // namespace millrace::api
