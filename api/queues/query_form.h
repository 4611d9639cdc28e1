// The older form of the queue protocol: parameters as a form, answers as XML. Clients from before
// November 2023 speak it. It is translated to the JSON form and back, so every operation is built
// once.
#pragma once

#include <string>
#include <string_view>

namespace millrace::api {

// The name of the operation that a form asks for; empty if it is no request of the queue protocol.
// Takes no memory but for the name, so it may be asked before it is known who asks. Thread-safe.
std::string QueueFormOperation(std::string_view form);

// So many times its own size a form takes at most while it is translated: its values decoded, the
// JSON, in which a byte may become six, and that once more while it grows.
inline constexpr size_t kQueueFormGrowth = 20;

// Translates the body of a request. False if it is not a request of the queue protocol. `operation`
// is its name, `input` the same request as JSON. Parameters that no operation has are left out.
// Thread-safe.
bool TranslateQueueForm(std::string_view form, std::string* operation, std::string* input);

// An answer to translate.
struct QueueAnswer {
  std::string_view operation;
  int http_status = 200;
  std::string_view body;        // JSON, or empty
  std::string_view error_code;  // of the header x-amzn-query-error, without what follows it
  std::string_view request_id;
};
// Appends the answer as XML. Thread-safe.
void AppendQueueXml(const QueueAnswer& answer, std::string* xml);

}  // namespace millrace::api
