// The file system that RocksDB is given: each operation asks the state what is to become of it, and
// tells it what has become of the files.
#include "storage/engine/fault_file_system.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "rocksdb/env.h"
#include "rocksdb/file_system.h"
#include "rocksdb/system_clock.h"
#include "storage/engine/fault_state.h"

namespace millrace::engine {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;
using StatePointer = std::shared_ptr<FaultState>;

// What the caller of a failed operation gets.
IOStatus ErrorOf(const FaultDecision& decision, const std::string& path) {
  switch (decision.effect) {
    case Fault::Effect::kNoSpace:
      return IOStatus::NoSpace("injected: no space left on device: " + path);
    case Fault::Effect::kPowerCut:
      return IOStatus::IOError("the power is cut: " + path);
    default:
      return IOStatus::IOError("injected: input/output error: " + path);
  }
}

IOStatus ToIoStatus(const Status& status) {
  if (status.ok()) {
    return IOStatus::OK();
  }
  return status.code() == StatusCode::kNotFound
             ? IOStatus::PathNotFound(std::string(status.message()))
             : IOStatus::IOError(std::string(status.message()));
}

// Decides about a read; `result` is what was read into `scratch`.
IOStatus AfterRead(const StatePointer& state, const std::string& path, char* scratch,
                   Slice* result) {
  FaultDecision decision;
  {
    MutexLock lock(&state->mutex);
    decision = state->Begin(FileOperation::kRead, path, result->size());
  }
  if (!decision.hit) {
    return IOStatus::OK();
  }
  if (decision.effect != Fault::Effect::kFlip) {
    *result = Slice();
    return ErrorOf(decision, path);
  }
  if (!result->empty()) {
    std::memmove(scratch, result->data(), result->size());
    scratch[result->size() / 2] ^= 1;
    *result = Slice(scratch, result->size());
  }
  return IOStatus::OK();
}

class FaultWritableFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultWritableFile(StatePointer state, UnsyncedFiles::FilePointer file, std::string path,
                    std::unique_ptr<rocksdb::FSWritableFile> target)
      : FSWritableFileOwnerWrapper(std::move(target)),
        state_(std::move(state)),
        file_(std::move(file)),
        path_(std::move(path)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    MutexLock lock(&state_->mutex);
    const FaultDecision decision = state_->Begin(FileOperation::kWrite, path_, data.size());
    if (state_->power_is_cut()) {
      return ErrorOf(decision, path_);
    }
    const size_t size = decision.hit ? decision.bytes_allowed : data.size();
    if (size > 0) {
      IOStatus status = target()->Append(Slice(data.data(), size), options, debug);
      if (!status.ok()) {
        return status;
      }
      file_->written += size;
    }
    return decision.hit ? ErrorOf(decision, path_) : IOStatus::OK();
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& /*verification*/,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    MutexLock lock(&state_->mutex);
    if (state_->power_is_cut()) {
      return NoPower();
    }
    file_->written = size;
    file_->synced = std::min(file_->synced, size);
    return target()->Truncate(size, options, debug);
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    MutexLock lock(&state_->mutex);
    return state_->power_is_cut() ? NoPower() : target()->Close(options, debug);
  }
  // The power is cut by us, so the real disk need not be waited for.
  IOStatus Sync(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
    MutexLock lock(&state_->mutex);
    const FaultDecision decision = state_->Begin(FileOperation::kSync, path_, 0);
    if (decision.hit) {
      return ErrorOf(decision, path_);
    }
    file_->synced = file_->written;
    return IOStatus::OK();
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Sync(options, debug);
  }
  // Promises nothing.
  IOStatus RangeSync(uint64_t /*offset*/, uint64_t /*size*/, const IOOptions& /*options*/,
                     IODebugContext* /*debug*/) override {
    return IOStatus::OK();
  }

 private:
  IOStatus NoPower() const { return IOStatus::IOError("the power is cut: " + path_); }

  const StatePointer state_;
  const UnsyncedFiles::FilePointer file_;
  const std::string path_;
};

