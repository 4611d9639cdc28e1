// Takes the first line of arbitrary bytes as a form and the rest as an answer in JSON. What is
// translated must be JSON that parses; answers become XML without characters that XML forbids.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "api/queues/query_form.h"
#include "storage/base/check.h"
#include "storage/base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  const std::string text(reinterpret_cast<const char*>(data), size_bytes);
  const size_t end = std::min(text.find('\n'), text.size());
  std::string operation = "SendMessage";
  std::string input;
  const std::string named = millrace::api::QueueFormOperation(text.substr(0, end));
  if (!millrace::api::TranslateQueueForm(text.substr(0, end), &operation, &input)) {
    CHECK(named.empty());
  } else {
    CHECK(!operation.empty() && operation == named);
    CHECK(input.size() <= end * 6 + 256);  // kQueueFormGrowth counts on it
    millrace::json::Document document;
    // What the client sent may not be UTF-8, which is the only thing that can be wrong.
    const bool parses = document.Parse({input.data(), input.size()}).ok();
    CHECK(!parses || document.root().IsObject());
  }
  const std::string body = end < text.size() ? text.substr(end + 1) : "{}";
  for (const int status : {200, 400}) {
    std::string xml;
    millrace::api::AppendQueueXml({"SendMessageBatch", status, body, "Some.Code", "id"}, &xml);
    CHECK(std::none_of(xml.begin(), xml.end(), [](unsigned char character) {
      return character < 0x20 && character != '\t' && character != '\n';
    }));
  }
  return 0;
}
