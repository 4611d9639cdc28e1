// Opening: the folder first, then the column families, then the record that says what the database
// is.
#include "storage/engine/database.h"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "rocksdb/cache.h"
#include "rocksdb/convenience.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/listener.h"
#include "rocksdb/write_batch.h"
#include "storage/engine/file_system_hook.h"
#include "storage/engine/pinned_value_access.h"
#include "storage/engine/rocksdb_options.h"
#include "storage/engine/rocksdb_status.h"

namespace millrace::engine {
namespace {

// By Space. The names reach disk.
constexpr std::array<std::string_view, kSpaceCount> kFamilyNames = {
    "catalog", "items",     "meta",        "indexes", "log",
    "ttl",     "functions", "checkpoints", "queues",  "log_events"};
// The families in front of this one every complete database has; one made by an earlier version may
// lack those from here on, and gets them when it is opened.
constexpr size_t kFirstLaterFamily = static_cast<size_t>(Space::kLog);
// Less would be full again at once.
constexpr uint64_t kFreeBytesToResume = 32 << 20;
constexpr char kInMemoryPath[] = "/millrace";

// Says in front of RocksDB's text which database it is about and what to do.
Status Describe(const rocksdb::Status& status, const std::string& path) {
  const Status cause = FromRocksdb(status);
  if (cause.ok()) {
    return cause;
  }
  std::string message = "cannot open the database in " + path + ": ";
  message += cause.message();
  if (cause.code() == StatusCode::kCorruption) {
    message +=
        "; stored data is damaged, nothing was changed: restore a backup, or save what can be "
        "saved "
        "with tools/repair";
  }
  return Status(cause.code(), message);
}

// Refuses a database that has column families this version does not know, or lacks one that it must
// have. `names`: those that it has.
Status CheckFamilies(const std::vector<std::string>& names, const std::string& path) {
  for (const std::string& name : names) {
    if (name != rocksdb::kDefaultColumnFamilyName &&
        std::find(kFamilyNames.begin(), kFamilyNames.end(), name) == kFamilyNames.end()) {
      return Status(StatusCode::kCorruption,
                    "the database in " + path + " has a column family \"" + name +
                        "\" that this version does not know: it was written by a newer version of "
                        "Millrace; open it with that version or a newer one");
    }
  }
  for (size_t index = 0; index < kFirstLaterFamily; ++index) {
    const std::string_view name = kFamilyNames[index];
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return Status(StatusCode::kCorruption, "the database in " + path +
                                                 " has lost its column family \"" +
                                                 std::string(name) + "\"; restore a backup");
    }
  }
  return Status::Ok();
}

}  // namespace

std::string_view Database::FamilyName(Space space) {
  return kFamilyNames[static_cast<size_t>(space)];
}

Result<std::unique_ptr<Database>> Database::Open(const Options& options) {
  std::unique_ptr<Database> database(new Database(options));
  SystemRandom system_random;
  Random* const random = options.random != nullptr ? options.random : &system_random;
  if (options.in_memory) {
    database->environment_.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
    RETURN_IF_ERROR(FromRocksdb(database->environment_->CreateDirIfMissing(kInMemoryPath)));
    RETURN_IF_ERROR(database->OpenRocksdb(options, kInMemoryPath, false));
    RETURN_IF_ERROR(database->ReadRecord(false, random));
    return database;
  }
  if (options.file_system_hook != nullptr) {
    database->environment_ = options.file_system_hook->MakeEnvironment();
  }
  ASSIGN_OR_RETURN(database->directory_,
                   DataDirectory::Open(options.data_dir, kDatabaseFormatVersion));
  DataDirectory* const directory = database->directory_.get();
  const bool established = directory->established();
  RETURN_IF_ERROR(database->OpenRocksdb(options, options.data_dir, established));
  RETURN_IF_ERROR(database->ReadRecord(established, random));
  if (!established) {
    RETURN_IF_ERROR(directory->MarkEstablished());
  }
  RETURN_IF_ERROR(database->KeepSomethingInMemory());
  database->background_errors_->SetFlushProbe(
      [database = database.get()] { return database->FlushHasNotBegun(); });
  return database;
}

Database::~Database() {
  if (rocksdb_ == nullptr) {
    return;
  }
  background_errors_->SetFlushProbe(nullptr);
  for (rocksdb::ColumnFamilyHandle* family : families_) {
    if (family != nullptr) {  // it is where creating the families failed
      rocksdb_->DestroyColumnFamilyHandle(family).PermitUncheckedError();
    }
  }
  rocksdb_->DestroyColumnFamilyHandle(default_family_).PermitUncheckedError();
  rocksdb_->Close().PermitUncheckedError();
}

