// Changes of one table through the catalog: an edit that may refuse with an AWS error, and an
// answer afterwards.
#pragma once

#include <functional>
#include <string>

#include "api/wire/call.h"
#include "api/wire/error.h"
#include "api/wire/services.h"
#include "storage/model/table_descriptor.h"
#include "storage/tables/catalog.h"

namespace millrace::api {

// Edits the descriptor or refuses. Runs on the committer thread in commit order, maybe more than
// once: pure and quick.
using TableEdit =
    std::function<ApiStatus(const TableDescriptor& current, TableDescriptor* changed)>;

// What becomes of the call once the catalog has answered. Both run on the call's home thread, one
// of them once.
struct ChangeAnswers {
  // The table has changed: writes the body; Finish follows.
  std::function<void(const tables::Table& table, Call* call)> changed;
  // There is no such table (any more).
  std::function<ApiStatus()> not_found;
};

// Catalog::Update for an operation; `to_updating` as there.
void UpdateThroughCatalog(const Services& services, Call* call, const std::string& table_name,
                          TableEdit edit, bool to_updating, ChangeAnswers answers);

// Catalog::Delete likewise; `check` only refuses.
void DeleteThroughCatalog(const Services& services, Call* call, const std::string& table_name,
                          TableEdit check, ChangeAnswers answers);

}  // namespace millrace::api
