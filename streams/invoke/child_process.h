// Processes of functions: started in a group of their own with nothing inherited but what is said
// here, and one thread that reads what they write and notices their end.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "streams/invoke/process_guard.h"

namespace millrace::streams {

struct ProcessDescription {
  std::vector<std::string> arguments;    // the first is the program, looked up in `search_path`
  std::vector<std::string> environment;  // "NAME=value"; nothing else is inherited
  std::string directory;                 // working directory
  std::string search_path;               // folders separated by colons
};

// How a process ended.
struct ProcessEnd {
  bool signaled = false;
  int code = 0;  // the exit status, or the signal

  // "exit status 1", "signal: killed".
  std::string ToString() const;
};

// The program of that name in the folders of `search_path`, or the name itself if it has a slash;
// empty if there is no such executable file.
std::string FindProgram(const std::string& name, const std::string& search_path);

// Thread-safe, apart from Start and Stop.
class ProcessWatcher {
 public:
  // Must be brief. Both run on the watcher's thread, `output` also on that of a Drain, one call at
  // a time. `ended` comes once, after all output.
  using Output = std::function<void(std::string_view bytes)>;
  using Ended = std::function<void(const ProcessEnd&)>;

  ProcessWatcher();
  ~ProcessWatcher();
  ProcessWatcher(const ProcessWatcher&) = delete;
  ProcessWatcher& operator=(const ProcessWatcher&) = delete;

  Status Start();
  // Kills every group that is left, waits for the processes, ends the thread. Idempotent.
  void Stop();

  // Starts a process whose standard input is empty and whose standard output and error go to
  // `output`. Returns its process id, which stays valid until `ended` has run. kNotFound when there
  // is no such program, kFailedPrecondition when it cannot be run, kResourceExhausted when the
  // machine has no room for another process, kShuttingDown.
  Result<pid_t> Run(const ProcessDescription& description, Output output, Ended ended);
  // Sends a signal to the process and whatever it has started in its group. Harmless after the end.
  void SignalGroup(pid_t process, int signal);

  // Passes on what the process has written up to now, on this thread: whoever hears of the process
  // another way can so hear first what it said before. Harmless after the end.
  void Drain(pid_t process) EXCLUDES(mutex_);

 private:
  struct Child;
  void Loop();
  // Whether there was something to read.
  bool Read(Child* child);
  void Reap(Child* child);
  Status Watch(Child* child);

  int poll_descriptor_ = -1;
  int wake_descriptor_ = -1;
  std::thread thread_;
  Mutex mutex_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::unordered_map<pid_t, std::shared_ptr<Child>> children_ GUARDED_BY(mutex_);
  // Knows the same ones.
  ProcessGuard guard_;
};

}  // namespace millrace::streams
