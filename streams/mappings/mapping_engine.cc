// The thread on which mappings run, and which there are. A change of a mapping is a commit first;
// then whoever runs it follows.
#include "streams/mappings/mapping_engine.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <utility>

#include "storage/base/log.h"
#include "storage/base/mutex.h"
#include "storage/base/task_thread.h"
#include "streams/mappings/checkpoint_tokens.h"
#include "streams/mappings/lane_set.h"
#include "streams/mappings/mapping_codec.h"
#include "streams/mappings/mapping_start.h"
#include "streams/mappings/queue_poller.h"
#include "streams/queues/call_task.h"
#include "streams/queues/queue_store.h"

namespace millrace::streams {
namespace {

constexpr int64_t kTickMsMax = 1000;
// No parallelization factor is larger.
constexpr uint16_t kLanesMax = 10;

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
    services_.tokens = &tokens_;
    services_.queues = parts.queues;
    services_.region = parts.region;
    services_.account = parts.account;
    services_.retry = parts.retry;
    services_.read_ahead_bytes_max = parts.read_ahead_bytes_max;
    services_.outgoing_written = parts.outgoing_written;
    services_.recursion_allowed = parts.recursion_allowed;
  }

  Status Load() EXCLUDES(mutex_) {
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
    started_ = true;
    for (const Mapping& mapping : List()) {
      PostCall(&thread_, [this, uuid = mapping.uuid] { Follow(uuid); });
    }
    thread_.Start();
  }

  void EndBatches() {
    if (std::exchange(started_, false)) {
      auto stopped = std::make_shared<std::promise<void>>();
      std::future<void> all_stopped = stopped->get_future();
      PostCall(&thread_, [this, stopped] {
        stopping_ = true;
        all_stopped_ = [stopped] { stopped->set_value(); };
        for (auto& [uuid, running] : runners_) {
          running.runner->Stop();
        }
      });
      if (all_stopped.wait_for(std::chrono::milliseconds(parts_.drain_ms)) !=
          std::future_status::ready) {
        Log(LogLevel::kWarning,
            "batches of event source mappings are still under way; they will be delivered again");
        PostCall(&thread_, [this] {
          all_stopped_ = nullptr;
          for (auto& [uuid, running] : runners_) {
            running.runner->Abandon();
          }
        });
      }
    }
  }

  void Stop() {
    EndBatches();
    thread_.Stop();
    runners_.clear();
  }

  void CreateAt(Mapping mapping, const StreamPlace& place, MappingDone done) {
    if (mapping.is_of_queue()) {
      CreateOfQueue(std::move(mapping), std::move(done));
      return;
    }
    const tables::StreamPointer stream = parts_.streams->FindById(mapping.stream_id);
    if (stream == nullptr) {
      done(Status(StatusCode::kNotFound, "there is no such stream"));
      return;
    }
    mapping.hash_range_count = stream->descriptor.hash_range_count;
    if (Result<ChangeFilter> filter = CompileFilter(mapping); !filter.ok()) {
      done(filter.status());
      return;
    }
    // The latest place is as of now, not of the commit: so writes that are acknowledged after the
    // mapping's creation are behind it even if their acknowledgements have been overtaken.
    Result<std::vector<uint64_t>> positions = PositionsBefore(*parts_.log, *stream, place);
    if (!positions.ok()) {
      done(positions.status());
      return;
    }
    CreateMapping(parts_.engine, std::move(mapping), std::move(positions).value(), Published(done));
  }

  void CreateOfQueue(Mapping mapping, MappingDone done) {
    if (parts_.queues == nullptr || parts_.queues->FindByArn(mapping.event_source_arn) == nullptr) {
      done(Status(StatusCode::kNotFound, "there is no such queue"));
      return;
    }
    mapping.hash_range_count = 0;
    if (const Status status = CheckFilter(mapping); !status.ok()) {
      done(status);
      return;
    }
    CreateMapping(parts_.engine, std::move(mapping), {}, Published(done));
  }

