// The thread of the lanes, and the mappings whose lanes it runs. A change of a mapping is a commit
// first; then its lanes are stopped, which takes as long as their batches take, and started anew.
#include "streams/mappings/mapping_engine.h"

#include <algorithm>
#include <future>
#include <map>
#include <utility>

#include "storage/base/log.h"
#include "storage/base/mutex.h"
#include "storage/base/task_thread.h"
#include "streams/mappings/mapping_codec.h"
#include "streams/mappings/mapping_start.h"
#include "streams/queues/call_task.h"

namespace millrace::streams {
namespace {

constexpr int64_t kTickMsMax = 1000;
constexpr int64_t kRetryMs = 1000;

}  // namespace

class MappingEngine::Impl {
 public:
  explicit Impl(const MappingEngineParts& parts)
      : parts_(parts), thread_([this] { return Tick(); }) {
    services_.engine = parts.engine;
    services_.streams = parts.streams;
    services_.log = parts.log;
    services_.invoker = parts.invoker;
    services_.clock = parts.clock;
    services_.random = parts.random;
    services_.thread = &thread_;
    services_.region = parts.region;
    services_.account = parts.account;
    services_.retry = parts.retry;
    services_.outgoing_written = parts.outgoing_written;
  }

  Status Load() {
    const std::string from = MappingKeysBegin();
    const std::string to = MappingKeysEnd();
    engine::ScanRange range;
    range.space = engine::Space::kFunctions;
    range.from = from;
    range.to = to;
    const std::unique_ptr<engine::Scanner> rows = parts_.engine->Scan(range);
    for (; rows->Valid(); rows->Next()) {
      ASSIGN_OR_RETURN(const Mapping mapping, DecodeMapping(rows->value()));
      if (MappingKey(mapping.uuid) != rows->key()) {
        return Status(StatusCode::kCorruption, "a stored event source mapping is damaged");
      }
      Publish(mapping);
    }
    return rows->status();
  }

  void Start() {
    for (const Mapping& mapping : List()) {
      PostCall(&thread_, [this, mapping] { Apply(mapping); });
    }
    thread_.Start();
  }

  void Stop() {
    auto stopped = std::make_shared<std::promise<void>>();
    PostCall(&thread_, [this, stopped] {
      stopping_ = true;
      all_stopped_ = [stopped] { stopped->set_value(); };
      for (auto& [uuid, runner] : runners_) {
        StopLanes(&runner);
      }
      CheckAllStopped();
    });
    if (started_) {
      stopped->get_future().wait();
    }
    thread_.Stop();
    runners_.clear();
  }

  void Create(Mapping mapping, MappingDone done) {
    const tables::StreamPointer stream = parts_.streams->FindById(mapping.stream_id);
    if (stream == nullptr) {
      done(Status(StatusCode::kNotFound, "there is no such stream"));
      return;
    }
    mapping.hash_range_count = stream->descriptor.hash_range_count;
    Result<ChangeFilter> filter = CompileFilter(mapping);
    if (!filter.ok()) {
      done(filter.status());
      return;
    }
    std::vector<uint64_t> positions;
    const Status status = FindStartingPositions(*parts_.log, mapping, &positions);
    if (!status.ok()) {
      done(status);
      return;
    }
    CreateMapping(parts_.engine, std::move(mapping), std::move(positions), Published(done));
  }

  void Update(const std::string& uuid, MappingEdit edit, MappingDone done) {
    auto checked = [edit = std::move(edit)](Mapping* mapping) -> Status {
      RETURN_IF_ERROR(edit(mapping));
      return CompileFilter(*mapping).status();
    };
    UpdateMapping(parts_.engine, uuid, std::move(checked), Published(done));
  }

  void Delete(const std::string& uuid, MappingDone done) {
    const std::optional<Mapping> mapping = Find(uuid);
    if (!mapping.has_value()) {
      done(Status(StatusCode::kNotFound, "there is no such mapping"));
      return;
    }
    auto removed = [this, uuid, done](const Result<Mapping>& result) {
      if (result.ok()) {
        {
          MutexLock lock(&mutex_);
          mappings_.erase(uuid);
        }
        PostCall(&thread_, [this, uuid] { Remove(uuid); });
      }
      done(result);
    };
    // Whatever its lanes are at the moment: no factor is larger.
    constexpr uint16_t kLanesMax = 10;
    DeleteMapping(parts_.engine, *mapping, kLanesMax, std::move(removed));
  }

  std::optional<Mapping> Find(std::string_view uuid) const EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    const auto found = mappings_.find(uuid);
    return found == mappings_.end() ? std::nullopt : std::optional<Mapping>(found->second);
  }

