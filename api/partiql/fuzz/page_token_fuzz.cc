// Feeds arbitrary texts to the decoder of page tokens. What it accepts must be a sound item that
// encodes to the same token.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/partiql/page_token.h"
#include "storage/base/base64.h"
#include "storage/base/check.h"
#include "storage/codec/validate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  using millrace::api::partiql::PageQuestion;
  const std::string_view input(reinterpret_cast<const char*>(data), size_bytes);
  const PageQuestion question = {"SELECT * FROM T", {}, 1};
  // Once as it is, and once as the key of a token that is otherwise right, which mutation would
  // hardly ever arrive at.
  std::string empty_item(9, '\0');
  empty_item.front() = 1;
  std::string bytes;
  millrace::DecodeBase64(
      millrace::api::partiql::EncodePageToken(question, millrace::ItemView::At(empty_item)),
      &bytes);
  bytes.resize(bytes.size() - empty_item.size());
  bytes.append(input);
  std::string framed;
  millrace::EncodeBase64(bytes, &framed);
  for (const std::string_view token : {input, std::string_view(framed)}) {
    std::string storage;
    millrace::ItemView key;
    if (millrace::api::partiql::DecodePageToken(token, question, &storage, &key).ok()) {
      CHECK(millrace::ValidateItem(key.encoded()).ok());
      CHECK(millrace::api::partiql::EncodePageToken(question, key) == token);
    }
  }
  return 0;
}
