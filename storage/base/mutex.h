// Annotated locks. clang's thread-safety analysis checks the annotations in the dev preset; other
// compilers see plain standard locks. Each guarded field says by which lock.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#if defined(__clang__)
#define MILLRACE_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define MILLRACE_THREAD_ANNOTATION(x)
#endif

#define CAPABILITY(x) MILLRACE_THREAD_ANNOTATION(capability(x))
#define SCOPED_CAPABILITY MILLRACE_THREAD_ANNOTATION(scoped_lockable)
#define GUARDED_BY(x) MILLRACE_THREAD_ANNOTATION(guarded_by(x))
#define PT_GUARDED_BY(x) MILLRACE_THREAD_ANNOTATION(pt_guarded_by(x))
#define REQUIRES(...) MILLRACE_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define ACQUIRE(...) MILLRACE_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define RELEASE(...) MILLRACE_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define EXCLUDES(...) MILLRACE_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))

namespace millrace {

// A lock that cannot be taken twice by one thread. Take it through MutexLock where scopes allow.
class CAPABILITY("mutex") Mutex {
 public:
  void Lock() ACQUIRE() { mutex_.lock(); }
  void Unlock() RELEASE() { mutex_.unlock(); }

 private:
  friend class ConditionVariable;
  std::mutex mutex_;
};

// Holds a Mutex from construction to the end of the scope.
class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_->Lock(); }
  ~MutexLock() RELEASE() { mutex_->Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex* const mutex_;
};

// Waits on a Mutex that the caller holds. Spurious wake-ups happen: always wait in a loop.
class ConditionVariable {
 public:
  void Wait(Mutex* mutex) REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex->mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }
  // Returns after at most `timeout_ms`, woken or not.
  void WaitFor(Mutex* mutex, int64_t timeout_ms) REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex->mutex_, std::adopt_lock);
    condition_.wait_for(lock, std::chrono::milliseconds(timeout_ms));
    lock.release();
  }
  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace millrace
