// The policies of resources: tables, streams, functions and queues.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "api/access/policy.h"
#include "api/wire/services.h"
#include "storage/base/mutex.h"

namespace millrace::api {

// Keeps what it has compiled. Thread-safe.
class ResourcePolicies {
 public:
  // The policy of the resource that an action is about, or nullptr: there is none. One that cannot
  // be understood, which was stored before policies were enforced, counts as none; the log says so.
  std::shared_ptr<const access::Policy> Find(const Services& services, std::string_view action,
                                             std::string_view resource) const EXCLUDES(mutex_);

 private:
  struct Compiled {
    std::string text;
    std::shared_ptr<const access::Policy> policy;
  };
  static constexpr size_t kCompiledMax = 1024;

  std::shared_ptr<const access::Policy> Compile(const std::string& resource,
                                                const std::string& text) const EXCLUDES(mutex_);

  mutable Mutex mutex_;
  mutable std::unordered_map<std::string, Compiled> compiled_ GUARDED_BY(mutex_);
};

}  // namespace millrace::api
