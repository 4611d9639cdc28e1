// The variables of the Runtime API and those that handlers' libraries look at.
#include "streams/invoke/environment_variables.h"

#include <map>
#include <string_view>

namespace millrace::streams {
namespace {

using Variables = std::map<std::string, std::string>;

// "python3.12" -> "python3.12", "nodejs20.x" -> "node20".
std::string LayerFolder(const std::string& runtime) {
  constexpr std::string_view kNode = "nodejs";
  if (runtime.starts_with(kNode)) {
    return "node" + runtime.substr(kNode.size(), runtime.find('.') - kNode.size());
  }
  return runtime;
}

void AddOverridable(const RunnableFunction& function, const EnvironmentFacts& facts,
                    const InvokerOptions& options, Variables* variables) {
  const FunctionFiles& files = facts.files;
  const std::string& layers = files.layer_root;
  Variables& all = *variables;
  all["LANG"] = "en_US.UTF-8";
  all["TZ"] = ":UTC";
  all["PATH"] = options.search_path;
  all["LD_LIBRARY_PATH"] = files.task_root + ":" + files.task_root + "/lib";
  if (!layers.empty()) {
    const std::string folder = LayerFolder(function.runtime);
    all["PATH"] += ":" + layers + "/bin";
    all["LD_LIBRARY_PATH"] += ":" + layers + "/lib";
    all["NODE_PATH"] =
        layers + "/nodejs/" + folder + "/node_modules:" + layers + "/nodejs/node_modules";
    all["PYTHONPATH"] = layers + "/python:" + layers + "/python/lib/" + folder + "/site-packages";
  }
  all["AWS_XRAY_CONTEXT_MISSING"] = "LOG_ERROR";
  all["AWS_XRAY_DAEMON_ADDRESS"] = "127.0.0.1:2000";
  if (!options.endpoint_url.empty()) {
    all["AWS_ENDPOINT_URL"] = options.endpoint_url;
  }
  if (!facts.temporary_folder.empty()) {
    all["TMPDIR"] = facts.temporary_folder;
  }
}

void SetReserved(const RunnableFunction& function, const EnvironmentFacts& facts,
                 const InvokerOptions& options, Variables* variables) {
  Variables& all = *variables;
  all["_HANDLER"] = function.handler;
  all["AWS_DEFAULT_REGION"] = function.region;
  all["AWS_REGION"] = function.region;
  all["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + function.runtime;
  all["AWS_LAMBDA_FUNCTION_NAME"] = function.name;
  all["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = std::to_string(function.memory_mb);
  all["AWS_LAMBDA_FUNCTION_VERSION"] = function.version;
  all["AWS_LAMBDA_INITIALIZATION_TYPE"] =
      facts.provisioned ? "provisioned-concurrency" : "on-demand";
  all["AWS_LAMBDA_LOG_GROUP_NAME"] = function.log_group;
  all["AWS_LAMBDA_LOG_STREAM_NAME"] = facts.log_stream;
  all["AWS_ACCESS_KEY"] = options.access_key_id;
  all["AWS_ACCESS_KEY_ID"] = options.access_key_id;
  all["AWS_SECRET_ACCESS_KEY"] = options.secret_access_key;
  all["AWS_SESSION_TOKEN"] = options.session_token;
  all["AWS_LAMBDA_RUNTIME_API"] = facts.runtime_api;
  all["LAMBDA_TASK_ROOT"] = facts.files.task_root;
  all["LAMBDA_RUNTIME_DIR"] = facts.run_directory;
  if (function.json_logs) {
    all["AWS_LAMBDA_LOG_FORMAT"] = "JSON";
    all["AWS_LAMBDA_LOG_LEVEL"] =
        function.application_log_level.empty() ? "INFO" : function.application_log_level;
  }
  // Comes with each event.
  all.erase("_X_AMZN_TRACE_ID");
}

}  // namespace

EnvironmentVariables VariablesOf(const RunnableFunction& function, const EnvironmentFacts& facts,
                                 const InvokerOptions& options) {
  Variables variables;
  AddOverridable(function, facts, options, &variables);
  for (const auto& [name, value] : function.environment) {
    variables[name] = value;
  }
  SetReserved(function, facts, options, &variables);
  return {variables.begin(), variables.end()};
}

}  // namespace millrace::streams