  void Update(const std::string& uuid, MappingEdit edit, MappingDone done) {
    auto checked = [edit = std::move(edit)](Mapping* mapping) -> Status {
      RETURN_IF_ERROR(edit(mapping));
      return CheckFilter(*mapping);
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
        PostCall(&thread_, [this, uuid] { Follow(uuid); });
      }
      done(result);
    };
    // Whatever its lanes are at the moment.
    DeleteMapping(parts_.engine, *mapping, kLanesMax, std::move(removed));
  }

  void Seek(const std::string& uuid, const StreamPlace& place, MappingDone done) {
    const std::optional<Mapping> mapping = Find(uuid);
    const tables::StreamPointer stream =
        mapping.has_value() ? parts_.streams->FindById(mapping->stream_id) : nullptr;
    if (stream == nullptr) {
      done(Status(StatusCode::kNotFound,
                  mapping.has_value() ? "the stream is gone" : "there is no such mapping"));
      return;
    }
    Result<std::vector<uint64_t>> positions = PositionsBefore(*parts_.log, *stream, place);
    std::vector<std::pair<LaneName, LaneCheckpoint>> lanes;
    Status status = positions.status();
    if (status.ok()) {
      status = ReadCheckpoints(*parts_.engine, uuid, &lanes);
    }
    if (status.ok() && lanes.empty()) {
      status = Status(StatusCode::kNotFound, "the mapping has no lanes");
    }
    if (!status.ok()) {
      done(status);
      return;
    }
    MoveLanes(parts_.engine, *mapping, lanes.front().second.lane_count,
              std::move(positions).value(), std::move(done));
  }

  std::optional<Mapping> Find(std::string_view uuid) const EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    const auto found = mappings_.find(uuid);
    return found == mappings_.end() ? std::nullopt : std::optional<Mapping>(found->second.mapping);
  }

  std::optional<MappingFigures> Figures(std::string_view uuid) const EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    const auto found = mappings_.find(uuid);
    return found == mappings_.end()
               ? std::nullopt
               : std::optional<MappingFigures>(FiguresOf(*found->second.progress));
  }

  std::vector<std::pair<Mapping, MappingFigures>> Snapshot() const EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    std::vector<std::pair<Mapping, MappingFigures>> all;
    for (const auto& [uuid, entry] : mappings_) {
      all.emplace_back(entry.mapping, FiguresOf(*entry.progress));
    }
    return all;
  }

  std::vector<Mapping> List() const EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    std::vector<Mapping> mappings;
    for (const auto& [uuid, entry] : mappings_) {
      mappings.push_back(entry.mapping);
    }
    return mappings;
  }

  std::optional<MappingView> View(const std::string& uuid) {
    std::promise<std::optional<MappingView>> view;
    PostCall(&thread_, [&] { view.set_value(ViewOf(uuid)); });
    return view.get_future().get();
  }

  void Wake() { thread_.Wake(); }
  const CheckpointTokens* tokens() const { return &tokens_; }

 private:
  struct Entry {
    Mapping mapping;
    std::shared_ptr<MappingProgress> progress;
  };
  // Who runs a mapping, and where that counts, also when the mapping is gone already.
  struct Running {
    std::shared_ptr<MappingProgress> progress;
    std::unique_ptr<MappingRunner> runner;
  };

  void Publish(const Mapping& mapping) EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    Entry& entry = mappings_[mapping.uuid];
    entry.mapping = mapping;
    if (entry.progress == nullptr) {
      entry.progress = std::make_shared<MappingProgress>();
    }
    entry.progress->changes.Add(1);
  }

  // On the committer thread: publishes and has the thread follow, then tells the caller.
  MappingDone Published(MappingDone done) {
    return [this, done = std::move(done)](const Result<Mapping>& result) {
      if (result.ok()) {
        Publish(result.value());
        PostCall(&thread_, [this, uuid = result.value().uuid] { Follow(uuid); });
      }
      done(result);
    };
  }

  std::unique_ptr<MappingRunner> NewRunner(const Mapping& mapping, MappingProgress* progress) {
    if (mapping.is_of_queue()) {
      return std::make_unique<QueuePoller>(services_, progress);
    }
    return std::make_unique<LaneSet>(services_, progress);
  }

  // Does what the mapping, or its absence, asks for now.
  void Follow(const std::string& uuid) EXCLUDES(mutex_) {
    std::shared_ptr<const Mapping> mapping;
    std::shared_ptr<MappingProgress> progress;
    {
      MutexLock lock(&mutex_);
      if (const auto found = mappings_.find(uuid); found != mappings_.end()) {
        mapping = std::make_shared<const Mapping>(found->second.mapping);
        progress = found->second.progress;
      }
    }
    if (mapping == nullptr) {
      if (const auto running = runners_.find(uuid); running != runners_.end()) {
        running->second.runner->Stop();
      }
    } else if (!stopping_) {
      const int64_t change = progress->changes.value();
      Running& running = runners_[uuid];
      if (running.runner == nullptr) {
        running.progress = std::move(progress);
        running.runner = NewRunner(*mapping, running.progress.get());
      }
      running.runner->Apply(std::move(mapping), change);
    }
  }

  int64_t Tick() {
    const int64_t now_ms = parts_.clock->NowMs();
    int64_t due_ms = INT64_MAX;
    for (auto running = runners_.begin(); running != runners_.end();) {
      MappingRunner* const runner = running->second.runner.get();
      due_ms = std::min(due_ms, runner->Tick(now_ms));
      running = runner->stopped() ? runners_.erase(running) : std::next(running);
    }
    if (stopping_ && runners_.empty() && all_stopped_ != nullptr) {
      std::exchange(all_stopped_, nullptr)();
    }
    return due_ms == INT64_MAX ? TaskThread::kNever
                               : std::clamp<int64_t>(due_ms - now_ms, 0, kTickMsMax);
  }

  std::optional<MappingView> ViewOf(const std::string& uuid) const EXCLUDES(mutex_) {
    std::optional<MappingView> view;
    {
      MutexLock lock(&mutex_);
      const auto found = mappings_.find(uuid);
      if (found == mappings_.end()) {
        return std::nullopt;
      }
      view.emplace();
      view->mapping = found->second.mapping;
      view->progress = FiguresOf(*found->second.progress);
    }
    if (const auto runner = runners_.find(uuid); runner != runners_.end()) {
      runner->second.runner->Describe(&*view);
    }
    return view;
  }

  const MappingEngineParts parts_;
  LaneServices services_;
  CheckpointTokens tokens_;
  bool started_ = false;
  mutable Mutex mutex_;
  std::map<std::string, Entry, std::less<>> mappings_ GUARDED_BY(mutex_);

  // The thread's own.
  std::map<std::string, Running, std::less<>> runners_;
  bool stopping_ = false;
  std::function<void()> all_stopped_;
  TaskThread thread_;  // last: it uses the others
};

