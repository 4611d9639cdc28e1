// The runtimes that functions may name, and the environment variables that they may not set.
#pragma once

#include <span>
#include <string_view>

namespace millrace::api {

// Every runtime that the service has ever had. Whether this server can run it shows when it is run.
std::span<const std::string_view> Runtimes();
bool IsRuntime(std::string_view name);
// All of them as messages list them: "[nodejs20.x, ...]".
std::string_view RuntimesText();

// Whether the server sets the variable itself.
bool IsReservedVariable(std::string_view name);

}  // namespace millrace::api