Status Database::OpenRocksdb(const Options& options, const std::string& path, bool established) {
  rocksdb::DBOptions database_options = MakeDatabaseOptions(options, environment_.get());
  database_options.listeners.push_back(
      MakeErrorListener(background_errors_, [this] { OnNewLog(); }));
  // A database that was complete once is never made anew: what is missing has been lost.
  database_options.create_if_missing = !established;
  // Of a database that was never completed there may be nothing, or some of the families.
  std::vector<std::string> existing;
  const rocksdb::Status listed = rocksdb::DB::ListColumnFamilies(database_options, path, &existing);
  if (established) {
    RETURN_IF_ERROR(Describe(listed, path));
    RETURN_IF_ERROR(CheckFamilies(existing, path));
  } else if (!listed.ok()) {
    existing.clear();
  }
  const std::shared_ptr<rocksdb::Cache> cache = MakeBlockCache(options);
  std::vector<rocksdb::ColumnFamilyDescriptor> opened;
  std::vector<rocksdb::ColumnFamilyDescriptor> created;
  // RocksDB insists on the default family; it stays empty.
  opened.emplace_back(rocksdb::kDefaultColumnFamilyName,
                      MakeFamilyOptions(options, Space::kMeta, cache));
  for (int index = 0; index < kSpaceCount; ++index) {
    const std::string name(kFamilyNames[index]);
    const bool exists = std::find(existing.begin(), existing.end(), name) != existing.end();
    const Space space = static_cast<Space>(index);
    rocksdb::ColumnFamilyOptions family_options = MakeFamilyOptions(options, space, cache);
    family_options.compaction_filter_factory = MakeDroppedRangesFilter(dropped_ranges_, space);
    (exists ? opened : created).emplace_back(name, family_options);
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* database = nullptr;
  RETURN_IF_ERROR(
      Describe(rocksdb::DB::Open(database_options, path, opened, &handles, &database), path));
  rocksdb_.reset(database);
  KeepHandles(handles);
  if (created.empty()) {
    return Status::Ok();
  }
  // All in one call: created one by one while opening, each costs its own synced options file.
  std::vector<rocksdb::ColumnFamilyHandle*> created_handles;
  const Status status = Describe(rocksdb_->CreateColumnFamilies(created, &created_handles), path);
  KeepHandles(created_handles);
  return status;
}

void Database::KeepHandles(const std::vector<rocksdb::ColumnFamilyHandle*>& handles) {
  for (rocksdb::ColumnFamilyHandle* const handle : handles) {
    const auto name = std::find(kFamilyNames.begin(), kFamilyNames.end(), handle->GetName());
    if (name == kFamilyNames.end()) {
      default_family_ = handle;
    } else {
      families_[static_cast<size_t>(name - kFamilyNames.begin())] = handle;
    }
  }
}

// A row that is in memory only, of the default family, where nobody looks. Without anything in
// memory RocksDB would begin no new log in Resume.
Status Database::KeepSomethingInMemory() const {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  return FromRocksdb(rocksdb_->Delete(options, default_family_, "nothing"));
}

Status Database::ReleaseOldLogs() const {
  RETURN_IF_ERROR(FromRocksdb(rocksdb_->Flush(rocksdb::FlushOptions(), default_family_)));
  return KeepSomethingInMemory();
}

bool Database::HasSomethingInMemory() const {
  uint64_t active = 0;
  uint64_t waiting = 0;  // for a flush that has failed
  return rocksdb_->GetAggregatedIntProperty(rocksdb::DB::Properties::kNumEntriesActiveMemTable,
                                            &active) &&
         rocksdb_->GetAggregatedIntProperty(rocksdb::DB::Properties::kNumEntriesImmMemTables,
                                            &waiting) &&
         active + waiting > 0;
}

bool Database::FlushHasNotBegun() const {
  if (syncing_old_logs_.load(std::memory_order_acquire)) {
    return false;  // it is ordered after that
  }
  uint64_t pending = 0;
  uint64_t running = 0;
  return rocksdb_->GetAggregatedIntProperty(rocksdb::DB::Properties::kMemTableFlushPending,
                                            &pending) &&
         rocksdb_->GetIntProperty(rocksdb::DB::Properties::kNumRunningFlushes, &running) &&
         pending > 0 && running == 0;
}

bool Database::BackgroundWorkRuns() const {
  uint64_t flushes = 0;
  uint64_t compactions = 0;
  return !rocksdb_->GetIntProperty(rocksdb::DB::Properties::kNumRunningFlushes, &flushes) ||
         !rocksdb_->GetIntProperty(rocksdb::DB::Properties::kNumRunningCompactions, &compactions) ||
         flushes + compactions > 0;
}

void Database::OnNewLog() {
  if (resuming_.load(std::memory_order_acquire)) {
    // The old log is given up: all that was in it goes to files.
    log_is_new_.store(true, std::memory_order_release);
  } else {
    SyncOldLogs();
  }
}

// Where writes are not synced one by one, a power failure could otherwise leave the new log without
// the end of the one before it: later writes without earlier ones that they built on.
void Database::SyncOldLogs() {
  const bool needed = !syncs_writes_ && !in_memory_ && rocksdb_ != nullptr;
  if (!needed || !background_errors_->status().ok()) {
    return;
  }
  syncing_old_logs_.store(true, std::memory_order_release);
  rocksdb_->SyncWAL().PermitUncheckedError();  // RocksDB notes an error
  syncing_old_logs_.store(false, std::memory_order_release);
}

void Database::CancelBackgroundWork() {
  rocksdb::CancelAllBackgroundWork(rocksdb_.get(), /*wait=*/false);
}

Status Database::Resume() {
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(path_, error);
  if (!error && space.available < kFreeBytesToResume) {
    return Status(StatusCode::kFailedPrecondition, "the disk is full");
  }
  // It may have failed only after all had gone to files; the log must not end in half a record
  // then.
  if (!HasSomethingInMemory() && !log_is_new_.load(std::memory_order_acquire)) {
    return Status(StatusCode::kFailedPrecondition, "nothing is in memory");
  }
  // No more begins as long as the error stands. RocksDB would end its Resume for an error of what
  // ran before, and then forget the flush that it has just ordered.
  const std::unique_lock alone(work_mutex_, std::try_to_lock);
  if (!alone.owns_lock() || BackgroundWorkRuns()) {
    return Status(StatusCode::kFailedPrecondition, "work on files has not ended");
  }
  // RocksDB tells of an error before it takes note of it, and would wait for ever if it were to
  // resume in between.
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  rocksdb::WriteBatch nothing;
  if (rocksdb_->Write(options, &nothing).ok()) {
    return Status(StatusCode::kFailedPrecondition, "the error is not known yet");
  }
  background_errors_->Clear();
  resuming_.store(true, std::memory_order_release);
  const Status status = FromRocksdb(rocksdb_->Resume());
  resuming_.store(false, std::memory_order_release);
  if (!status.ok()) {
    background_errors_->Note(status, true);  // what else was wrong has been noted
    return status;
  }
  if (const Status kept = KeepSomethingInMemory(); !kept.ok()) {
    background_errors_->Note(kept, true);  // the same
    return kept;
  }
  log_is_new_.store(false, std::memory_order_release);
  return background_errors_->status();
}

Status Database::ReadRecord(bool established, Random* random) {
  PinnedValue value;
  RETURN_IF_ERROR(Get(Space::kMeta, DatabaseRecordKey(), &value));
  if (!value.found()) {
    if (established) {
      return Status(StatusCode::kCorruption,
                    "the database has lost its own record; restore a backup");
    }
    return MakeRecord(random);
  }
  ASSIGN_OR_RETURN(record_, DecodeDatabaseRecord(value.bytes()));
  if (record_.format_version > kDatabaseFormatVersion) {
    return Status(StatusCode::kCorruption,
                  "the database has format " + std::to_string(record_.format_version) +
                      ", this program knows formats up to " +
                      std::to_string(kDatabaseFormatVersion) +
                      "; open it with the version of Millrace that wrote it or a newer one");
  }
  return Status::Ok();
}

Status Database::MakeRecord(Random* random) {
  record_.format_version = kDatabaseFormatVersion;
  record_.hash_seed = random->Next64();
  record_.uuid = NewUuid(random);
  std::string bytes;
  EncodeDatabaseRecord(record_, &bytes);
  rocksdb::WriteOptions write_options;
  write_options.sync = !in_memory();
  write_options.disableWAL = in_memory();
  return FromRocksdb(
      rocksdb_->Put(write_options, family(Space::kMeta), DatabaseRecordKey(), bytes));
}

Status Database::Get(Space space, std::string_view key, PinnedValue* value) const {
  value->Reset();
  if (space != Space::kItems || !item_cache_.enabled()) {
    return GetFromRocksdb(space, key, value);
  }
  ItemCache::Ticket ticket;
  if (item_cache_.Get(key, value, &ticket)) {
    return Status::Ok();
  }
  RETURN_IF_ERROR(GetFromRocksdb(space, key, value));
  if (value->found()) {
    item_cache_.Fill(key, value->bytes(), ticket);
  }
  return Status::Ok();
}

Status Database::GetFromRocksdb(Space space, std::string_view key, PinnedValue* value) const {
  const rocksdb::Status status =
      rocksdb_->Get(rocksdb::ReadOptions(), family(space), rocksdb::Slice(key.data(), key.size()),
                    PinnedValueAccess::Handle(value));
  if (status.ok()) {
    PinnedValueAccess::SetFound(value);
    return Status::Ok();
  }
  return status.IsNotFound() ? Status::Ok() : FromRocksdb(status);
}

}  // namespace millrace::engine
