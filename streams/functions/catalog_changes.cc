// How a change is made: edit a draft, write its rows, show it to readers, tell who listens.
#include <map>
#include <utility>

#include "storage/base/log.h"
#include "streams/functions/catalog_impl.h"
#include "streams/functions/function_codec.h"
#include "streams/functions/function_name.h"
#include "streams/queues/call_task.h"

namespace millrace::streams {
namespace {

using engine::Space;

Status Stopping() { return Status(StatusCode::kShuttingDown, "the server is stopping"); }

}  // namespace

void FunctionCatalog::Impl::Change(std::string_view name, bool creates, Edit edit,
                                   std::shared_ptr<const void> kept, TaskQueue* home, Done done) {
  PostCall(&thread_, [this, name = std::string(name), creates, edit = std::move(edit),
                      kept = std::move(kept), home, done = std::move(done)]() mutable {
    Result<FunctionOutcome> outcome = MakeChange(name, creates, edit);
    kept = nullptr;
    PostCall(home, [done = std::move(done), outcome = std::move(outcome)]() mutable {
      done(std::move(outcome));
    });
  });
}

Result<FunctionOutcome> FunctionCatalog::Impl::MakeChange(const std::string& name, bool creates,
                                                          const Edit& edit) {
  if (stopped_.load()) {
    return Stopping();
  }
  const FunctionPointer current = state_.Find(name);
  if (creates && current != nullptr) {
    return Status(StatusCode::kAlreadyExists, "Function already exist: " + name);
  }
  if (!creates && current == nullptr) {
    return FunctionNotFound(options_, name);
  }
  FunctionDraft draft;
  if (current != nullptr) {
    draft.function = *current;
  }
  RETURN_IF_ERROR(edit(Context(), &draft));
  if (!draft.dry_run) {
    ASSIGN_OR_RETURN(const std::vector<RowChange> rows, RowsOf(draft));
    RETURN_IF_ERROR(Write(rows));
  }
  FunctionOutcome outcome;
  outcome.version = draft.answer != nullptr ? draft.answer : draft.function.latest;
  const bool deleted = draft.deleted;
  const uint64_t last_version = draft.function.last_version;
  outcome.function = std::make_shared<Function>(std::move(draft.function));
  if (draft.dry_run) {
    return outcome;
  }
  if (deleted) {
    state_.Remove(name, last_version);
  } else {
    state_.Publish(outcome.function);
  }
  NoteGarbage();
  for (const auto& changed : changed_) {
    changed(name);
  }
  return outcome;
}

Result<std::vector<FunctionCatalog::Impl::RowChange>> FunctionCatalog::Impl::RowsOf(
    const FunctionDraft& draft) const {
  const Function& function = draft.function;
  std::vector<RowChange> rows;
  for (const uint64_t version : draft.removed) {
    rows.push_back({VersionRowKey(function.name, version), {}, true});
  }
  if (draft.deleted) {
    rows.push_back({FunctionRowKey(function.name), {}, true});
    if (function.last_version > 0) {
      RowChange& former = rows.emplace_back();
      former.key = FormerFunctionKey(function.name);
      EncodeLastVersion(function.last_version, &former.value);
    }
    return rows;
  }
  for (const FunctionVersionPointer& version : draft.published) {
    RowChange& row = rows.emplace_back();
    row.key = VersionRowKey(function.name, ParseVersionNumber(version->version).value_or(0));
    EncodeVersion(*version, &row.value);
  }
  RowChange& row = rows.emplace_back();
  row.key = FunctionRowKey(function.name);
  EncodeFunction(function, &row.value);
  // What could not be read again must not be written: texts of clients are in there as they are.
  const Result<Function> read = DecodeFunction(row.value);
  return read.ok() ? Result<std::vector<RowChange>>(std::move(rows))
                   : Result<std::vector<RowChange>>(
                         Status(StatusCode::kInvalidArgument,
                                "The configuration is nested too deeply or is not sound JSON."));
}

// One commit of rows whose present values do not matter: nobody else writes them.
Status FunctionCatalog::Impl::Write(const std::vector<RowChange>& rows) {
  class RowsMutation final : public engine::Mutation {
   public:
    explicit RowsMutation(const std::vector<RowChange>& rows) : rows_(rows) {}
    std::span<const engine::MutationKey> keys() const override { return {}; }
    size_t weight_bytes() const override {
      size_t weight = 512;
      for (const RowChange& row : rows_) {
        weight += row.key.size() + row.value.size();
      }
      return weight;
    }
    Status Plan(std::span<const engine::PinnedValue>, engine::WriteSet* writes) override {
      for (const RowChange& row : rows_) {
        if (row.deletes) {
          writes->Delete(Space::kFunctions, row.key);
        } else {
          writes->Put(Space::kFunctions, row.key, row.value);
        }
      }
      return Status::Ok();
    }
    TaskQueue* completion_queue() override { return nullptr; }
    void Complete(const Status&) override {}

   private:
    const std::vector<RowChange>& rows_;
  };
  RowsMutation mutation(rows);
  return engine_->SubmitAndWait(&mutation);
}

void FunctionCatalog::Impl::PublishLayer(LayerPublication publication, TaskQueue* home,
                                         LayerDone done) {
  PostCall(&thread_,
           [this, publication = std::move(publication), home, done = std::move(done)]() mutable {
             Result<LayerVersionPointer> layer = MakeLayer(publication);
             publication.code.hold = nullptr;
             PostCall(home, [done = std::move(done), layer = std::move(layer)]() mutable {
               done(std::move(layer));
             });
           });
}

Result<LayerVersionPointer> FunctionCatalog::Impl::MakeLayer(LayerPublication publication) {
  if (stopped_.load()) {
    return Stopping();
  }
  LayerVersion version = std::move(publication.version);
  if (!publication.code.code.directory.empty()) {
    return Status(StatusCode::kInvalidArgument, "A layer cannot be a directory.");
  }
  const LayerPointer current = state_.FindLayer(version.layer);
  auto layer = current != nullptr ? std::make_shared<Layer>(*current) : std::make_shared<Layer>();
  layer->name = version.layer;
  layer->arn = FormatLayerArn(options_.region, options_.account, version.layer);
  version.version = ++layer->last_version;
  version.arn = FormatLayerArn(options_.region, options_.account, version.layer, version.version);
  version.code = publication.code.code;
  version.creation_ms = clock_->NowMs();

  std::vector<RowChange> rows(2);
  rows[0].key = LayerRowKey(layer->name);
  EncodeLastVersion(layer->last_version, &rows[0].value);
  rows[1].key = LayerVersionKey(layer->name, version.version);
  EncodeLayerVersion(version, &rows[1].value);
  RETURN_IF_ERROR(Write(rows));
  const auto published = std::make_shared<LayerVersion>(std::move(version));
  layer->versions.emplace(published->version, published);
  state_.PublishLayer(std::move(layer));
  return LayerVersionPointer(published);
}

void FunctionCatalog::Impl::DeleteLayerVersion(std::string_view layer, uint64_t version,
                                               TaskQueue* home, StatusDone done) {
  PostCall(&thread_,
           [this, layer = std::string(layer), version, home, done = std::move(done)]() mutable {
             Status status = RemoveLayerVersion(layer, version);
             PostCall(home, [done = std::move(done), status = std::move(status)] { done(status); });
           });
}

Status FunctionCatalog::Impl::RemoveLayerVersion(const std::string& layer, uint64_t version) {
  if (stopped_.load()) {
    return Stopping();
  }
  const LayerPointer current = state_.FindLayer(layer);
  if (current == nullptr || !current->versions.contains(version)) {
    return Status::Ok();
  }
  RETURN_IF_ERROR(Write({{LayerVersionKey(layer, version), {}, true}}));
  auto changed = std::make_shared<Layer>(*current);
  changed->versions.erase(version);
  state_.PublishLayer(std::move(changed));
  NoteGarbage();
  return Status::Ok();
}

void FunctionCatalog::Impl::NoteGarbage() {
  garbage_.store(true);
  thread_.Wake();
}

// Runs on the thread of the changes, so that nothing can come to be used meanwhile but what is
// held.
int64_t FunctionCatalog::Impl::CollectGarbage() {
  constexpr int64_t kRetryMs = 60'000;
  if (!garbage_.exchange(false)) {
    return TaskThread::kNever;
  }
  std::set<std::string> zips;
  std::set<std::string> folders;
  state_.CollectUsed(&zips, &folders);
  const Status status = code_.RemoveUnused(zips, folders);
  if (!status.ok()) {
    Log(LogLevel::kWarning,
        "code that is not used could not be removed status=\"" + status.ToString() + "\"");
    garbage_.store(true);
    return kRetryMs;
  }
  return TaskThread::kNever;
}

void FunctionCatalog::Impl::Stop() {
  stopped_.store(true);
  thread_.Stop();
}

}  // namespace millrace::streams