MappingEngine::MappingEngine(const MappingEngineParts& parts)
    : impl_(std::make_unique<Impl>(parts)) {}

MappingEngine::~MappingEngine() = default;

Status MappingEngine::Load() { return impl_->Load(); }
void MappingEngine::Start() { impl_->Start(); }
void MappingEngine::EndBatches() { impl_->EndBatches(); }
void MappingEngine::Stop() { impl_->Stop(); }
void MappingEngine::Wake() { impl_->Wake(); }

void MappingEngine::Create(Mapping mapping, MappingDone done) {
  const StreamPlace place = StartingPlace(mapping);
  impl_->CreateAt(std::move(mapping), place, std::move(done));
}
void MappingEngine::CreateAt(Mapping mapping, const StreamPlace& place, MappingDone done) {
  impl_->CreateAt(std::move(mapping), place, std::move(done));
}
void MappingEngine::Update(const std::string& uuid, MappingEdit edit, MappingDone done) {
  impl_->Update(uuid, std::move(edit), std::move(done));
}
void MappingEngine::Delete(const std::string& uuid, MappingDone done) {
  impl_->Delete(uuid, std::move(done));
}
void MappingEngine::Seek(const std::string& uuid, const StreamPlace& place, MappingDone done) {
  impl_->Seek(uuid, place, std::move(done));
}
std::optional<Mapping> MappingEngine::Find(std::string_view uuid) const {
  return impl_->Find(uuid);
}
std::vector<Mapping> MappingEngine::List() const { return impl_->List(); }
std::optional<MappingFigures> MappingEngine::Figures(std::string_view uuid) const {
  return impl_->Figures(uuid);
}
std::vector<std::pair<Mapping, MappingFigures>> MappingEngine::Snapshot() const {
  return impl_->Snapshot();
}
std::optional<MappingView> MappingEngine::View(const std::string& uuid) const {
  return impl_->View(uuid);
}
const tables::CommitRiders* MappingEngine::riders() const { return impl_->tokens(); }

}  // namespace millrace::streams
