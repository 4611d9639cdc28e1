// The face of the catalog: every operation is an edit that goes to the thread of the changes, every
// read goes to the state in memory.
#include "streams/functions/function_catalog.h"

#include <utility>

#include "streams/functions/catalog_impl.h"

namespace millrace::streams {

FunctionCatalog::FunctionCatalog(engine::Engine* engine, const Clock* clock, Random* random,
                                 const FunctionCatalogOptions& options)
    : impl_(std::make_unique<Impl>(engine, clock, random, options)) {}
FunctionCatalog::~FunctionCatalog() { Stop(); }

Status FunctionCatalog::Load() { return impl_->Load(); }
void FunctionCatalog::Start() { impl_->Start(); }
void FunctionCatalog::Stop() { impl_->Stop(); }
const FunctionCatalogOptions& FunctionCatalog::options() const { return impl_->options_; }

Result<StoredCode> FunctionCatalog::StoreZip(std::string_view zip) { return impl_->StoreZip(zip); }
Result<StoredCode> FunctionCatalog::StoreFromBucket(std::string_view bucket, std::string_view key) {
  return impl_->StoreFromBucket(bucket, key);
}
Result<std::string> FunctionCatalog::ReadZip(const FunctionCode& code) const {
  return code.directory.empty()
             ? impl_->code_.ReadZip(code.sha256_hex)
             : Result<std::string>(Status(StatusCode::kNotFound, "the code is a directory"));
}

FunctionPointer FunctionCatalog::Find(std::string_view name) const {
  return impl_->state_.Find(name);
}
std::vector<FunctionPointer> FunctionCatalog::List(std::string_view after, size_t count,
                                                   bool* more) const {
  return impl_->state_.List(after, count, more);
}
std::optional<FunctionUrlTarget> FunctionCatalog::FindUrl(std::string_view url_id) const {
  return impl_->state_.FindUrl(url_id);
}
FunctionUsage FunctionCatalog::Usage() const { return impl_->state_.Usage(); }
bool FunctionCatalog::IsPending(const FunctionVersion& version) const {
  return impl_->clock_->NowMs() < version.active_ms;
}
bool FunctionCatalog::IsUpdating(const FunctionVersion& version) const {
  return impl_->clock_->NowMs() < version.updated_ms;
}
LayerPointer FunctionCatalog::FindLayer(std::string_view name) const {
  return impl_->state_.FindLayer(name);
}
LayerVersionPointer FunctionCatalog::FindLayerVersion(std::string_view layer,
                                                      uint64_t version) const {
  const LayerPointer found = FindLayer(layer);
  if (found == nullptr) {
    return nullptr;
  }
  const auto published = found->versions.find(version);
  return published == found->versions.end() ? nullptr : published->second;
}
std::vector<LayerPointer> FunctionCatalog::ListLayers(std::string_view after, size_t count,
                                                      bool* more) const {
  return impl_->state_.ListLayers(after, count, more);
}

void FunctionCatalog::Create(FunctionCreation creation, TaskQueue* home, Done done) {
  const std::string name = creation.name;
  std::shared_ptr<const void> hold = creation.code.hold;
  impl_->Change(
      name, true,
      [creation = std::move(creation)](const ChangeContext& context, FunctionDraft* draft) {
        return CreateFunction(context, creation, draft);
      },
      std::move(hold), home, std::move(done));
}

void FunctionCatalog::UpdateCode(std::string_view name, FunctionCodeUpdate update, TaskQueue* home,
                                 Done done) {
  std::shared_ptr<const void> hold = update.code.hold;
  impl_->Change(
      name, false,
      [update = std::move(update)](const ChangeContext& context, FunctionDraft* draft) {
        return UpdateFunctionCode(context, update, draft);
      },
      std::move(hold), home, std::move(done));
}

void FunctionCatalog::UpdateConfiguration(std::string_view name, std::string revision_id,
                                          ConfigurationEdit edit, TaskQueue* home, Done done) {
  impl_->Change(
      name,
      [revision_id = std::move(revision_id), edit = std::move(edit)](const ChangeContext& context,
                                                                     FunctionDraft* draft) {
        return UpdateFunctionConfiguration(context, revision_id, edit, draft);
      },
      home, std::move(done));
}

void FunctionCatalog::Delete(std::string_view name, TaskQueue* home, Done done) {
  impl_->Change(
      name, [](const ChangeContext&, FunctionDraft* draft) { return DeleteWholeFunction(draft); },
      home, std::move(done));
}

void FunctionCatalog::DeleteVersion(std::string_view name, std::string_view version,
                                    TaskQueue* home, Done done) {
  impl_->Change(
      name,
      [version = std::string(version)](const ChangeContext& context, FunctionDraft* draft) {
        return DeleteFunctionVersion(context, version, draft);
      },
      home, std::move(done));
}

void FunctionCatalog::PublishVersion(std::string_view name, VersionPublication publication,
                                     TaskQueue* home, Done done) {
  impl_->Change(
      name,
      [publication = std::move(publication)](const ChangeContext& context, FunctionDraft* draft) {
        return PublishFunctionVersion(context, publication, draft);
      },
      home, std::move(done));
}

void FunctionCatalog::CreateAlias(std::string_view name, Alias alias, TaskQueue* home, Done done) {
  impl_->Change(
      name,
      [alias = std::move(alias)](const ChangeContext& context, FunctionDraft* draft) {
        return CreateFunctionAlias(context, alias, draft);
      },
      home, std::move(done));
}

void FunctionCatalog::UpdateAlias(std::string_view name, std::string_view alias,
                                  std::string revision_id, AliasEdit edit, TaskQueue* home,
                                  Done done) {
  impl_->Change(
      name,
      [alias = std::string(alias), revision_id = std::move(revision_id), edit = std::move(edit)](
          const ChangeContext& context, FunctionDraft* draft) {
        return UpdateFunctionAlias(context, alias, revision_id, edit, draft);
      },
      home, std::move(done));
}

void FunctionCatalog::DeleteAlias(std::string_view name, std::string_view alias, TaskQueue* home,
                                  Done done) {
  impl_->Change(
      name,
      [alias = std::string(alias)](const ChangeContext&, FunctionDraft* draft) {
        return DeleteFunctionAlias(alias, draft);
      },
      home, std::move(done));
}

void FunctionCatalog::SetReservedConcurrency(std::string_view name, std::optional<int64_t> count,
                                             TaskQueue* home, Done done) {
  impl_->Change(
      name,
      [count](const ChangeContext& context, FunctionDraft* draft) {
        return SetReserved(context, count, draft);
      },
      home, std::move(done));
}

void FunctionCatalog::EditEventInvokeConfig(std::string_view name, std::string_view qualifier,
                                            bool must_exist, EventInvokeEdit edit, TaskQueue* home,
                                            Done done) {
  impl_->Change(
      name,
      [qualifier = std::string(qualifier), must_exist, edit = std::move(edit)](
          const ChangeContext& context, FunctionDraft* draft) {
        return EditEventInvoke(context, qualifier, must_exist, edit, draft);
      },
      home, std::move(done));
}

void FunctionCatalog::DeleteEventInvokeConfig(std::string_view name, std::string_view qualifier,
                                              TaskQueue* home, Done done) {
  impl_->Change(
      name,
      [qualifier = std::string(qualifier)](const ChangeContext& context, FunctionDraft* draft) {
        return DeleteEventInvoke(context, qualifier, draft);
      },
      home, std::move(done));
}

void FunctionCatalog::CreateUrl(std::string_view name, std::string_view qualifier,
                                FunctionUrlConfig config, TaskQueue* home, Done done) {
  impl_->Change(
      name,
      [qualifier = std::string(qualifier), config = std::move(config)](const ChangeContext& context,
                                                                       FunctionDraft* draft) {
        return CreateFunctionUrl(context, qualifier, config, draft);
      },
      home, std::move(done));
}

void FunctionCatalog::UpdateUrl(std::string_view name, std::string_view qualifier, UrlEdit edit,
                                TaskQueue* home, Done done) {
  impl_->Change(
      name,
      [qualifier = std::string(qualifier), edit = std::move(edit)](const ChangeContext& context,
                                                                   FunctionDraft* draft) {
        return UpdateFunctionUrl(context, qualifier, edit, draft);
      },
      home, std::move(done));
}

void FunctionCatalog::DeleteUrl(std::string_view name, std::string_view qualifier, TaskQueue* home,
                                Done done) {
  impl_->Change(
      name,
      [qualifier = std::string(qualifier)](const ChangeContext& context, FunctionDraft* draft) {
        return DeleteFunctionUrl(context, qualifier, draft);
      },
      home, std::move(done));
}

void FunctionCatalog::AddPermission(std::string_view name, std::string_view qualifier,
                                    PolicyStatement statement, std::string revision_id,
                                    TaskQueue* home, Done done) {
  impl_->Change(
      name,
      [qualifier = std::string(qualifier), statement = std::move(statement),
       revision_id = std::move(revision_id)](const ChangeContext& context, FunctionDraft* draft) {
        return AddStatement(context, qualifier, statement, revision_id, draft);
      },
      home, std::move(done));
}

void FunctionCatalog::RemovePermission(std::string_view name, std::string_view qualifier,
                                       std::string_view statement_id, std::string revision_id,
                                       TaskQueue* home, Done done) {
  impl_->Change(
      name,
      [qualifier = std::string(qualifier), statement_id = std::string(statement_id),
       revision_id = std::move(revision_id)](const ChangeContext& context, FunctionDraft* draft) {
        return RemoveStatement(context, qualifier, statement_id, revision_id, draft);
      },
      home, std::move(done));
}

void FunctionCatalog::SetProvisionedConcurrency(std::string_view name, std::string_view qualifier,
                                                int64_t count, TaskQueue* home, Done done) {
  impl_->Change(
      name,
      [qualifier = std::string(qualifier), count](const ChangeContext& context,
                                                  FunctionDraft* draft) {
        return SetProvisioned(context, qualifier, count, draft);
      },
      home, std::move(done));
}

void FunctionCatalog::DeleteProvisionedConcurrency(std::string_view name,
                                                   std::string_view qualifier, TaskQueue* home,
                                                   Done done) {
  impl_->Change(
      name,
      [qualifier = std::string(qualifier)](const ChangeContext& context, FunctionDraft* draft) {
        return SetProvisioned(context, qualifier, std::nullopt, draft);
      },
      home, std::move(done));
}

void FunctionCatalog::Tag(std::string_view name,
                          std::vector<std::pair<std::string, std::string>> tags, TaskQueue* home,
                          Done done) {
  impl_->Change(
      name,
      [tags = std::move(tags)](const ChangeContext& context, FunctionDraft* draft) {
        return SetTags(context, tags, draft);
      },
      home, std::move(done));
}

void FunctionCatalog::Untag(std::string_view name, std::vector<std::string> keys, TaskQueue* home,
                            Done done) {
  impl_->Change(
      name,
      [keys = std::move(keys)](const ChangeContext& context, FunctionDraft* draft) {
        return RemoveTags(context, keys, draft);
      },
      home, std::move(done));
}

void FunctionCatalog::SetRecursionAllowed(std::string_view name, bool allowed, TaskQueue* home,
                                          Done done) {
  impl_->Change(
      name,
      [allowed](const ChangeContext&, FunctionDraft* draft) {
        draft->function.recursion_allowed = allowed;
        return Status::Ok();
      },
      home, std::move(done));
}

void FunctionCatalog::PublishLayer(LayerPublication publication, TaskQueue* home, LayerDone done) {
  impl_->PublishLayer(std::move(publication), home, std::move(done));
}
void FunctionCatalog::DeleteLayerVersion(std::string_view layer, uint64_t version, TaskQueue* home,
                                         StatusDone done) {
  impl_->DeleteLayerVersion(layer, version, home, std::move(done));
}

}  // namespace millrace::streams
