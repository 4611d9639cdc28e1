// The form of replies under /_admin: JSON, with errors as {"error":"..."}.
#pragma once

#include <string>
#include <string_view>

#include "server/gate/exchange.h"

namespace millrace::server {

// Answers with `json`. On the exchange's thread, instead of Finish.
void FinishJson(Exchange* exchange, int status, std::string_view json);
// Answers with an error whose text is for people.
void FinishError(Exchange* exchange, int status, std::string_view message);

}  // namespace millrace::server
