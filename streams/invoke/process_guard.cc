// The guard is a shell: as small as a process can be that lives as long as the server, and nothing
// that would have to be installed. A copy of the server would hold on to its memory.
#include "streams/invoke/process_guard.h"

#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace millrace::streams {
namespace {

// Signals that are meant for the server must not end the guard before it. The groups are a text of
// numbers with a space before and behind each.
constexpr char kScript[] = R"(
trap '' HUP INT QUIT TERM
groups=' '
while read -r sign group; do
  if [ "$sign" = + ]; then
    groups="$groups$group "
  else
    groups="${groups%% $group *} ${groups#* $group }"
  fi
done
for group in $groups; do
  kill -9 "-$group" 2>/dev/null
done
)";

Status GuardError(int error) {
  return Status(StatusCode::kResourceExhausted,
                std::string("cannot start a guard of processes: ") + std::strerror(error));
}

}  // namespace

Status ProcessGuard::Start() {
  std::array<int, 2> ends = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return GuardError(errno);
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDIN_FILENO + 1);
  posix_spawn_file_actions_addchdir_np(&actions, "/");
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t no_signals;
  sigemptyset(&no_signals);
  posix_spawnattr_setsigmask(&attributes, &no_signals);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
  std::string shell = "sh";
  std::string option = "-c";
  std::string script = kScript;
  std::string name = "millrace-guard";
  const std::array<char*, 5> arguments = {shell.data(), option.data(), script.data(), name.data(),
                                          nullptr};
  const std::array<char*, 1> environment = {nullptr};
  const int error = posix_spawn(&process_, "/bin/sh", &actions, &attributes, arguments.data(),
                                environment.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  close(ends[1]);
  if (error != 0) {
    process_ = 0;
    close(ends[0]);
    return GuardError(error);
  }
  line_ = ends[0];
  return Status::Ok();
}

void ProcessGuard::Stop() {
  if (line_ < 0) {
    return;
  }
  close(line_);
  line_ = -1;
  while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
}

void ProcessGuard::Say(char sign, pid_t group) {
  if (line_ < 0) {
    return;
  }
  const std::string text = std::string(1, sign) + " " + std::to_string(group) + "\n";
  // Short enough to go as a whole or not at all; it cannot go when somebody has killed the guard,
  // or has stopped it for long.
  [[maybe_unused]] const ssize_t sent =
      send(line_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace millrace::streams
