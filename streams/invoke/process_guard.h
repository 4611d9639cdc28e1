// Sees to it that no handler outlives the server, even if that is killed: a small process of its
// own that knows the groups of all handlers, and kills them when the server's end of the line
// between the two is closed, however that comes about.
#pragma once

#include <sys/types.h>

#include "storage/base/status.h"

namespace millrace::streams {

// Start and Stop belong to one thread; Add and Remove are thread-safe between them.
class ProcessGuard {
 public:
  ProcessGuard() = default;
  ~ProcessGuard() { Stop(); }
  ProcessGuard(const ProcessGuard&) = delete;
  ProcessGuard& operator=(const ProcessGuard&) = delete;

  // Without a guard, Add and Remove do nothing.
  Status Start();
  // Lets the guard kill what it still knows, and waits for its end.
  void Stop();

  // `group` is a process group. Remove it before its id can be given to somebody else.
  void Add(pid_t group) { Say('+', group); }
  void Remove(pid_t group) { Say('-', group); }

 private:
  void Say(char sign, pid_t group);

  int line_ = -1;
  pid_t process_ = 0;
};

}  // namespace millrace::streams
