// Feeds arbitrary bytes to the parser of responses, which come from whoever serves a function's
// URL: at once, and in pieces whose sizes the first byte gives. Both must come to the same end.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/http/response_parser.h"
#include "storage/base/check.h"

namespace {

using millrace::server::HttpResponse;
using millrace::server::ParseOutcome;
using millrace::server::ResponseParser;

constexpr size_t kBodySizeMax = 4096;

struct End {
  ParseOutcome outcome = ParseOutcome::kNeedMore;
  HttpResponse response;
  bool keep_alive = false;
};

// Reads one response in pieces of `piece` bytes.
End ReadAll(std::string_view bytes, size_t piece) {
  ResponseParser parser(kBodySizeMax);
  End end;
  size_t shown = 0;
  while (!parser.done()) {
    if (shown == bytes.size()) {
      end.outcome = parser.End();
      break;
    }
    shown = std::min(bytes.size(), shown + piece);
    size_t consumed = 0;
    end.outcome = parser.Parse(bytes.substr(0, shown), &consumed);
    CHECK(consumed <= shown);
    bytes.remove_prefix(consumed);
    shown -= consumed;
    if (end.outcome != ParseOutcome::kOk && end.outcome != ParseOutcome::kNeedMore) {
      break;
    }
  }
  end.keep_alive = parser.done() && parser.keep_alive();
  end.response = *parser.response();
  CHECK(end.response.body.size() <= kBodySizeMax);
  return end;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const End whole = ReadAll(bytes, bytes.size() + 1);
  const End pieces = ReadAll(bytes, data[0] % 32 + 1u);
  CHECK((whole.outcome == ParseOutcome::kOk) == (pieces.outcome == ParseOutcome::kOk));
  if (whole.outcome == ParseOutcome::kOk) {
    CHECK(whole.response.status == pieces.response.status);
    CHECK(whole.response.fields == pieces.response.fields);
    CHECK(whole.response.body == pieces.response.body);
    CHECK(whole.keep_alive == pieces.keep_alive);
  }
  return 0;
}
