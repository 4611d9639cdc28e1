// The process: flags, signals, limits, and the line that says that the server is ready.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "server/app/application.h"
#include "server/faults/faults.h"
#include "server/flags/flags.h"
#include "server/memory/huge_pages.h"
#include "storage/base/log.h"

namespace {

using millrace::LogLevel;
using millrace::Status;
using millrace::StatusCode;
using millrace::engine::Durability;
using millrace::server::FlagOutcome;
using millrace::server::Flags;

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;

// Every connection takes a descriptor, and so does every file of the database.
constexpr rlim_t kOtherDescriptors = 1000;

// Above what the allocator takes for an empty database, some 30 MiB, little of which is touched.
constexpr size_t kSmallPagesBytes = size_t{48} << 20;

void RaiseDescriptorLimit(int64_t connections_max) {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return;
  }
  if (limit.rlim_cur < limit.rlim_max) {
    const rlim_t before = std::exchange(limit.rlim_cur, limit.rlim_max);
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
      limit.rlim_cur = before;
    }
  }
  if (limit.rlim_cur < static_cast<rlim_t>(connections_max) + kOtherDescriptors) {
    std::fprintf(stderr,
                 "millrace: %llu files may be open at a time, too few for --connections_max=%lld; "
                 "raise the limit (ulimit -n) or lower the flag.\n",
                 static_cast<unsigned long long>(limit.rlim_cur),
                 static_cast<long long>(connections_max));
  }
}

// Keys must not land in a file, nor be read by handlers of functions, which run as the same user:
// a process that may not be dumped may not be traced either, and its memory below /proc belongs to
// root. Programs that it starts may be dumped again.
void HideMemory() {
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    std::fprintf(stderr, "millrace: core dumps cannot be switched off; they would hold keys.\n");
  }
}

// Blocks the signals that end the process, for this thread and those it will start, so that they
// can be waited for.
sigset_t BlockStopSignals() {
  signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

void WarnAboutDurability(const Flags& flags) {
  if (flags.in_memory) {
    std::fprintf(stderr, "millrace: --in_memory: nothing is kept when the process ends.\n");
  } else if (flags.durability == Durability::kInterval) {
    std::fprintf(stderr,
                 "millrace: --durability=interval: after a power failure, up to %lld ms of "
                 "acknowledged writes may be missing.\n",
                 static_cast<long long>(flags.sync_interval_ms));
  } else if (flags.durability == Durability::kNone) {
    std::fprintf(stderr,
                 "millrace: --durability=none: after a power failure, acknowledged writes may be "
                 "missing.\n");
  }
}

int Serve(const Flags& flags, const sigset_t& signals) {
  if (millrace::server::HoldsSecrets(flags) && !flags.core_dumps) {
    HideMemory();
  }
  millrace::StartLogging(flags.log_level, flags.log_file);
  // Outlives the store.
  const std::unique_ptr<millrace::engine::FileSystemHook> hook =
      millrace::server::MakeFileSystemHook();
  millrace::server::Application application(flags, hook.get());
  const Status status = application.Start();
  if (!status.ok()) {
    std::fprintf(stderr, "millrace: %s\n", std::string(status.message()).c_str());
    return status.code() == StatusCode::kInvalidArgument ? kExitUsage : kExitFailure;
  }
  WarnAboutDurability(flags);
  const bool is_ipv6 = flags.host.find(':') != std::string::npos;
  std::printf("millrace ready on %s://%s%s%s:%u\n",
              flags.tls_certificate.empty() ? "http" : "https", is_ipv6 ? "[" : "",
              flags.host.c_str(), is_ipv6 ? "]" : "", application.port());
  std::fflush(stdout);
  int received = 0;
  while (sigwait(&signals, &received) != 0) {
  }
  millrace::Log(LogLevel::kInfo, "stopping signal=" + std::to_string(received));
  application.Stop();
  millrace::FlushLog();
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  const FlagOutcome outcome = millrace::server::ParseFlags(
      argc, argv, [](const char* name) -> const char* { return std::getenv(name); });
  switch (outcome.action) {
    case FlagOutcome::Action::kPrintAndExit:
      std::fputs(outcome.text.c_str(), stdout);
      return EXIT_SUCCESS;
    case FlagOutcome::Action::kUsageError:
      std::fputs(outcome.text.c_str(), stderr);
      return kExitUsage;
    case FlagOutcome::Action::kRun:
      break;
  }
  if (outcome.flags.huge_pages) {
    millrace::server::UseHugePages(kSmallPagesBytes);
  }
  RaiseDescriptorLimit(outcome.flags.connections_max);
  return Serve(outcome.flags, BlockStopSignals());
}
