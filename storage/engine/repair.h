// Saving what can be saved of a damaged data folder, for the tool that does it.
#pragma once

#include <string>
#include <vector>

#include "storage/base/status.h"

namespace millrace::engine {

// What is wrong with a folder.
struct DamageReport {
  struct TableFile {
    std::string name;  // "000123.sst"
    std::string what;  // which space it belongs to, how much is in it, what is wrong
  };
  bool log_damaged = false;       // acknowledged writes at the end cannot be read
  bool manifest_damaged = false;  // the list of the table files
  std::vector<TableFile> table_files;
  std::vector<std::string> lines;  // the same for people, and what a repair would lose

  bool any() const { return log_damaged || manifest_damaged || !table_files.empty(); }
};

// Looks at every byte that can be checked and changes nothing. Errors: those of opening, if they
// are not damage (in use, not ours, newer).
Result<DamageReport> FindDamage(const std::string& data_dir);

// Mends the folder so that it opens: the log ends before its damage, and damaged table files go.
// What is lost by that is what the report says. A damaged list of files cannot be mended:
// kFailedPrecondition. Make a copy before.
Status RepairDamage(const std::string& data_dir, const DamageReport& report);

}  // namespace millrace::engine
