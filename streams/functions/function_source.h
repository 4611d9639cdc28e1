// What the runner of functions and the deliverer of events need to know of functions, whoever keeps
// them: one view of a version that can be run, where its code lies, and what bounds it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/status.h"

namespace millrace::streams {

// How a function is run.
enum class Executor : uint8_t {
  kProcess,  // a process of its runtime's language, started by the server
  kCommand,  // a process of a configured command that speaks the Runtime API
  kAttach,   // a process that a person starts, which connects to a port of the function
  kHttp,     // events are posted to a URL
};

// A published version, or the unpublished one as it was at some moment. Immutable.
struct RunnableFunction {
  std::string name;
  std::string version;      // "$LATEST" or a number
  std::string revision_id;  // another one after every change of code or configuration
  std::string arn;          // without a qualifier
  std::string region;
  std::string account;
  std::string runtime;  // as the API names it: "python3.12", "nodejs20.x", "provided.al2023"
  std::string handler;
  int64_t timeout_ms = 3000;
  int64_t memory_mb = 128;
  std::vector<std::pair<std::string, std::string>> environment;
  Executor executor = Executor::kProcess;
  std::string url;                   // kHttp
  std::vector<std::string> command;  // kCommand
  std::string log_group;
  bool json_logs = false;
  std::string application_log_level;  // with json_logs; empty: the default
  bool ready = true;                  // false while the function is being created
  std::shared_ptr<const void> code;   // what Prepare needs; nobody else's business
};
using RunnableFunctionPointer = std::shared_ptr<const RunnableFunction>;

// Where the files of a version are. The folders stay as long as somebody holds this object.
struct FunctionFiles {
  std::string task_root;   // absolute
  std::string layer_root;  // absolute, all layers merged; empty: there are none
  std::shared_ptr<const void> hold;
};

// Versions that shall have environments ready before anybody asks.
struct ProvisionedFunction {
  std::string name;
  std::string qualifier;
  int64_t environment_count = 0;
};

// What becomes of asynchronous events of a function.
struct AsynchronousSettings {
  int64_t retry_attempts_max = 2;
  int64_t event_age_max_s = 21600;
  std::string on_success_arn;   // empty: nowhere
  std::string on_failure_arn;   // likewise
  std::string dead_letter_arn;  // likewise
  bool recursion_allowed = false;
};

// Thread-safe.
class FunctionSource {
 public:
  virtual ~FunctionSource() = default;

  // The version that a qualifier names (empty or "$LATEST": the unpublished one; an alias with
  // weights chooses by chance), or nullptr if there is none.
  virtual RunnableFunctionPointer Resolve(std::string_view name,
                                          std::string_view qualifier) const = 0;
  // Unpacks the code if that has not been done yet. May take seconds: not for I/O threads, nor for
  // the thread of the committer.
  virtual Result<FunctionFiles> Prepare(const RunnableFunction& function) = 0;
  // How many invocations of the function may run at a time; nothing: it shares what nobody has
  // reserved.
  virtual std::optional<int64_t> ReservedConcurrency(std::string_view name) const = 0;
  // The sum of all reservations.
  virtual int64_t TotalReservedConcurrency() const = 0;
  virtual std::vector<ProvisionedFunction> Provisioned() const = 0;
  virtual AsynchronousSettings AsynchronousSettingsOf(std::string_view name,
                                                      std::string_view qualifier) const = 0;
  // `changed` is called, with a name, after every change of a function (created, code,
  // configuration, alias, reservation, deleted), on some thread; it must be brief. Before the first
  // change.
  virtual void OnChange(std::function<void(const std::string& name)> changed) = 0;
};

}  // namespace millrace::streams
