// The damage is found by opening the folder without writing, in two ways, and by reading all table
// files; it is mended by RocksDB's own means.
#include "storage/engine/repair.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <utility>

#include "rocksdb/db.h"
#include "rocksdb/ldb_tool.h"
#include "rocksdb/options.h"
#include "rocksdb/sst_file_reader.h"
#include "rocksdb/utilities/ldb_cmd.h"
#include "storage/codec/meta_codec.h"
#include "storage/engine/database.h"
#include "storage/engine/engine.h"
#include "storage/engine/rocksdb_options.h"
#include "storage/engine/rocksdb_status.h"

namespace millrace::engine {
namespace {

using Recovery = rocksdb::WALRecoveryMode;

// A database that was opened in one of several ways.
class Opened {
 public:
  ~Opened() {
    for (rocksdb::ColumnFamilyHandle* const handle : handles_) {
      database_->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
    }
  }
  rocksdb::DB* database() const { return database_.get(); }

  // The newest commit that is there, 0 if it cannot be said.
  uint64_t LastCommit() const {
    for (rocksdb::ColumnFamilyHandle* const handle : handles_) {
      std::string value;
      if (handle->GetName() != Database::FamilyName(Space::kMeta) ||
          !database_->Get(rocksdb::ReadOptions(), handle, CommitSequenceKey(), &value).ok()) {
        continue;
      }
      const Result<uint64_t> sequence = DecodeCommitSequence(value);
      return sequence.ok() ? sequence.value() : 0;
    }
    return 0;
  }

  static rocksdb::Status Open(const std::string& path, Recovery recovery, bool read_only,
                              Opened* result);

 private:
  std::unique_ptr<rocksdb::DB> database_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

std::vector<rocksdb::ColumnFamilyDescriptor> Families(const Options& options) {
  const std::shared_ptr<rocksdb::Cache> cache = MakeBlockCache(options);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.emplace_back(rocksdb::kDefaultColumnFamilyName,
                        MakeFamilyOptions(options, Space::kMeta, cache));
  for (int index = 0; index < kSpaceCount; ++index) {
    const Space space = static_cast<Space>(index);
    families.emplace_back(std::string(Database::FamilyName(space)),
                          MakeFamilyOptions(options, space, cache));
  }
  return families;
}

rocksdb::Status Opened::Open(const std::string& path, Recovery recovery, bool read_only,
                             Opened* result) {
  const Options options;
  rocksdb::DBOptions database_options = MakeDatabaseOptions(options, nullptr);
  database_options.wal_recovery_mode = recovery;
  std::vector<std::string> existing;
  rocksdb::Status status = rocksdb::DB::ListColumnFamilies(database_options, path, &existing);
  if (!status.ok()) {
    return status;
  }
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (rocksdb::ColumnFamilyDescriptor& family : Families(options)) {
    if (std::find(existing.begin(), existing.end(), family.name) != existing.end()) {
      families.push_back(std::move(family));
    }
  }
  rocksdb::DB* database = nullptr;
  status = read_only
               ? rocksdb::DB::OpenForReadOnly(database_options, path, families, &result->handles_,
                                              &database)
               : rocksdb::DB::Open(database_options, path, families, &result->handles_, &database);
  result->database_.reset(database);
  return status;
}

// Whether every block of a table file can be read.
rocksdb::Status CheckTableFile(const std::string& path) {
  rocksdb::Options options;
  rocksdb::SstFileReader reader(options);
  rocksdb::Status status = reader.Open(path);
  return status.ok() ? reader.VerifyChecksum(rocksdb::ReadOptions()) : status;
}

void CheckTableFiles(const std::string& data_dir, rocksdb::DB* database, DamageReport* report) {
  std::vector<rocksdb::LiveFileMetaData> known;
  if (database != nullptr) {
    database->GetLiveFilesMetaData(&known);
  }
  for (const auto& entry : std::filesystem::directory_iterator(data_dir)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".sst") {
      continue;
    }
    const rocksdb::Status status = CheckTableFile(entry.path().string());
    if (status.ok()) {
      continue;
    }
    std::string what = "space unknown";
    for (const rocksdb::LiveFileMetaData& file : known) {
      if (file.name == "/" + name) {
        what = "space " + file.column_family_name + ", " + std::to_string(file.size) + " bytes";
      }
    }
    report->lines.push_back("table file " + name + " (" + what +
                            ") cannot be read: " + status.ToString() +
                            "; its entries are lost, older versions of them may come back");
    report->table_files.push_back({name, what});
  }
}

// Takes a table file from the list, without which the others are as good as before.
Status ForgetTableFile(const std::string& data_dir, const std::string& name) {
  const std::string number = std::to_string(std::strtoull(name.c_str(), nullptr, 10));
  const std::string database = "--db=" + data_dir;
  const char* const arguments[] = {"millrace_repair", database.c_str(), "unsafe_remove_sst_file",
                                   number.c_str()};
  const Options options;
  const std::vector<rocksdb::ColumnFamilyDescriptor> families = Families(options);
  const rocksdb::Options rocksdb_options(MakeDatabaseOptions(options, nullptr),
                                         families.front().options);
  if (rocksdb::LDBCommandRunner::RunCommand(4, arguments, rocksdb_options, rocksdb::LDBOptions(),
                                            &families) != 0) {
    return Status(StatusCode::kIoError, "cannot take " + name + " out of the list of files");
  }
  return Status::Ok();
}

}  // namespace

Result<DamageReport> FindDamage(const std::string& data_dir) {
  // Refuses what is not ours or in use, and keeps others out meanwhile.
  ASSIGN_OR_RETURN(const std::unique_ptr<DataDirectory> directory,
                   DataDirectory::Open(data_dir, kDatabaseFormatVersion));
  DamageReport report;
  Opened strict;
  const rocksdb::Status status =
      Opened::Open(data_dir, Recovery::kTolerateCorruptedTailRecords, true, &strict);
  if (status.ok()) {
    CheckTableFiles(data_dir, strict.database(), &report);
    return report;
  }
  Opened lenient;
  const rocksdb::Status second =
      Opened::Open(data_dir, Recovery::kPointInTimeRecovery, true, &lenient);
  if (second.ok()) {
    report.log_damaged = true;
    report.lines.push_back("the log is damaged (" + status.ToString() +
                           "); every write after commit " + std::to_string(lenient.LastCommit()) +
                           " is lost");
    CheckTableFiles(data_dir, lenient.database(), &report);
    return report;
  }
  report.manifest_damaged = true;
  report.lines.push_back("the list of files is damaged: " + second.ToString());
  CheckTableFiles(data_dir, nullptr, &report);
  return report;
}

Status RepairDamage(const std::string& data_dir, const DamageReport& report) {
  ASSIGN_OR_RETURN(const std::unique_ptr<DataDirectory> directory,
                   DataDirectory::Open(data_dir, kDatabaseFormatVersion));
  if (report.manifest_damaged) {
    return Status(StatusCode::kFailedPrecondition,
                  "a damaged list of files cannot be mended; restore a backup");
  }
  if (report.log_damaged) {
    // Opening writes what is before the damage to table files and begins a new log.
    Opened opened;
    RETURN_IF_ERROR(
        FromRocksdb(Opened::Open(data_dir, Recovery::kPointInTimeRecovery, false, &opened)));
  }
  for (const DamageReport::TableFile& file : report.table_files) {
    RETURN_IF_ERROR(ForgetTableFile(data_dir, file.name));
  }
  return Status::Ok();
}

}  // namespace millrace::engine