class FaultRandomAccessFile final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  FaultRandomAccessFile(StatePointer state, std::string path,
                        std::unique_ptr<rocksdb::FSRandomAccessFile> target)
      : FSRandomAccessFileOwnerWrapper(std::move(target)),
        state_(std::move(state)),
        path_(std::move(path)) {}

  IOStatus Read(uint64_t offset, size_t size, const IOOptions& options, Slice* result,
                char* scratch, IODebugContext* debug) const override {
    IOStatus status = target()->Read(offset, size, options, result, scratch, debug);
    return status.ok() ? AfterRead(state_, path_, scratch, result) : status;
  }
  // One by one, through Read.
  IOStatus MultiRead(rocksdb::FSReadRequest* requests, size_t count, const IOOptions& options,
                     IODebugContext* debug) override {
    for (size_t index = 0; index < count; ++index) {
      rocksdb::FSReadRequest& request = requests[index];
      request.status =
          Read(request.offset, request.len, options, &request.result, request.scratch, debug);
    }
    return IOStatus::OK();
  }

 private:
  const StatePointer state_;
  const std::string path_;
};

class FaultSequentialFile final : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  FaultSequentialFile(StatePointer state, std::string path,
                      std::unique_ptr<rocksdb::FSSequentialFile> target)
      : FSSequentialFileOwnerWrapper(std::move(target)),
        state_(std::move(state)),
        path_(std::move(path)) {}

  IOStatus Read(size_t size, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* debug) override {
    IOStatus status = target()->Read(size, options, result, scratch, debug);
    return status.ok() ? AfterRead(state_, path_, scratch, result) : status;
  }

 private:
  const StatePointer state_;
  const std::string path_;
};

class FaultDirectory final : public rocksdb::FSDirectoryWrapper {
 public:
  FaultDirectory(StatePointer state, std::string path, std::unique_ptr<rocksdb::FSDirectory> target)
      : FSDirectoryWrapper(std::move(target)), state_(std::move(state)), path_(std::move(path)) {}

  IOStatus Fsync(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
    MutexLock lock(&state_->mutex);
    const FaultDecision decision = state_->Begin(FileOperation::kSync, path_, 0);
    if (decision.hit) {
      return ErrorOf(decision, path_);
    }
    state_->files()->SyncFolder(path_);
    return IOStatus::OK();
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions& /*reason*/) override {
    return Fsync(options, debug);
  }

 private:
  const StatePointer state_;
  const std::string path_;  // ends in '/'
};

class FaultingFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  FaultingFileSystem(StatePointer state, const std::shared_ptr<rocksdb::FileSystem>& target)
      : FileSystemWrapper(target), state_(std::move(state)) {}

  const char* Name() const override { return "MillraceFaults"; }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext* debug) override {
    MutexLock lock(&state_->mutex);
    if (state_->power_is_cut()) {
      return NoPower(path);
    }
    const FaultDecision decision = state_->Begin(FileOperation::kCreate, path, 0);
    if (decision.hit) {
      return ErrorOf(decision, path);
    }
    Result<UnsyncedFiles::FilePointer> file = state_->files()->Create(path);
    if (!file.ok()) {
      return ToIoStatus(file.status());
    }
    IOStatus status = target()->NewWritableFile(path, options, result, debug);
    return Wrap(std::move(status), std::move(file).value(), path, result);
  }
  IOStatus ReopenWritableFile(const std::string& path, const FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* result,
                              IODebugContext* debug) override {
    MutexLock lock(&state_->mutex);
    if (state_->power_is_cut()) {
      return NoPower(path);
    }
    UnsyncedFiles::FilePointer file = state_->files()->Find(path);
    if (file == nullptr) {
      return IOStatus::PathNotFound(path);
    }
    IOStatus status = target()->ReopenWritableFile(path, options, result, debug);
    return Wrap(std::move(status), std::move(file), path, result);
  }
  // Ways to write that the store does not use.
  IOStatus ReuseWritableFile(const std::string& path, const std::string& /*old_path*/,
                             const FileOptions& /*options*/,
                             std::unique_ptr<rocksdb::FSWritableFile>* /*result*/,
                             IODebugContext* /*debug*/) override {
    return IOStatus::NotSupported(path);
  }
  IOStatus NewRandomRWFile(const std::string& path, const FileOptions& /*options*/,
                           std::unique_ptr<rocksdb::FSRandomRWFile>* /*result*/,
                           IODebugContext* /*debug*/) override {
    return IOStatus::NotSupported(path);
  }
  IOStatus LinkFile(const std::string& /*from*/, const std::string& to,
                    const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
    return IOStatus::NotSupported(to);
  }
  IOStatus NewRandomAccessFile(const std::string& path, const FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                               IODebugContext* debug) override {
    IOStatus status = target()->NewRandomAccessFile(path, options, result, debug);
    if (status.ok()) {
      *result = std::make_unique<FaultRandomAccessFile>(state_, path, std::move(*result));
    }
    return status;
  }
  IOStatus NewSequentialFile(const std::string& path, const FileOptions& options,
                             std::unique_ptr<rocksdb::FSSequentialFile>* result,
                             IODebugContext* debug) override {
    IOStatus status = target()->NewSequentialFile(path, options, result, debug);
    if (status.ok()) {
      *result = std::make_unique<FaultSequentialFile>(state_, path, std::move(*result));
    }
    return status;
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* result,
                        IODebugContext* debug) override {
    IOStatus status = target()->NewDirectory(path, options, result, debug);
    if (status.ok()) {
      *result = std::make_unique<FaultDirectory>(state_, path + "/", std::move(*result));
    }
    return status;
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions& /*options*/,
                      IODebugContext* /*debug*/) override {
    MutexLock lock(&state_->mutex);
    return state_->power_is_cut() ? NoPower(path) : ToIoStatus(state_->files()->Remove(path));
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& /*options*/,
                      IODebugContext* /*debug*/) override {
    MutexLock lock(&state_->mutex);
    return state_->power_is_cut() ? NoPower(to) : ToIoStatus(state_->files()->Rename(from, to));
  }
  IOStatus GetChildren(const std::string& path, const IOOptions& options,
                       std::vector<std::string>* result, IODebugContext* debug) override {
    IOStatus status = target()->GetChildren(path, options, result, debug);
    std::erase(*result, std::string(UnsyncedFiles::kFolderName));
    return status;
  }

 private:
  static IOStatus NoPower(const std::string& path) {
    return IOStatus::IOError("the power is cut: " + path);
  }
  IOStatus Wrap(IOStatus status, UnsyncedFiles::FilePointer file, const std::string& path,
                std::unique_ptr<rocksdb::FSWritableFile>* result) const {
    if (status.ok()) {
      *result =
          std::make_unique<FaultWritableFile>(state_, std::move(file), path, std::move(*result));
    }
    return status;
  }

  const StatePointer state_;
};

// After a failed background job RocksDB sleeps for a second, which a test need not.
class ShortSleeps final : public rocksdb::SystemClockWrapper {
 public:
  ShortSleeps() : SystemClockWrapper(rocksdb::SystemClock::Default()) {}
  const char* Name() const override { return "MillraceShortSleeps"; }
  void SleepForMicroseconds(int duration) override {
    SystemClockWrapper::SleepForMicroseconds(std::min(duration, 1000));
  }
};

// RocksDB uses its file system partly through the environment's own functions, so these have to
// lead to it as well: the inner environment sees to that.
class FaultEnvironment final : public rocksdb::EnvWrapper {
 public:
  explicit FaultEnvironment(const std::shared_ptr<rocksdb::FileSystem>& file_system)
      : EnvWrapper(rocksdb::NewCompositeEnv(file_system)) {
    file_system_ = file_system;
    system_clock_ = std::make_shared<ShortSleeps>();
  }
  const char* Name() const override { return "MillraceFaults"; }
};

}  // namespace

std::unique_ptr<rocksdb::Env> FaultFileSystem::MakeEnvironment() {
  return std::make_unique<FaultEnvironment>(
      std::make_shared<FaultingFileSystem>(state_, rocksdb::FileSystem::Default()));
}

}  // namespace millrace::engine
