// Finding interpreters.
#include "streams/invoke/runtime_programs.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <future>
#include <memory>
#include <string_view>
#include <utility>

#include "storage/base/log.h"

namespace millrace::streams {
namespace {

constexpr std::string_view kPython = "python3.";
constexpr std::string_view kNode = "nodejs";
constexpr std::string_view kProvided = "provided";
constexpr int kPythonMinorMax = 20;
constexpr int kPythonMinorMin = 8;
constexpr auto kProbeTime = std::chrono::seconds(10);
constexpr int64_t kHeapMegabytesMin = 64;

RuntimeCommand Refuse(const std::string& type, const std::string& cause) {
  RuntimeCommand command;
  command.error_type = type;
  command.cause = cause;
  return command;
}

RuntimeCommand OwnBootstrap(const FunctionFiles& files) {
  RuntimeCommand command;
  for (const std::string& root : {files.task_root, files.layer_root}) {
    const std::string program = root + "/bootstrap";
    if (!root.empty() && access(program.c_str(), X_OK) == 0) {
      command.arguments = {program};
      return command;
    }
  }
  return Refuse("Runtime.InvalidEntrypoint",
                "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]");
}

}  // namespace

RuntimeCommand RuntimePrograms::CommandOf(const RunnableFunction& function,
                                          const FunctionFiles& files) {
  if (function.executor == Executor::kCommand) {
    RuntimeCommand command;
    command.arguments = function.command;
    return function.command.empty() ? Refuse("Runtime.InvalidEntrypoint", "There is no command")
                                    : command;
  }
  if (function.runtime.starts_with(kPython)) {
    return PythonCommand(function);
  }
  if (function.runtime.starts_with(kNode)) {
    return NodeCommand(function);
  }
  if (function.runtime.starts_with(kProvided)) {
    return OwnBootstrap(files);
  }
  return Refuse("Runtime.InvalidRuntime",
                "This server cannot run functions of runtime '" + function.runtime + "'");
}

RuntimeCommand RuntimePrograms::PythonCommand(const RunnableFunction& function) {
  std::string program = options_->python_program;
  if (program.empty()) {
    const int minor = std::atoi(function.runtime.c_str() + kPython.size());
    MutexLock lock(&mutex_);
    auto found = pythons_.find(minor);
    if (found == pythons_.end()) {
      found = pythons_.emplace(minor, FindPython(minor)).first;
    }
    program = found->second;
  }
  if (program.empty()) {
    MutexLock lock(&mutex_);
    // It may be installed by the next time.
    pythons_.clear();
    return Refuse("Runtime.InvalidRuntime", "There is no Python 3 on this machine");
  }
  RuntimeCommand command;
  // No compiled files beside the code, which is shared and read-only.
  command.arguments = {program, "-B", run_directory_->python_bootstrap()};
  return command;
}

RuntimeCommand RuntimePrograms::NodeCommand(const RunnableFunction& function) const {
  std::string program = options_->node_program;
  if (program.empty()) {
    program = FindProgram("node", options_->search_path);
  }
  if (program.empty()) {
    return Refuse("Runtime.InvalidRuntime", "There is no Node.js on this machine");
  }
  RuntimeCommand command;
  const int64_t heap_mb = std::max(kHeapMegabytesMin, function.memory_mb * 9 / 10);
  command.arguments = {program, "--max-old-space-size=" + std::to_string(heap_mb),
                       run_directory_->node_bootstrap()};
  return command;
}

std::string RuntimePrograms::FindPython(int minor) {
  int found_minor = 0;
  for (const std::string& candidate : Candidates(std::string(kPython) + std::to_string(minor))) {
    const std::string program = Probe(candidate, &found_minor);
    if (!program.empty() && found_minor == minor) {
      return program;
    }
  }
  std::vector<std::string> others;
  for (int other = kPythonMinorMax; other >= kPythonMinorMin; --other) {
    const std::vector<std::string> some = Candidates(std::string(kPython) + std::to_string(other));
    others.insert(others.end(), some.begin(), some.end());
  }
  const std::vector<std::string> some = Candidates("python3");
  others.insert(others.end(), some.begin(), some.end());
  for (const std::string& candidate : others) {
    const std::string program = Probe(candidate, &found_minor);
    if (!program.empty()) {
      Log(LogLevel::kWarning, "there is no Python 3." + std::to_string(minor) +
                                  ", functions that want it run with 3." +
                                  std::to_string(found_minor) + " program=" + program);
      return program;
    }
  }
  return {};
}

std::vector<std::string> RuntimePrograms::Candidates(const std::string& name) const {
  std::vector<std::string> candidates;
  const std::string& folders = options_->search_path;
  for (size_t begin = 0; begin <= folders.size();) {
    const size_t end = std::min(folders.find(':', begin), folders.size());
    const std::string candidate = FindProgram(name, folders.substr(begin, end - begin));
    if (!candidate.empty()) {
      candidates.push_back(candidate);
    }
    begin = end + 1;
  }
  return candidates;
}

std::string RuntimePrograms::Probe(const std::string& candidate, int* minor) {
  struct Answer {
    std::string text;
    std::promise<bool> ended;
  };
  const auto answer = std::make_shared<Answer>();
  ProcessDescription description;
  description.arguments = {candidate, "-c",
                           "import sys; print(sys.version_info[1], sys.executable)"};
  description.environment = {"PATH=" + options_->search_path};
  description.directory = "/";
  const Result<pid_t> process = watcher_->Run(
      description, [answer](std::string_view bytes) { answer->text += bytes; },
      [answer](const ProcessEnd& end) { answer->ended.set_value(!end.signaled && end.code == 0); });
  if (!process.ok()) {
    return {};
  }
  std::future<bool> ended = answer->ended.get_future();
  if (ended.wait_for(kProbeTime) != std::future_status::ready) {
    watcher_->SignalGroup(process.value(), SIGKILL);
  }
  if (!ended.get()) {
    return {};
  }
  const std::string& text = answer->text;
  const size_t space = text.find(' ');
  const size_t end = text.find('\n');
  if (space == std::string::npos || end == std::string::npos || end < space) {
    return {};
  }
  *minor = std::atoi(text.c_str());
  return text.substr(space + 1, end - space - 1);
}

}  // namespace millrace::streams