  std::vector<Mapping> List() const EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    std::vector<Mapping> mappings;
    for (const auto& [uuid, mapping] : mappings_) {
      mappings.push_back(mapping);
    }
    return mappings;
  }

  std::optional<MappingView> View(const std::string& uuid) {
    std::promise<std::optional<MappingView>> view;
    PostCall(&thread_, [&] { view.set_value(ViewOf(uuid)); });
    return view.get_future().get();
  }

  TaskThread& thread() { return thread_; }
  void set_started() { started_ = true; }

 private:
  // A mapping and its lanes; on the thread only.
  struct Runner {
    std::shared_ptr<const Mapping> mapping;
    MappingProgress progress;
    std::vector<std::unique_ptr<Lane>> lanes;
    size_t stopping = 0;  // lanes that have been asked to stop and have not yet
    bool reshaping = false;
    bool removed = false;
    int64_t retry_ms = INT64_MAX;  // when to try again to start the lanes
  };

  void Publish(const Mapping& mapping) EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    mappings_[mapping.uuid] = mapping;
  }

  // On the committer thread: publishes and has the lanes follow, then tells the caller.
  MappingDone Published(MappingDone done) {
    return [this, done = std::move(done)](const Result<Mapping>& result) {
      if (result.ok()) {
        Publish(result.value());
        PostCall(&thread_, [this, mapping = result.value()] { Apply(mapping); });
      }
      done(result);
    };
  }

  void Apply(const Mapping& mapping) {
    Runner& runner = runners_[mapping.uuid];
    runner.mapping = std::make_shared<const Mapping>(mapping);
    StopLanes(&runner);
    StartLanesIfStopped(&runner);
  }

  void Remove(const std::string& uuid) {
    const auto found = runners_.find(uuid);
    if (found == runners_.end()) {
      return;
    }
    found->second.removed = true;
    StopLanes(&found->second);
    StartLanesIfStopped(&found->second);
  }

  void StopLanes(Runner* runner) {
    if (runner->stopping > 0) {
      return;
    }
    runner->stopping = runner->lanes.size();
    const std::string uuid = runner->mapping->uuid;
    // A lane may stop at once, and the last one ends the loop's container.
    std::vector<Lane*> lanes;
    for (const std::unique_ptr<Lane>& lane : runner->lanes) {
      lanes.push_back(lane.get());
    }
    for (Lane* const lane : lanes) {
      lane->Stop([this, uuid] { PostCall(&thread_, [this, uuid] { LaneStopped(uuid); }); });
    }
  }

  void LaneStopped(const std::string& uuid) {
    Runner& runner = runners_.at(uuid);
    if (--runner.stopping > 0) {
      return;
    }
    runner.lanes.clear();
    StartLanesIfStopped(&runner);
  }

  void StartLanesIfStopped(Runner* runner) {
    if (runner->stopping > 0 || !runner->lanes.empty() || runner->reshaping) {
      return;
    }
    const std::string uuid = runner->mapping->uuid;
    if (runner->removed) {
      runners_.erase(uuid);
    } else if (!stopping_ && runner->mapping->settings.enabled) {
      const Status status = StartLanes(runner);
      if (!status.ok()) {
        runner->progress.last_result = "PROBLEM: internal error";
        runner->retry_ms = parts_.clock->NowMs() + kRetryMs;
        Log(LogLevel::kError, "the lanes of a mapping cannot be started mapping=" + uuid +
                                  " status=\"" + status.ToString() + "\"");
      }
    }
    CheckAllStopped();
  }

  Status StartLanes(Runner* runner) {
    const Mapping& mapping = *runner->mapping;
    runner->retry_ms = INT64_MAX;
    std::vector<std::pair<LaneName, LaneCheckpoint>> stored;
    RETURN_IF_ERROR(ReadCheckpoints(*parts_.engine, mapping.uuid, &stored));
    const auto lane_count = static_cast<uint16_t>(mapping.settings.parallelization_factor);
    if (stored.empty()) {
      return Status(StatusCode::kCorruption, "the checkpoints of the mapping are gone");
    }
    if (stored.front().second.lane_count != lane_count) {
      Reshape(runner, stored.front().second.lane_count, lane_count);
      return Status::Ok();
    }
    ASSIGN_OR_RETURN(ChangeFilter compiled, CompileFilter(mapping));
    const auto filter = std::make_shared<const ChangeFilter>(std::move(compiled));
    for (auto& [name, checkpoint] : stored) {
      runner->lanes.push_back(std::make_unique<Lane>(services_, runner->mapping, filter, name,
                                                     std::move(checkpoint), &runner->progress));
    }
    for (const std::unique_ptr<Lane>& lane : runner->lanes) {
      lane->Start();
    }
    return Status::Ok();
  }

  void Reshape(Runner* runner, uint16_t old_lane_count, uint16_t lane_count) {
    runner->reshaping = true;
    const std::string uuid = runner->mapping->uuid;
    ReshapeLanes(parts_.engine, *runner->mapping, old_lane_count, lane_count,
                 [this, uuid](const Status& status) {
                   PostCall(&thread_, [this, uuid, status] { Reshaped(uuid, status); });
                 });
  }

  void Reshaped(const std::string& uuid, const Status& status) {
    Runner& runner = runners_.at(uuid);
    runner.reshaping = false;
    if (!status.ok() && !runner.removed) {
      runner.retry_ms = parts_.clock->NowMs() + kRetryMs;
      runner.progress.last_result = "PROBLEM: internal error";
      CheckAllStopped();
      return;
    }
    StartLanesIfStopped(&runner);
  }

  int64_t Tick() {
    const int64_t now_ms = parts_.clock->NowMs();
    int64_t due_ms = INT64_MAX;
    std::vector<Runner*> retried;
    for (auto& [uuid, runner] : runners_) {
      for (const std::unique_ptr<Lane>& lane : runner.lanes) {
        if (lane->due_ms() <= now_ms) {
          lane->Tick();
        }
        due_ms = std::min(due_ms, lane->due_ms());
      }
      if (runner.retry_ms <= now_ms) {
        retried.push_back(&runner);
      } else {
        due_ms = std::min(due_ms, runner.retry_ms);
      }
    }
    for (Runner* const runner : retried) {
      runner->retry_ms = INT64_MAX;
      StartLanesIfStopped(runner);
    }
    return due_ms == INT64_MAX ? TaskThread::kNever
                               : std::clamp<int64_t>(due_ms - now_ms, 0, kTickMsMax);
  }

  void CheckAllStopped() {
    const bool all = std::all_of(runners_.begin(), runners_.end(), [](const auto& entry) {
      return entry.second.lanes.empty() && entry.second.stopping == 0 && !entry.second.reshaping;
    });
    if (stopping_ && all && all_stopped_ != nullptr) {
      std::exchange(all_stopped_, nullptr)();
    }
  }

  std::optional<MappingView> ViewOf(const std::string& uuid) const {
    const auto found = runners_.find(uuid);
    if (found == runners_.end()) {
      return std::nullopt;
    }
    MappingView view;
    view.mapping = *found->second.mapping;
    view.progress = found->second.progress;
    for (const std::unique_ptr<Lane>& lane : found->second.lanes) {
      LaneView& seen = view.lanes.emplace_back();
      seen.hash_range = lane->name().hash_range;
      seen.lane = lane->name().lane;
      seen.position = lane->checkpoint().position;
      seen.scanned_to = lane->scanned_to();
      seen.idle = lane->idle();
      seen.blocked = lane->blocked();
      seen.attempts = lane->attempts();
    }
    return view;
  }

  const MappingEngineParts parts_;
  LaneServices services_;
  bool started_ = false;
  mutable Mutex mutex_;
  std::map<std::string, Mapping, std::less<>> mappings_ GUARDED_BY(mutex_);

  // The thread's own.
  std::map<std::string, Runner, std::less<>> runners_;
  bool stopping_ = false;
  std::function<void()> all_stopped_;
  TaskThread thread_;  // last: it uses the others
};

MappingEngine::MappingEngine(const MappingEngineParts& parts)
    : impl_(std::make_unique<Impl>(parts)) {}

MappingEngine::~MappingEngine() = default;

Status MappingEngine::Load() { return impl_->Load(); }

void MappingEngine::Start() {
  impl_->set_started();
  impl_->Start();
}

void MappingEngine::Stop() { impl_->Stop(); }
void MappingEngine::Wake() { impl_->thread().Wake(); }

void MappingEngine::Create(Mapping mapping, MappingDone done) {
  impl_->Create(std::move(mapping), std::move(done));
}
void MappingEngine::Update(const std::string& uuid, MappingEdit edit, MappingDone done) {
  impl_->Update(uuid, std::move(edit), std::move(done));
}
void MappingEngine::Delete(const std::string& uuid, MappingDone done) {
  impl_->Delete(uuid, std::move(done));
}
std::optional<Mapping> MappingEngine::Find(std::string_view uuid) const {
  return impl_->Find(uuid);
}
std::vector<Mapping> MappingEngine::List() const { return impl_->List(); }
std::optional<MappingView> MappingEngine::View(const std::string& uuid) const {
  return impl_->View(uuid);
}

}  // namespace millrace::streams
