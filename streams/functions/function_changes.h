// The changes of functions as edits of a draft, each checked against everything there is. They
// write nothing: the catalog commits what they leave behind. On the catalog's thread only.
//
// Failures have the codes that function_catalog.h lists, and messages for the client.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/random.h"
#include "storage/base/status.h"
#include "streams/functions/function.h"
#include "streams/functions/function_catalog.h"
#include "streams/functions/function_state.h"

namespace millrace::streams {

// A function on its way to its next state.
struct FunctionDraft {
  Function function;
  std::vector<FunctionVersionPointer> published;  // versions that are new
  std::vector<uint64_t> removed;                  // versions that have gone
  FunctionVersionPointer answer;                  // nullptr: $LATEST as it is in the end
  bool deleted = false;
  bool dry_run = false;  // nothing is to be written
};

// What changes need to know. The pointers outlive it.
struct ChangeContext {
  const FunctionCatalogOptions* options = nullptr;
  const FunctionState* state = nullptr;
  Random* random = nullptr;
  int64_t now_ms = 0;
};

// "Function not found: " and the ARN.
Status FunctionNotFound(const FunctionCatalogOptions& options, std::string_view name,
                        std::string_view qualifier = {});
// Ok if `given` is empty or `revision_id`.
Status CheckRevision(std::string_view given, std::string_view revision_id);
// "$LATEST" for no qualifier. kNotFound if there is no such version or alias.
Status FindQualifier(const ChangeContext& context, const Function& function,
                     std::string_view qualifier, std::string* key);

// version_changes.cc
Status CreateFunction(const ChangeContext& context, FunctionCreation creation,
                      FunctionDraft* draft);
Status UpdateFunctionCode(const ChangeContext& context, const FunctionCodeUpdate& update,
                          FunctionDraft* draft);
Status UpdateFunctionConfiguration(const ChangeContext& context, std::string_view revision_id,
                                   const FunctionCatalog::ConfigurationEdit& edit,
                                   FunctionDraft* draft);
Status PublishFunctionVersion(const ChangeContext& context, const VersionPublication& publication,
                              FunctionDraft* draft);
Status DeleteWholeFunction(FunctionDraft* draft);
Status DeleteFunctionVersion(const ChangeContext& context, std::string_view version,
                             FunctionDraft* draft);

// alias_changes.cc
Status CreateFunctionAlias(const ChangeContext& context, Alias alias, FunctionDraft* draft);
Status UpdateFunctionAlias(const ChangeContext& context, std::string_view alias,
                           std::string_view revision_id, const FunctionCatalog::AliasEdit& edit,
                           FunctionDraft* draft);
Status DeleteFunctionAlias(std::string_view alias, FunctionDraft* draft);

// setting_changes.cc
// Removes what is kept for a version or alias that goes.
void RemoveSettings(std::string_view qualifier, Function* function);
Status SetReserved(const ChangeContext& context, std::optional<int64_t> count,
                   FunctionDraft* draft);
Status EditEventInvoke(const ChangeContext& context, std::string_view qualifier, bool must_exist,
                       const FunctionCatalog::EventInvokeEdit& edit, FunctionDraft* draft);
Status DeleteEventInvoke(const ChangeContext& context, std::string_view qualifier,
                         FunctionDraft* draft);
Status CreateFunctionUrl(const ChangeContext& context, std::string_view qualifier,
                         FunctionUrlConfig config, FunctionDraft* draft);
Status UpdateFunctionUrl(const ChangeContext& context, std::string_view qualifier,
                         const FunctionCatalog::UrlEdit& edit, FunctionDraft* draft);
Status DeleteFunctionUrl(const ChangeContext& context, std::string_view qualifier,
                         FunctionDraft* draft);
Status AddStatement(const ChangeContext& context, std::string_view qualifier,
                    PolicyStatement statement, std::string_view revision_id, FunctionDraft* draft);
Status RemoveStatement(const ChangeContext& context, std::string_view qualifier,
                       std::string_view statement_id, std::string_view revision_id,
                       FunctionDraft* draft);
Status SetProvisioned(const ChangeContext& context, std::string_view qualifier,
                      std::optional<int64_t> count, FunctionDraft* draft);
Status SetTags(const ChangeContext& context,
               const std::vector<std::pair<std::string, std::string>>& tags, FunctionDraft* draft);
Status RemoveTags(const ChangeContext& context, const std::vector<std::string>& keys,
                  FunctionDraft* draft);

}  // namespace millrace::streams
