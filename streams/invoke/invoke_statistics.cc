// Counting invocations.
#include "streams/invoke/invoke_statistics.h"

#include <algorithm>
#include <utility>

namespace millrace::streams {

void DurationHistogram::Add(int64_t duration_us) {
  size_t bucket = 0;
  while (bucket < kBoundsMs.size() && duration_us > kBoundsMs[bucket] * 1000) {
    ++bucket;
  }
  ++counts[bucket];
  ++count;
  sum_us += duration_us;
  max_us = std::max(max_us, duration_us);
}

InvocationRecords::Entry& InvocationRecords::Of(const std::string& name) {
  Entry& entry = functions_[name];
  if (entry.statistics.name.empty()) {
    entry.statistics.name = name;
  }
  return entry;
}

void InvocationRecords::Started(const std::string& name, bool reserved) {
  MutexLock lock(&mutex_);
  ++Of(name).statistics.running;
  ++totals_.running;
  totals_.running_unreserved += reserved ? 0 : 1;
}

void InvocationRecords::Throttled(const std::string& name) {
  MutexLock lock(&mutex_);
  ++Of(name).statistics.throttles;
}

void InvocationRecords::ColdStart(const std::string& name) {
  MutexLock lock(&mutex_);
  ++Of(name).statistics.cold_starts;
}

void InvocationRecords::Ended(const std::string& name, bool reserved, InvocationRecord record) {
  MutexLock lock(&mutex_);
  Entry& entry = Of(name);
  FunctionStatistics& statistics = entry.statistics;
  --statistics.running;
  --totals_.running;
  totals_.running_unreserved -= reserved ? 0 : 1;
  ++statistics.invocations;
  statistics.errors += record.status == "success" ? 0 : 1;
  statistics.duration.Add(record.duration_us);
  entry.recent.push_back(std::move(record));
  if (entry.recent.size() > kRecordsMax) {
    entry.recent.pop_front();
  }
}

void InvocationRecords::Abandoned(const std::string& name, bool reserved) {
  MutexLock lock(&mutex_);
  --Of(name).statistics.running;
  --totals_.running;
  totals_.running_unreserved -= reserved ? 0 : 1;
}

void InvocationRecords::SetEnvironments(int64_t count) {
  MutexLock lock(&mutex_);
  totals_.environments = count;
}

void InvocationRecords::SetWaiting(int64_t count) {
  MutexLock lock(&mutex_);
  totals_.waiting = count;
}

void InvocationRecords::Forget(const std::string& name) {
  MutexLock lock(&mutex_);
  const auto found = functions_.find(name);
  if (found != functions_.end() && found->second.statistics.running == 0) {
    functions_.erase(found);
  }
}

InvokeStatistics InvocationRecords::Snapshot() const {
  MutexLock lock(&mutex_);
  InvokeStatistics snapshot = totals_;
  for (const auto& [name, entry] : functions_) {
    snapshot.functions.push_back(entry.statistics);
  }
  return snapshot;
}

std::vector<InvocationRecord> InvocationRecords::Recent(std::string_view name, size_t limit) const {
  MutexLock lock(&mutex_);
  const auto found = functions_.find(name);
  if (found == functions_.end()) {
    return {};
  }
  const std::deque<InvocationRecord>& recent = found->second.recent;
  const auto count = static_cast<std::ptrdiff_t>(std::min(limit, recent.size()));
  return {recent.rbegin(), recent.rbegin() + count};
}

}  // namespace millrace::streams
