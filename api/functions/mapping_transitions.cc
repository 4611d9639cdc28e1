// Remembering the last change of each mapping.
#include "api/functions/mapping_transitions.h"

namespace millrace::api {

std::string_view MappingChangeText(MappingChange change) {
  switch (change) {
    case MappingChange::kCreating:
      return "Creating";
    case MappingChange::kEnabling:
      return "Enabling";
    case MappingChange::kDisabling:
      return "Disabling";
    case MappingChange::kUpdating:
      return "Updating";
    case MappingChange::kDeleting:
      break;
  }
  return "Deleting";
}

void MappingTransitions::Begin(const streams::Mapping& mapping, MappingChange change) {
  const int64_t now_ms = clock_->NowMs();
  MutexLock lock(&mutex_);
  ForgetDeleted(now_ms);
  Entry entry{change, now_ms + delay_ms_, std::nullopt};
  if (change == MappingChange::kDeleting) {
    entry.deleted = mapping;
  }
  entries_[mapping.uuid] = std::move(entry);
}

std::optional<MappingChange> MappingTransitions::Current(std::string_view uuid,
                                                         bool changing) const {
  const int64_t now_ms = clock_->NowMs();
  MutexLock lock(&mutex_);
  const auto found = entries_.find(uuid);
  if (found != entries_.end() && (changing || now_ms < found->second.until_ms)) {
    return found->second.change;
  }
  return changing ? std::optional<MappingChange>(MappingChange::kUpdating) : std::nullopt;
}

std::optional<streams::Mapping> MappingTransitions::Deleted(std::string_view uuid) const {
  const int64_t now_ms = clock_->NowMs();
  MutexLock lock(&mutex_);
  const auto found = entries_.find(uuid);
  return found != entries_.end() && now_ms < found->second.until_ms ? found->second.deleted
                                                                    : std::nullopt;
}

bool MappingTransitions::Claim(const std::string& pair) {
  MutexLock lock(&mutex_);
  return claimed_.insert(pair).second;
}

void MappingTransitions::Release(const std::string& pair) {
  MutexLock lock(&mutex_);
  claimed_.erase(pair);
}

void MappingTransitions::ForgetDeleted(int64_t now_ms) {
  std::erase_if(entries_, [now_ms](const auto& entry) {
    return entry.second.deleted.has_value() && entry.second.until_ms <= now_ms;
  });
}

}  // namespace millrace::api
