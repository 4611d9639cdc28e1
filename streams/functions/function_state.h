// The functions and layers in memory, as they were published last: what every read is answered
// from. Changes are made elsewhere; this is where they are shown.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/base/random.h"
#include "streams/functions/code_store.h"
#include "streams/functions/directory_watch.h"
#include "streams/functions/executor_tags.h"
#include "streams/functions/function.h"
#include "streams/functions/function_catalog.h"

namespace millrace::streams {

// What RunnableFunction::code points to: which code a version has, held.
struct RunnableCode {
  FunctionVersionPointer version;
  std::vector<CodeStore::Hold> holds;
};

// Thread-safe.
class FunctionState {
 public:
  // The pointers must outlive the object.
  FunctionState(const FunctionCatalogOptions& options, const Clock* clock, Random* random,
                CodeStore* code);

  FunctionPointer Find(std::string_view name) const EXCLUDES(mutex_);
  std::vector<FunctionPointer> List(std::string_view after, size_t count, bool* more) const
      EXCLUDES(mutex_);
  std::vector<FunctionPointer> All() const EXCLUDES(mutex_);
  std::optional<FunctionUrlTarget> FindUrl(std::string_view url_id) const EXCLUDES(mutex_);
  LayerPointer FindLayer(std::string_view name) const EXCLUDES(mutex_);
  std::vector<LayerPointer> ListLayers(std::string_view after, size_t count, bool* more) const
      EXCLUDES(mutex_);
  int64_t TotalReserved() const EXCLUDES(mutex_);
  FunctionUsage Usage() const EXCLUDES(mutex_);
  // What a function of the name that was deleted has used; 0: there was none.
  uint64_t FormerVersion(std::string_view name) const EXCLUDES(mutex_);
  // The zips and folders that functions and layers refer to.
  void CollectUsed(std::set<std::string>* zips, std::set<std::string>* folders) const
      EXCLUDES(mutex_);

  void Publish(FunctionPointer function) EXCLUDES(mutex_);
  // `last_version`: of the function; 0: it has never had one.
  void Remove(const std::string& name, uint64_t last_version) EXCLUDES(mutex_);
  void PublishLayer(LayerPointer layer) EXCLUDES(mutex_);
  void SetFormerVersion(const std::string& name, uint64_t version) EXCLUDES(mutex_);

  RunnableFunctionPointer Resolve(std::string_view name, std::string_view qualifier)
      EXCLUDES(mutex_);

 private:
  struct Entry {
    FunctionPointer function;
    ExecutorSettings executor;
    // Made when first asked for, by version; not those of functions that are not ready yet.
    std::map<std::string, RunnableFunctionPointer> runnables;
  };

  FunctionVersionPointer ChooseVersion(const Function& function, std::string_view qualifier)
      REQUIRES(mutex_);
  RunnableFunctionPointer MakeRunnable(const Entry& entry, FunctionVersionPointer version) const;
  std::shared_ptr<DirectoryWatch> WatchOf(const std::string& directory) REQUIRES(mutex_);
  void DropUnusedWatches() REQUIRES(mutex_);

  const FunctionCatalogOptions& options_;
  const Clock* const clock_;
  Random* const random_;
  CodeStore* const code_;
  mutable Mutex mutex_;
  std::map<std::string, Entry, std::less<>> functions_ GUARDED_BY(mutex_);
  std::map<std::string, LayerPointer, std::less<>> layers_ GUARDED_BY(mutex_);
  std::map<std::string, uint64_t, std::less<>> former_versions_ GUARDED_BY(mutex_);
  // Names of functions.
  std::map<std::string, std::string, std::less<>> urls_ GUARDED_BY(mutex_);
  int64_t total_reserved_ GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::shared_ptr<DirectoryWatch>> watches_ GUARDED_BY(mutex_);
};

}  // namespace millrace::streams
