// millrace_verify --data_dir=DIR: checks a database that no server has open, and says what is wrong
// with it. Exit codes: 0 sound, 1 problems found, 2 the check could not be made.
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "storage/engine/engine.h"
#include "storage/tables/verify.h"

namespace {

constexpr std::string_view kDirectoryFlag = "--data_dir=";

int Fail(const std::string& message) {
  std::fprintf(stderr, "millrace_verify: %s\n", message.c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || !std::string_view(argv[1]).starts_with(kDirectoryFlag)) {
    return Fail("usage: millrace_verify --data_dir=DIR");
  }
  millrace::engine::Options options;
  options.data_dir = std::string_view(argv[1]).substr(kDirectoryFlag.size());
  // Opening would make a new database.
  if (!std::filesystem::exists(options.data_dir + "/MILLRACE")) {
    return Fail("there is no database in " + options.data_dir);
  }
  auto engine = millrace::engine::Engine::Open(options);
  if (!engine.ok()) {
    return Fail(engine.status().ToString());
  }
  millrace::tables::VerifyReport report;
  const millrace::Status status = millrace::tables::VerifyDatabase(*engine.value(), &report);
  if (!status.ok()) {
    return Fail(status.ToString());
  }
  for (const std::string& problem : report.problems) {
    std::printf("%s\n", problem.c_str());
  }
  if (report.problem_count > report.problems.size()) {
    std::printf("... and %llu more\n",
                static_cast<unsigned long long>(report.problem_count - report.problems.size()));
  }
  std::printf("%llu tables, %llu items, %llu indexes, %llu entries, %llu records: %llu problems\n",
              static_cast<unsigned long long>(report.tables),
              static_cast<unsigned long long>(report.items),
              static_cast<unsigned long long>(report.indexes),
              static_cast<unsigned long long>(report.entries),
              static_cast<unsigned long long>(report.records),
              static_cast<unsigned long long>(report.problem_count));
  return report.problem_count == 0 ? 0 : 1;
}
