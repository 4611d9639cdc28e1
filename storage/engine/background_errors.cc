// The listener that RocksDB is given, and what it has heard.
#include "storage/engine/background_errors.h"

#include <chrono>
#include <thread>
#include <utility>

#include "rocksdb/listener.h"
#include "storage/engine/rocksdb_status.h"

namespace millrace::engine {
namespace {

constexpr int kFlushBeginTries = 200;  // a millisecond each

class ErrorListener final : public rocksdb::EventListener {
 public:
  ErrorListener(std::shared_ptr<BackgroundErrors> errors, std::function<void()> new_log)
      : errors_(std::move(errors)), new_log_(std::move(new_log)) {}

  void OnMemTableSealed(const rocksdb::MemTableInfo& /*info*/) override { new_log_(); }

  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* status) override {
    if (status->severity() < rocksdb::Status::Severity::kHardError) {
      // A compaction that finds no space is tried again, and nobody has to wait for it. RocksDB 7.8
      // would refuse writes for it after a Resume, and never forget it.
      if (reason == rocksdb::BackgroundErrorReason::kCompaction && status->IsNoSpace()) {
        *status = rocksdb::Status::OK();
      }
      return;
    }
    // What has failed for want of space fails once more where it is met again, for another reason,
    // after which RocksDB would not go on. A disk that fails as well is met again in Resume.
    if (status->IsIOError() && !status->IsNoSpace() && !errors_->status().ok() &&
        errors_->only_out_of_space()) {
      *status = rocksdb::Status::OK();
      return;
    }
    // RocksDB takes a new log that cannot be created for the end, as it may have lost the rest of
    // the old one. Resume needs neither: all that was acknowledged is in memory and goes to files.
    if (status->IsNoSpace() && status->severity() == rocksdb::Status::Severity::kFatalError) {
      *status = rocksdb::Status(*status, rocksdb::Status::Severity::kHardError);
    }
    errors_->Note(FromRocksdb(*status), status->IsNoSpace());
    if (reason != rocksdb::BackgroundErrorReason::kFlush) {
      errors_->AwaitFlushBegin();
    }
  }
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status status,
                            bool* automatic) override {
    status.PermitUncheckedError();
    *automatic = false;
  }

 private:
  const std::shared_ptr<BackgroundErrors> errors_;
  const std::function<void()> new_log_;
};

}  // namespace

void BackgroundErrors::SetFlushProbe(std::function<bool()> probe) {
  MutexLock lock(&observer_mutex_);
  flush_probe_ = std::move(probe);
}

void BackgroundErrors::AwaitFlushBegin() {
  MutexLock lock(&observer_mutex_);
  for (int tries = 0; flush_probe_ != nullptr && flush_probe_() && tries < kFlushBeginTries;
       ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

Status BackgroundErrors::status() const {
  MutexLock lock(&mutex_);
  return status_;
}

bool BackgroundErrors::only_out_of_space() const {
  MutexLock lock(&mutex_);
  return only_out_of_space_;
}

void BackgroundErrors::SetObserver(std::function<void(const Status&)> observer) {
  MutexLock lock(&observer_mutex_);
  observer_ = std::move(observer);
}

void BackgroundErrors::Note(const Status& status, bool out_of_space) {
  {
    MutexLock lock(&mutex_);
    if (status_.ok()) {
      status_ = status;
    }
    only_out_of_space_ = only_out_of_space_ && out_of_space;
  }
  MutexLock lock(&observer_mutex_);
  if (observer_ != nullptr) {
    observer_(status);
  }
}

void BackgroundErrors::Clear() {
  MutexLock lock(&mutex_);
  status_ = Status::Ok();
  only_out_of_space_ = true;
}

std::shared_ptr<rocksdb::EventListener> MakeErrorListener(std::shared_ptr<BackgroundErrors> errors,
                                                          std::function<void()> new_log) {
  return std::make_shared<ErrorListener>(std::move(errors), std::move(new_log));
}

}  // namespace millrace::engine
