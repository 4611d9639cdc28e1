// The inside of the catalog, for the sources of this folder only: the thread that makes changes,
// and their way to the disk and into memory.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/base/task_thread.h"
#include "storage/engine/engine.h"
#include "streams/functions/code_store.h"
#include "streams/functions/function_catalog.h"
#include "streams/functions/function_changes.h"
#include "streams/functions/function_state.h"

namespace millrace::streams {

// Thread-safe, apart from Load, Start and Stop.
class FunctionCatalog::Impl {
 public:
  using Edit = std::function<Status(const ChangeContext&, FunctionDraft*)>;

  Impl(engine::Engine* engine, const Clock* clock, Random* random,
       const FunctionCatalogOptions& options)
      : options_(options),
        engine_(engine),
        clock_(clock),
        random_(random),
        thread_([this] { return CollectGarbage(); }),
        code_(options_.code_dir, [this] { NoteGarbage(); }),
        state_(options_, clock, random, &code_) {}

  Status Load();
  void Start() { thread_.Start(); }
  void Stop();

  Result<StoredCode> StoreZip(std::string_view zip);
  Result<StoredCode> StoreFromBucket(std::string_view bucket, std::string_view key);
  Result<FunctionFiles> Prepare(const RunnableFunction& function);
  // Why the directory must not be used, if so; else what it really is.
  Result<std::string> AllowedDirectory(const std::string& path) const;

  // Makes a change on the thread. `edit` gets a draft with the function as it is, or, if `creates`,
  // an empty one. `kept` stays until the change is published.
  void Change(std::string_view name, bool creates, Edit edit, std::shared_ptr<const void> kept,
              TaskQueue* home, Done done);
  void Change(std::string_view name, Edit edit, TaskQueue* home, Done done) {
    Change(name, false, std::move(edit), nullptr, home, std::move(done));
  }
  void PublishLayer(LayerPublication publication, TaskQueue* home, LayerDone done);
  void DeleteLayerVersion(std::string_view layer, uint64_t version, TaskQueue* home,
                          StatusDone done);
  void OnChange(std::function<void(const std::string&)> changed) {
    changed_.push_back(std::move(changed));
  }

  const FunctionCatalogOptions options_;
  engine::Engine* const engine_;
  const Clock* const clock_;
  Random* const random_;

 private:
  // Ahead of what may still wake it while it is being destroyed.
  std::atomic<bool> stopped_{false};
  std::atomic<bool> garbage_{true};
  TaskThread thread_;

 public:
  CodeStore code_;
  FunctionState state_;

 private:
  // A key of the space `functions`, and its value; without one it is deleted.
  struct RowChange {
    std::string key;
    std::string value;
    bool deletes = false;
  };

  Status LoadVersions(std::map<std::string, FunctionVersions>* versions);
  Status LoadFunctions();
  Status LoadLayers();
  // Calls `take` with every row of a kind.
  Status ForEachRow(char kind, const std::function<Status(const std::string& name, uint64_t number,
                                                          std::string_view value)>& take);
  Result<FunctionOutcome> MakeChange(const std::string& name, bool creates, const Edit& edit);
  Result<LayerVersionPointer> MakeLayer(LayerPublication publication);
  Status RemoveLayerVersion(const std::string& layer, uint64_t version);
  Result<std::vector<RowChange>> RowsOf(const FunctionDraft& draft) const;
  Status Write(const std::vector<RowChange>& rows);
  ChangeContext Context() const { return {&options_, &state_, random_, clock_->NowMs()}; }
  void NoteGarbage();
  // The tick of the thread.
  int64_t CollectGarbage();

  std::vector<std::function<void(const std::string&)>> changed_;  // set before the first change
};

}  // namespace millrace::streams
