// Maps under one lock; what they hold does not change, so the lock is held for moments.
#include "streams/functions/function_state.h"

#include <utility>

namespace millrace::streams {
namespace {

constexpr int64_t kMillisecondsPerSecond = 1000;

// Entries of a map behind `after`, at most `count`, that `take` says are to be listed.
template <typename Map, typename Take>
void ListBehind(const Map& map, std::string_view after, size_t count, bool* more,
                const Take& take) {
  *more = false;
  size_t taken = 0;
  auto next = after.empty() ? map.begin() : map.upper_bound(after);
  for (; next != map.end(); ++next) {
    if (taken == count) {
      // There is more only if one of the others would be listed, too.
      if (take(next->second, false)) {
        *more = true;
        return;
      }
    } else if (take(next->second, true)) {
      ++taken;
    }
  }
}

void AddUsed(const FunctionVersion& version, std::set<std::string>* zips,
             std::set<std::string>* folders) {
  if (version.code.directory.empty()) {
    zips->insert(version.code.sha256_hex);
    folders->insert(CodeStore::FolderKey({version.code.sha256_hex}));
  }
  std::vector<std::string> layers;
  for (const LayerReference& layer : version.configuration.layers) {
    zips->insert(layer.code.sha256_hex);
    layers.push_back(layer.code.sha256_hex);
  }
  if (!layers.empty()) {
    folders->insert(CodeStore::FolderKey(layers));
  }
}

}  // namespace

FunctionState::FunctionState(const FunctionCatalogOptions& options, const Clock* clock,
                             Random* random, CodeStore* code)
    : options_(options), clock_(clock), random_(random), code_(code) {}

FunctionPointer FunctionState::Find(std::string_view name) const {
  MutexLock lock(&mutex_);
  const auto found = functions_.find(name);
  return found == functions_.end() ? nullptr : found->second.function;
}

std::vector<FunctionPointer> FunctionState::List(std::string_view after, size_t count,
                                                 bool* more) const {
  MutexLock lock(&mutex_);
  std::vector<FunctionPointer> functions;
  ListBehind(functions_, after, count, more, [&functions](const Entry& entry, bool wanted) {
    if (wanted) {
      functions.push_back(entry.function);
    }
    return true;
  });
  return functions;
}

std::vector<FunctionPointer> FunctionState::All() const {
  bool more = false;
  return List({}, SIZE_MAX, &more);
}

std::optional<FunctionUrlTarget> FunctionState::FindUrl(std::string_view url_id) const {
  MutexLock lock(&mutex_);
  const auto found = urls_.find(url_id);
  if (found == urls_.end()) {
    return std::nullopt;
  }
  const FunctionPointer& function = functions_.find(found->second)->second.function;
  for (const auto& [qualifier, config] : function->urls) {
    if (config.url_id == url_id) {
      return FunctionUrlTarget{function, qualifier, config};
    }
  }
  return std::nullopt;
}

LayerPointer FunctionState::FindLayer(std::string_view name) const {
  MutexLock lock(&mutex_);
  const auto found = layers_.find(name);
  return found == layers_.end() ? nullptr : found->second;
}

std::vector<LayerPointer> FunctionState::ListLayers(std::string_view after, size_t count,
                                                    bool* more) const {
  MutexLock lock(&mutex_);
  std::vector<LayerPointer> layers;
  ListBehind(layers_, after, count, more, [&layers](const LayerPointer& layer, bool wanted) {
    const bool listed = !layer->versions.empty();
    if (listed && wanted) {
      layers.push_back(layer);
    }
    return listed;
  });
  return layers;
}

int64_t FunctionState::TotalReserved() const {
  MutexLock lock(&mutex_);
  return total_reserved_;
}

FunctionUsage FunctionState::Usage() const {
  MutexLock lock(&mutex_);
  FunctionUsage usage;
  usage.function_count = static_cast<int64_t>(functions_.size());
  usage.reserved_concurrency = total_reserved_;
  for (const auto& [name, entry] : functions_) {
    usage.code_size_bytes += entry.function->latest->code.size_bytes;
    for (const auto& [number, version] : entry.function->versions) {
      usage.code_size_bytes += version->code.size_bytes;
    }
  }
  for (const auto& [name, layer] : layers_) {
    for (const auto& [number, version] : layer->versions) {
      usage.code_size_bytes += version->code.size_bytes;
    }
  }
  return usage;
}

uint64_t FunctionState::FormerVersion(std::string_view name) const {
  MutexLock lock(&mutex_);
  const auto found = former_versions_.find(name);
  return found == former_versions_.end() ? 0 : found->second;
}

void FunctionState::CollectUsed(std::set<std::string>* zips, std::set<std::string>* folders) const {
  MutexLock lock(&mutex_);
  for (const auto& [name, entry] : functions_) {
    AddUsed(*entry.function->latest, zips, folders);
    for (const auto& [number, version] : entry.function->versions) {
      AddUsed(*version, zips, folders);
    }
  }
  for (const auto& [name, layer] : layers_) {
    for (const auto& [number, version] : layer->versions) {
      zips->insert(version->code.sha256_hex);
    }
  }
}

void FunctionState::Publish(FunctionPointer function) {
  // Old runnables let go of their code, which must not happen under the lock for long; they go out
  // of scope behind it.
  Entry entry;
  MutexLock lock(&mutex_);
  const auto found = functions_.find(function->name);
  if (found != functions_.end()) {
    entry = std::move(found->second);
    total_reserved_ -= entry.function->reserved_concurrency.value_or(0);
    for (const auto& [qualifier, config] : entry.function->urls) {
      urls_.erase(config.url_id);
    }
  }
  total_reserved_ += function->reserved_concurrency.value_or(0);
  for (const auto& [qualifier, config] : function->urls) {
    urls_[config.url_id] = function->name;
  }
  Entry published;
  // What is stored has been checked when it was written.
  const auto executor = ReadExecutorTags(function->tags, options_.default_executor);
  published.executor = executor.ok() ? executor.value() : ExecutorSettings();
  published.function = function;
  functions_[function->name] = std::move(published);
  DropUnusedWatches();
}

void FunctionState::Remove(const std::string& name, uint64_t last_version) {
  Entry entry;
  MutexLock lock(&mutex_);
  const auto found = functions_.find(name);
  if (found == functions_.end()) {
    return;
  }
  entry = std::move(found->second);
  functions_.erase(found);
  total_reserved_ -= entry.function->reserved_concurrency.value_or(0);
  for (const auto& [qualifier, config] : entry.function->urls) {
    urls_.erase(config.url_id);
  }
  if (last_version > 0) {
    former_versions_[name] = last_version;
  }
  DropUnusedWatches();
}

void FunctionState::PublishLayer(LayerPointer layer) {
  MutexLock lock(&mutex_);
  layers_[layer->name] = std::move(layer);
}

void FunctionState::SetFormerVersion(const std::string& name, uint64_t version) {
  MutexLock lock(&mutex_);
  former_versions_[name] = version;
}

RunnableFunctionPointer FunctionState::Resolve(std::string_view name, std::string_view qualifier) {
  RunnableFunctionPointer runnable;
  std::shared_ptr<DirectoryWatch> watch;
  {
    MutexLock lock(&mutex_);
    const auto found = functions_.find(name);
    if (found == functions_.end()) {
      return nullptr;
    }
    Entry& entry = found->second;
    FunctionVersionPointer version = ChooseVersion(*entry.function, qualifier);
    if (version == nullptr) {
      return nullptr;
    }
    const auto known = entry.runnables.find(version->version);
    if (known != entry.runnables.end()) {
      runnable = known->second;
    } else {
      runnable = MakeRunnable(entry, version);
      if (runnable->ready) {
        entry.runnables[version->version] = runnable;
      }
    }
    if (!version->code.directory.empty()) {
      watch = WatchOf(version->code.directory);
    }
  }
  if (watch == nullptr) {
    return runnable;
  }
  auto watched = std::make_shared<RunnableFunction>(*runnable);
  watched->revision_id += "." + std::to_string(watch->Generation());
  return watched;
}

FunctionVersionPointer FunctionState::ChooseVersion(const Function& function,
                                                    std::string_view qualifier) {
  const auto alias = function.aliases.find(qualifier);
  if (alias != function.aliases.end() && !alias->second.additional_version.empty()) {
    // 53 random bits, as many as a double has.
    const double chance = static_cast<double>(random_->Next64() >> 11) * 0x1.0p-53;
    if (chance < alias->second.additional_weight) {
      return FindVersion(function, alias->second.additional_version);
    }
  }
  return FindVersion(function, qualifier);
}

RunnableFunctionPointer FunctionState::MakeRunnable(const Entry& entry,
                                                    FunctionVersionPointer version) const {
  const FunctionConfiguration& configuration = version->configuration;
  auto runnable = std::make_shared<RunnableFunction>();
  runnable->name = entry.function->name;
  runnable->version = version->version;
  runnable->revision_id = version->revision_id + ExecutorDigest(entry.executor);
  runnable->arn = entry.function->arn;
  runnable->region = options_.region;
  runnable->account = options_.account;
  runnable->runtime = configuration.runtime;
  runnable->handler = configuration.handler;
  runnable->timeout_ms = configuration.timeout_s * kMillisecondsPerSecond;
  runnable->memory_mb = configuration.memory_mb;
  runnable->environment = configuration.environment;
  runnable->executor = entry.executor.executor;
  runnable->url = entry.executor.url;
  runnable->command = entry.executor.command;
  runnable->log_group = configuration.log_group.empty() ? "/aws/lambda/" + entry.function->name
                                                        : configuration.log_group;
  runnable->json_logs = configuration.log_format == "JSON";
  runnable->application_log_level = configuration.application_log_level;
  runnable->ready = clock_->NowMs() >= version->active_ms;
  auto code = std::make_shared<RunnableCode>();
  if (version->code.directory.empty()) {
    code->holds.push_back(code_->HoldZip(version->code.sha256_hex));
  }
  for (const LayerReference& layer : configuration.layers) {
    code->holds.push_back(code_->HoldZip(layer.code.sha256_hex));
  }
  code->version = std::move(version);
  runnable->code = std::move(code);
  return runnable;
}

std::shared_ptr<DirectoryWatch> FunctionState::WatchOf(const std::string& directory) {
  std::shared_ptr<DirectoryWatch>& watch = watches_[directory];
  if (watch == nullptr) {
    watch = std::make_shared<DirectoryWatch>(directory);
  }
  return watch;
}

void FunctionState::DropUnusedWatches() {
  if (watches_.empty()) {
    return;
  }
  std::set<std::string> used;
  for (const auto& [name, entry] : functions_) {
    used.insert(entry.function->latest->code.directory);
    for (const auto& [number, version] : entry.function->versions) {
      used.insert(version->code.directory);
    }
  }
  std::erase_if(watches_, [&used](const auto& watch) { return !used.contains(watch.first); });
}

}  // namespace millrace::streams
