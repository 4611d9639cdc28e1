// Counting what a form takes in front of its translation.
#include "server/gate/form_body.h"

#include <string>

#include "api/queues/query_form.h"

namespace millrace::server {
namespace {

constexpr char kXml[] = "text/xml";

}  // namespace

bool NameFormOperation(Exchange* exchange) {
  exchange->form_operation = api::QueueFormOperation(exchange->request_body.view());
  if (exchange->form_operation.empty()) {
    return false;
  }
  exchange->content_type = kXml;
  return true;
}

bool TranslateFormBody(Exchange* exchange) {
  if (!exchange->ReserveBytes(exchange->request_body.size() * api::kQueueFormGrowth)) {
    return false;
  }
  std::string input;
  std::string operation;  // known
  api::TranslateQueueForm(exchange->request_body.view(), &operation, &input);
  exchange->decoded_body.Clear();
  exchange->decoded_body.Append(input);
  return true;
}

}  // namespace millrace::server
