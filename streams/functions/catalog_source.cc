// The catalog as those see it who run functions.

#include "streams/functions/catalog_impl.h"

namespace millrace::streams {
namespace {

const AsynchronousSettings kDefaults{};

const EventInvokeConfig* FindConfig(const Function& function, std::string_view qualifier) {
  const auto found = function.event_invoke_configs.find(qualifier);
  return found == function.event_invoke_configs.end() ? nullptr : &found->second;
}

}  // namespace

RunnableFunctionPointer FunctionCatalog::Resolve(std::string_view name,
                                                 std::string_view qualifier) const {
  return impl_->state_.Resolve(name, qualifier);
}

Result<FunctionFiles> FunctionCatalog::Prepare(const RunnableFunction& function) {
  return impl_->Prepare(function);
}

std::optional<int64_t> FunctionCatalog::ReservedConcurrency(std::string_view name) const {
  const FunctionPointer function = Find(name);
  return function == nullptr ? std::nullopt : function->reserved_concurrency;
}

int64_t FunctionCatalog::TotalReservedConcurrency() const { return impl_->state_.TotalReserved(); }

std::vector<ProvisionedFunction> FunctionCatalog::Provisioned() const {
  std::vector<ProvisionedFunction> provisioned;
  for (const FunctionPointer& function : impl_->state_.All()) {
    for (const auto& [qualifier, setting] : function->provisioned) {
      provisioned.push_back({function->name, qualifier, setting.environment_count});
    }
  }
  return provisioned;
}

AsynchronousSettings FunctionCatalog::AsynchronousSettingsOf(std::string_view name,
                                                             std::string_view qualifier) const {
  AsynchronousSettings settings;
  const FunctionPointer function = Find(name);
  const FunctionVersionPointer version =
      function == nullptr ? nullptr : FindVersion(*function, qualifier);
  if (version == nullptr) {
    return settings;
  }
  settings.dead_letter_arn = version->configuration.dead_letter_arn;
  settings.recursion_allowed = function->recursion_allowed;
  // That of the qualifier itself comes first, then that of the version that it stands for.
  const EventInvokeConfig* config = FindConfig(*function, qualifier);
  if (config == nullptr) {
    config = FindConfig(*function, version->version);
  }
  if (config != nullptr) {
    settings.retry_attempts_max = config->retry_attempts_max.value_or(kDefaults.retry_attempts_max);
    settings.event_age_max_s = config->event_age_max_s.value_or(kDefaults.event_age_max_s);
    settings.on_success_arn = config->on_success_arn;
    settings.on_failure_arn = config->on_failure_arn;
  }
  return settings;
}

void FunctionCatalog::OnChange(std::function<void(const std::string& name)> changed) {
  impl_->OnChange(std::move(changed));
}

}  // namespace millrace::streams
