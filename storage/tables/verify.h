// An offline check of a whole database: every item is sound and stored where it belongs, every
// index entry and every expiry entry matches its item and the other way round, every change record
// belongs to its stream, and the counters say what is there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/base/status.h"
#include "storage/engine/engine.h"

namespace millrace::tables {

struct VerifyReport {
  uint64_t tables = 0;
  uint64_t indexes = 0;
  uint64_t items = 0;
  uint64_t entries = 0;
  uint64_t records = 0;  // of changes
  uint64_t problem_count = 0;
  std::vector<std::string> problems;  // the first kProblemsKept of them, a sentence each

  static constexpr size_t kProblemsKept = 100;
  void AddProblem(const std::string& where, const std::string& what);
};

// Reads everything. Nobody may write meanwhile. A failure means that the check could not be
// completed; what is wrong with the data is in the report.
Status VerifyDatabase(const engine::Engine& engine, VerifyReport* report);

}  // namespace millrace::tables
