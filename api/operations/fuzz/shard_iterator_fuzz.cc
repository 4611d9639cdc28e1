// Feeds arbitrary bytes to the parser of shard iterators, as they are and behind a sound separator.
// What it takes must come back as the same text; an iterator made of the bytes must be taken.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "api/operations/shard_iterator.h"
#include "storage/base/check.h"

namespace {

using millrace::api::FormatShardIterator;
using millrace::api::ParseShardIterator;
using millrace::api::ShardIterator;

void CheckText(const std::string& text) {
  ShardIterator iterator;
  std::string_view arn;
  if (ParseShardIterator(text, &iterator, &arn)) {
    CHECK(FormatShardIterator(iterator, arn) == text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  CheckText(text);
  CheckText("arn|1|" + text);
  if (size >= 16) {
    ShardIterator iterator;
    std::memcpy(&iterator.position, data, 8);
    std::memcpy(&iterator.stream_id, data + 8, 4);
    std::memcpy(&iterator.hash_range, data + 12, 2);
    iterator.from_horizon = (data[14] & 1) != 0;
    const std::string_view arn = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/l";
    std::string made = FormatShardIterator(iterator, arn);
    ShardIterator read;
    std::string_view read_arn;
    CHECK(ParseShardIterator(made, &read, &read_arn));
    CHECK(read_arn == arn && read.position == iterator.position);
    // A changed character of the text is noticed, wherever it stands.
    char* const changed = &made[data[15] % made.size()];
    *changed = *changed == 'A' ? 'B' : 'A';
    CHECK(!ParseShardIterator(made, &read, &read_arn));
  }
  return 0;
}
