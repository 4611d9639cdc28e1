// The gate's part in requests to the functions service, which are told by their paths. They have
// an order of checks and a form of errors of their own.
#pragma once

#include "server/gate/gate.h"

namespace millrace::server {

// The Host field for operations, which put it into answers: empty if it is no text.
std::string_view HostText(const RequestHead& head);

// Hands the request to the functions service if its path says so; true: it has been, or will be,
// answered.
bool AnswerRest(const Gate& gate, Exchange* exchange);

// Answers a request to the functions service that is refused unread; false: it is for another
// service, or there is no answer in that service's form.
bool RefuseRest(const Gate& gate, Exchange* exchange, Refusal refusal);

}  // namespace millrace::server
