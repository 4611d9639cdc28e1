// Starting, watching and ending the processes of functions. A child is started by posix_spawn,
// which does not copy the server's memory maps; its end is a descriptor (pidfd) beside its output
// pipe.
#include "streams/invoke/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "storage/base/log.h"

namespace millrace::streams {
namespace {

constexpr size_t kReadSize = 64 * 1024;
constexpr rlim_t kDescriptorsMax = 1024;
constexpr int kDrainReadsMax = 4;
constexpr int kLastReadsMax = 16;  // as much as the system lets a pipe hold

Status SystemError(std::string_view what, int error) {
  return Status(StatusCode::kResourceExhausted, std::string(what) + ": " + std::strerror(error));
}

// Tells a machine that has no room for one more process from a program that cannot be run.
Status SpawnError(const std::string& program, int error) {
  const std::string message = "cannot start " + program + ": " + std::strerror(error);
  switch (error) {
    case EAGAIN:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      return Status(StatusCode::kResourceExhausted, message);
    case ENOENT:
      return Status(StatusCode::kNotFound, message);
    default:
      return Status(StatusCode::kFailedPrecondition, message);
  }
}

int OpenProcess(pid_t process) { return static_cast<int>(syscall(SYS_pidfd_open, process, 0)); }

void CloseDescriptor(int* descriptor) {
  if (*descriptor >= 0) {
    close(*descriptor);
    *descriptor = -1;
  }
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) {
    pointers.push_back(const_cast<char*>(text.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

// What a process gets of the server: a pipe for its output, and nothing else.
Status Spawn(const ProcessDescription& description, const std::string& program, int output,
             pid_t* process) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  posix_spawn_file_actions_addchdir_np(&actions, description.directory.c_str());
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t no_signals;
  sigemptyset(&no_signals);
  sigset_t all_signals;
  sigfillset(&all_signals);
  posix_spawnattr_setsigmask(&attributes, &no_signals);
  posix_spawnattr_setsigdefault(&attributes, &all_signals);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const std::vector<char*> arguments = Pointers(description.arguments);
  const std::vector<char*> environment = Pointers(description.environment);
  const int error = posix_spawn(process, program.c_str(), &actions, &attributes, arguments.data(),
                                environment.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    return SpawnError(program, error);
  }
  const rlimit no_core = {0, 0};
  const rlimit descriptors = {kDescriptorsMax, kDescriptorsMax};
  // The process may be gone already; then there is nothing to limit.
  prlimit(*process, RLIMIT_CORE, &no_core, nullptr);
  prlimit(*process, RLIMIT_NOFILE, &descriptors, nullptr);
  return Status::Ok();
}

}  // namespace

std::string ProcessEnd::ToString() const {
  if (!signaled) {
    return "exit status " + std::to_string(code);
  }
  switch (code) {
    case SIGKILL:
      return "signal: killed";
    case SIGTERM:
      return "signal: terminated";
    case SIGSEGV:
      return "signal: segmentation fault";
    case SIGABRT:
      return "signal: aborted";
    default:
      return "signal: " + std::to_string(code);
  }
}

std::string FindProgram(const std::string& name, const std::string& search_path) {
  if (name.find('/') != std::string::npos) {
    return access(name.c_str(), X_OK) == 0 ? name : std::string();
  }
  size_t begin = 0;
  while (begin <= search_path.size()) {
    const size_t end = std::min(search_path.find(':', begin), search_path.size());
    const std::string candidate = search_path.substr(begin, end - begin) + "/" + name;
    if (end > begin && access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
    begin = end + 1;
  }
  return {};
}

struct ProcessWatcher::Child {
  pid_t process = 0;
  // Held while reading and passing on, so that output stays in order.
  Mutex reading;
  int output_descriptor = -1;
  int end_descriptor = -1;
  Output output;
  Ended ended;
};

ProcessWatcher::ProcessWatcher() = default;

ProcessWatcher::~ProcessWatcher() { Stop(); }

Status ProcessWatcher::Start() {
  poll_descriptor_ = epoll_create1(EPOLL_CLOEXEC);
  wake_descriptor_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (poll_descriptor_ < 0 || wake_descriptor_ < 0) {
    return SystemError("cannot watch processes", errno);
  }
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  if (epoll_ctl(poll_descriptor_, EPOLL_CTL_ADD, wake_descriptor_, &event) != 0) {
    return SystemError("cannot watch processes", errno);
  }
  const Status guarded = guard_.Start();
  if (!guarded.ok()) {
    Log(LogLevel::kWarning,
        "handlers would outlive the server if it was killed: " + std::string(guarded.message()));
  }
  thread_ = std::thread([this] { Loop(); });
  return Status::Ok();
}

void ProcessWatcher::Stop() {
  if (thread_.joinable()) {
    {
      MutexLock lock(&mutex_);
      stopping_ = true;
      for (const auto& [process, child] : children_) {
        kill(-process, SIGKILL);
      }
    }
    const uint64_t one = 1;
    // The descriptor's counter cannot overflow by this.
    [[maybe_unused]] const ssize_t written = write(wake_descriptor_, &one, sizeof(one));
    thread_.join();
  }
  guard_.Stop();
  CloseDescriptor(&poll_descriptor_);
  CloseDescriptor(&wake_descriptor_);
}

Result<pid_t> ProcessWatcher::Run(const ProcessDescription& description, Output output,
                                  Ended ended) {
  const std::string program = FindProgram(description.arguments.front(), description.search_path);
  if (program.empty()) {
    return Status(StatusCode::kNotFound,
                  "there is no program " + description.arguments.front() + " to run");
  }
  std::array<int, 2> ends = {-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return SystemError("cannot make a pipe", errno);
  }
  auto child = std::make_shared<Child>();
  child->output_descriptor = ends[0];
  child->output = std::move(output);
  child->ended = std::move(ended);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  const Status started = Spawn(description, program, ends[1], &child->process);
  CloseDescriptor(&ends[1]);
  if (!started.ok()) {
    CloseDescriptor(&child->output_descriptor);
    return started;
  }
  const pid_t process = child->process;
  child->end_descriptor = OpenProcess(process);
  MutexLock lock(&mutex_);
  const Status watched =
      stopping_ ? Status(StatusCode::kShuttingDown, "no processes are started any more")
                : Watch(child.get());
  if (!watched.ok()) {
    epoll_ctl(poll_descriptor_, EPOLL_CTL_DEL, child->output_descriptor, nullptr);
    kill(-process, SIGKILL);
    waitpid(process, nullptr, 0);
    CloseDescriptor(&child->output_descriptor);
    CloseDescriptor(&child->end_descriptor);
    return watched;
  }
  children_.emplace(process, std::move(child));
  guard_.Add(process);
  return process;
}

// The output is watched through the child itself; its end through an odd address beside it.
Status ProcessWatcher::Watch(Child* child) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.u64 = reinterpret_cast<uint64_t>(child);
  if (child->end_descriptor < 0 ||
      epoll_ctl(poll_descriptor_, EPOLL_CTL_ADD, child->output_descriptor, &event) != 0) {
    return SystemError("cannot watch a process", errno);
  }
  event.data.u64 |= 1;
  if (epoll_ctl(poll_descriptor_, EPOLL_CTL_ADD, child->end_descriptor, &event) != 0) {
    return SystemError("cannot watch a process", errno);
  }
  return Status::Ok();
}

void ProcessWatcher::SignalGroup(pid_t process, int signal) {
  // Under the lock: the id may be another process's once the child has been waited for.
  MutexLock lock(&mutex_);
  if (children_.contains(process)) {
    kill(-process, signal);
  }
}

void ProcessWatcher::Drain(pid_t process) {
  std::shared_ptr<Child> child;
  {
    MutexLock lock(&mutex_);
    const auto found = children_.find(process);
    if (found == children_.end()) {
      return;
    }
    child = found->second;
  }
  // A pipe holds one read; more only while somebody keeps writing, who must not keep us.
  for (int round = 0; round < kDrainReadsMax && Read(child.get()); ++round) {
  }
}

void ProcessWatcher::Loop() {
  std::array<epoll_event, 32> events;
  while (true) {
    const int count = epoll_wait(poll_descriptor_, events.data(), events.size(), -1);
    // Output first: an end that is seen in the same round comes after it.
    std::vector<Child*> ended;
    for (int index = 0; index < count; ++index) {
      const uint64_t mark = events[index].data.u64;
      if (mark == 0) {
        uint64_t ignored = 0;
        [[maybe_unused]] const ssize_t size = read(wake_descriptor_, &ignored, sizeof(ignored));
      } else if ((mark & 1) != 0) {
        ended.push_back(reinterpret_cast<Child*>(mark & ~uint64_t{1}));
      } else {
        Read(reinterpret_cast<Child*>(mark));
      }
    }
    for (Child* const child : ended) {
      Reap(child);
    }
    MutexLock lock(&mutex_);
    if (stopping_ && children_.empty()) {
      return;
    }
  }
}

bool ProcessWatcher::Read(Child* child) {
  std::array<char, kReadSize> buffer;
  MutexLock lock(&child->reading);
  if (child->output_descriptor < 0) {
    return false;
  }
  const ssize_t size = read(child->output_descriptor, buffer.data(), buffer.size());
  if (size > 0) {
    child->output({buffer.data(), static_cast<size_t>(size)});
  } else if (size == 0) {
    // Closed by all who had it; the end of the process is another matter.
    epoll_ctl(poll_descriptor_, EPOLL_CTL_DEL, child->output_descriptor, nullptr);
  }
  return size > 0;
}

void ProcessWatcher::Reap(Child* child) {
  // What it has left behind goes with it, and can then write no more.
  kill(-child->process, SIGKILL);
  siginfo_t information = {};
  if (waitid(P_PID, static_cast<id_t>(child->process), &information, WEXITED | WNOWAIT) != 0) {
    Log(LogLevel::kError, std::string("cannot wait for a process: ") + std::strerror(errno));
  }
  // What has left the group may go on writing for ever; a pipe holds no more than this.
  for (int round = 0; round < kLastReadsMax && Read(child); ++round) {
  }
  ProcessEnd end;
  end.signaled = information.si_code != CLD_EXITED;
  end.code = information.si_status;
  std::shared_ptr<Child> owned;
  {
    MutexLock lock(&mutex_);
    const auto found = children_.find(child->process);
    owned = std::move(found->second);
    children_.erase(found);
    guard_.Remove(owned->process);
    // Only now may the system give its id to somebody else.
    waitpid(owned->process, nullptr, 0);
  }
  // Closing alone does not end the watch: another process that is just being started may still
  // have copies of the descriptors.
  epoll_ctl(poll_descriptor_, EPOLL_CTL_DEL, owned->end_descriptor, nullptr);
  epoll_ctl(poll_descriptor_, EPOLL_CTL_DEL, owned->output_descriptor, nullptr);
  {
    MutexLock lock(&owned->reading);
    CloseDescriptor(&owned->output_descriptor);
  }
  CloseDescriptor(&owned->end_descriptor);
  owned->ended(end);
}

}  // namespace millrace::streams
