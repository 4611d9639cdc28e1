// Requests of the older queue protocol, whose bodies are forms: they become those of the other one,
// in JSON, before the gate looks at their input. Their answers become XML in Exchange::Finish.
#pragma once

#include "server/gate/exchange.h"

namespace millrace::server {

// Reads of a form which operation it asks for; the exchange then knows that its answer is XML.
// False if it is no request of that protocol. Costs next to nothing, whoever asks.
bool NameFormOperation(Exchange* exchange);

// Makes JSON of the body, in `decoded_body`. False, and nothing is done, when there is no room for
// what that takes: many times the body, so the client must be known.
bool TranslateFormBody(Exchange* exchange);

}  // namespace millrace::server
