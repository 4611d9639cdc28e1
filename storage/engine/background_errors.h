// What RocksDB says of errors that stop its writes, whoever met them first: a write, or a flush or
// compaction in the background.
#pragma once

#include <functional>
#include <memory>

#include "storage/base/mutex.h"
#include "storage/base/status.h"

namespace rocksdb {
class EventListener;
}  // namespace rocksdb

namespace millrace::engine {

// Thread-safe.
class BackgroundErrors {
 public:
  // Runs after each error that is noted, on the thread that has met it. nullptr: nothing does, and
  // what ran has ended.
  void SetObserver(std::function<void(const Status&)> observer) EXCLUDES(observer_mutex_);
  // `probe` says whether a flush has been ordered that has not begun. An error of a write is held
  // back for that moment: RocksDB 7.8 would forget the flush, and wait for it for ever in Resume.
  void SetFlushProbe(std::function<bool()> probe) EXCLUDES(observer_mutex_);
  void AwaitFlushBegin() EXCLUDES(observer_mutex_);

  // OK, or the first error because of which RocksDB takes no more writes.
  Status status() const EXCLUDES(mutex_);
  // Whether all that was wrong is that the disk was full: RocksDB can go on once it is not.
  bool only_out_of_space() const EXCLUDES(mutex_);

  void Note(const Status& status, bool out_of_space) EXCLUDES(mutex_, observer_mutex_);
  // RocksDB has got over it.
  void Clear() EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  Status status_ GUARDED_BY(mutex_);
  bool only_out_of_space_ GUARDED_BY(mutex_) = true;
  Mutex observer_mutex_;  // before mutex_
  std::function<void(const Status&)> observer_ GUARDED_BY(observer_mutex_);
  std::function<bool()> flush_probe_ GUARDED_BY(observer_mutex_);
};

// Notes errors in `errors`, and keeps RocksDB from going on by itself when there is space again:
// the pipeline, which has failed requests, decides when.
// `new_log` runs when writes are about to go to another log, before the first of them.
std::shared_ptr<rocksdb::EventListener> MakeErrorListener(std::shared_ptr<BackgroundErrors> errors,
                                                          std::function<void()> new_log);

}  // namespace millrace::engine
