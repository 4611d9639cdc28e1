// millrace_repair --data_dir=DIR [--yes]: says what is damaged in a data folder that no server has
// open; with --yes it copies the folder and mends it. Exit codes: 0 nothing is damaged, or all is
// mended and sound; 1 damaged, or mended with something lost that the check can see; 2 it could not
// be done.
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "storage/engine/engine.h"
#include "storage/engine/repair.h"
#include "storage/tables/verify.h"

namespace {

using millrace::Status;

constexpr std::string_view kDirectoryFlag = "--data_dir=";

int Fail(const std::string& message) {
  std::fprintf(stderr, "millrace_repair: %s\n", message.c_str());
  return 2;
}

// Copies the folder beside itself, under a name that is not taken.
Status CopyFolder(const std::string& folder, std::string* copy) {
  std::string base = folder;
  while (base.size() > 1 && base.back() == '/') {
    base.pop_back();
  }
  for (int number = 1;; ++number) {
    *copy = base + ".before_repair_" + std::to_string(number);
    if (!std::filesystem::exists(*copy)) {
      break;
    }
  }
  std::error_code error;
  std::filesystem::copy(base, *copy, std::filesystem::copy_options::recursive, error);
  if (error) {
    return Status(millrace::StatusCode::kIoError,
                  "cannot copy the folder to " + *copy + ": " + error.message());
  }
  return Status::Ok();
}

// What tools/verify would say.
int Verify(const std::string& folder) {
  millrace::engine::Options options;
  options.data_dir = folder;
  auto engine = millrace::engine::Engine::Open(options);
  if (!engine.ok()) {
    return Fail("it still does not open: " + engine.status().ToString());
  }
  millrace::tables::VerifyReport report;
  const Status status = millrace::tables::VerifyDatabase(*engine.value(), &report);
  if (!status.ok()) {
    return Fail("it cannot be read: " + status.ToString());
  }
  for (const std::string& problem : report.problems) {
    std::printf("%s\n", problem.c_str());
  }
  std::printf("%llu tables, %llu items, %llu entries of indexes: %llu problems\n",
              static_cast<unsigned long long>(report.tables),
              static_cast<unsigned long long>(report.items),
              static_cast<unsigned long long>(report.entries),
              static_cast<unsigned long long>(report.problem_count));
  return report.problem_count == 0 ? 0 : 1;
}

int Run(const std::string& folder, bool apply) {
  // Opening would make a new database.
  if (!std::filesystem::exists(folder + "/MILLRACE")) {
    return Fail("there is no database in " + folder);
  }
  const auto report = millrace::engine::FindDamage(folder);
  if (!report.ok()) {
    return Fail(report.status().ToString());
  }
  for (const std::string& line : report->lines) {
    std::printf("%s\n", line.c_str());
  }
  if (!report->any()) {
    std::printf("nothing is damaged\n");
    return Verify(folder);
  }
  if (report->manifest_damaged) {
    return Fail("a damaged list of files cannot be mended; restore a backup");
  }
  if (!apply) {
    std::printf("nothing was changed; with --yes the folder is copied and then mended\n");
    return 1;
  }
  std::string copy;
  Status status = CopyFolder(folder, &copy);
  if (!status.ok()) {
    return Fail(std::string(status.message()));
  }
  std::printf("the folder as it was is in %s\n", copy.c_str());
  status = millrace::engine::RepairDamage(folder, *report);
  if (!status.ok()) {
    return Fail("it could not be mended: " + status.ToString());
  }
  std::printf("mended\n");
  return Verify(folder);
}

}  // namespace

int main(int argc, char** argv) {
  std::string folder;
  bool apply = false;
  bool known = argc > 1;
  for (int index = 1; index < argc; ++index) {
    const std::string_view argument = argv[index];
    if (argument.starts_with(kDirectoryFlag)) {
      folder = argument.substr(kDirectoryFlag.size());
    } else if (argument == "--yes") {
      apply = true;
    } else {
      known = false;
    }
  }
  if (!known || folder.empty()) {
    return Fail("usage: millrace_repair --data_dir=DIR [--yes]");
  }
  return Run(folder, apply);
}
