// Which program runs a function: the interpreter of its runtime with our bootstrap, a bootstrap of
// its own, or a command.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "storage/base/mutex.h"
#include "streams/functions/function_source.h"
#include "streams/invoke/child_process.h"
#include "streams/invoke/invoke_options.h"
#include "streams/invoke/run_directory.h"

namespace millrace::streams {

struct RuntimeCommand {
  std::vector<std::string> arguments;
  std::string error_type;  // not empty: the function cannot be run
  std::string cause;       // why not
};

// Thread-safe. Commands are looked for on workers: the first function with a runtime of Python
// waits for the interpreters to tell their versions.
class RuntimePrograms {
 public:
  RuntimePrograms(const InvokerOptions* options, const RunDirectory* run_directory,
                  ProcessWatcher* watcher)
      : options_(options), run_directory_(run_directory), watcher_(watcher) {}

  RuntimeCommand CommandOf(const RunnableFunction& function, const FunctionFiles& files)
      EXCLUDES(mutex_);

 private:
  RuntimeCommand PythonCommand(const RunnableFunction& function) EXCLUDES(mutex_);
  RuntimeCommand NodeCommand(const RunnableFunction& function) const;
  // The Python of that minor version, else the newest there is; empty if there is none.
  std::string FindPython(int minor) REQUIRES(mutex_);
  // The program behind a name, if it can be run: names in the search path may be wrappers.
  std::string Probe(const std::string& candidate, int* minor);
  // All programs of a name in the search path.
  std::vector<std::string> Candidates(const std::string& name) const;

  const InvokerOptions* const options_;
  const RunDirectory* const run_directory_;
  ProcessWatcher* const watcher_;
  // Held while interpreters are asked, so that each is asked once.
  Mutex mutex_;
  std::map<int, std::string> pythons_ GUARDED_BY(mutex_);  // by the minor version wanted
};

}  // namespace millrace::streams
