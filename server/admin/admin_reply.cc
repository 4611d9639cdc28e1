// JSON replies of the admin pages.
#include "server/admin/admin_reply.h"

#include "storage/base/json.h"

namespace millrace::server {

void FinishJson(Exchange* exchange, int status, std::string_view json) {
  exchange->http_status = status;
  exchange->content_type = "application/json";
  exchange->body.assign(json).append("\n");
  exchange->Finish();
}

void FinishError(Exchange* exchange, int status, std::string_view message) {
  std::string text;
  json::Writer writer(&text);
  writer.BeginObject();
  writer.Member("error", message);
  writer.EndObject();
  FinishJson(exchange, status, text);
}

}  // namespace millrace::server
