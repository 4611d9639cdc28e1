// From a function to its process: files, port, command, variables, process.
#include "streams/invoke/environment_launch.h"

#include <utility>
#include <vector>

#include "streams/invoke/environment_variables.h"

namespace millrace::streams {
namespace {

Status OpenAndPrepare(const InvokerServices& services, const LaunchRequest& request,
                      Launched* launched) {
  ASSIGN_OR_RETURN(launched->files, services.dependencies.source->Prepare(*request.function));
  ASSIGN_OR_RETURN(launched->folder, services.run_directory->MakeFolder(request.id));
  ASSIGN_OR_RETURN(launched->port, services.dependencies.ports->Open(request.called));
  return Status::Ok();
}

ProcessDescription Describe(const InvokerServices& services, const LaunchRequest& request,
                            const Launched& launched, RuntimeCommand command) {
  EnvironmentFacts facts;
  facts.files = launched.files;
  facts.runtime_api = "127.0.0.1:" + std::to_string(launched.port->port());
  facts.log_stream = request.log_stream;
  facts.temporary_folder = launched.folder;
  facts.run_directory = services.run_directory->path();
  facts.provisioned = request.provisioned;
  ProcessDescription description;
  description.arguments = std::move(command.arguments);
  for (const auto& [name, value] : VariablesOf(*request.function, facts, services.options)) {
    description.environment.push_back(name + "=" + value);
  }
  description.directory = launched.files.task_root;
  description.search_path = services.options.search_path;
  return description;
}

}  // namespace

std::shared_ptr<Launched> LaunchEnvironment(const InvokerServices& services,
                                            const LaunchRequest& request) {
  auto launched = std::make_shared<Launched>();
  launched->status = OpenAndPrepare(services, request, launched.get());
  if (!launched->status.ok()) {
    return launched;
  }
  RuntimeCommand command = services.programs->CommandOf(*request.function, launched->files);
  if (!command.error_type.empty()) {
    launched->error_type = command.error_type;
    launched->cause = command.cause;
    return launched;
  }
  const ProcessDescription description = Describe(services, request, *launched, std::move(command));
  launched->spawned_us = services.MonotonicUs();
  const Result<pid_t> process = services.watcher->Run(description, request.output, request.ended);
  if (process.ok()) {
    launched->process = process.value();
  } else if (process.status().code() == StatusCode::kShuttingDown ||
             process.status().code() == StatusCode::kResourceExhausted) {
    launched->status = process.status();
  } else {
    launched->error_type = "Runtime.InvalidEntrypoint";
    launched->cause = std::string(process.status().message());
  }
  return launched;
}

}  // namespace millrace::streams
