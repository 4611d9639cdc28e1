// Item sizes follow DynamoDB's rules: names and strings count their bytes, a number about one byte
// for two digits plus one, a boolean one.

#include "bench/load/bench_table.h"

#include <string_view>
#include <vector>

#include "bench/load/flags.h"

namespace millrace::bench {
namespace {

constexpr int kItemDigits = 10;
constexpr int kSortDigits = 5;
constexpr size_t kPayloadPoolBytes = 1 << 20;
constexpr int64_t kPartitionKeyBytes = 2 + 15;
constexpr int64_t kSortKeyBytes = 2 + kSortDigits;
constexpr int64_t kRevisionBytes = 8 + 9;
constexpr int64_t kActiveBytes = 6 + 1;
constexpr int64_t kPayloadNameBytes = 7;

/// Text from which payloads are cut at random positions: drawing every letter anew would cost more
/// than sending it.
std::string* MakeRandomPool() {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  auto* text = new std::string;
  Random random(20'120'810);
  for (size_t i = 0; i < kPayloadPoolBytes; i++) {
    text->push_back(kLetters[random.Below(kLetters.size())]);
  }
  return text;
}

/// Made-up words of 2 to 11 letters, the shorter ones more often, as in a language.
std::string* MakeWordPool() {
  constexpr uint64_t kWords = 200;
  Random random(20'120'811);
  std::vector<std::string> words;
  for (uint64_t i = 0; i < kWords; i++) {
    std::string& word = words.emplace_back();
    const uint64_t letters = 2 + i * 10 / kWords;
    while (word.size() < letters) word.push_back(static_cast<char>('a' + random.Below(26)));
  }
  auto* text = new std::string;
  while (text->size() < kPayloadPoolBytes) {
    text->append(words[random.Below(1 + random.Below(kWords))]).push_back(' ');
  }
  text->resize(kPayloadPoolBytes);
  return text;
}

const std::string& PoolOf(Payload payload) {
  if (payload == Payload::kWords) {
    static const std::string* const words = MakeWordPool();
    return *words;
  }
  static const std::string* const letters = MakeRandomPool();
  return *letters;
}

}  // namespace

void AppendDecimal(uint64_t value, int digits, std::string* out) {
  char text[20];
  int begin = 20;
  do {
    text[--begin] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (begin > 20 - digits) text[--begin] = '0';
  out->append(text + begin, static_cast<size_t>(20 - begin));
}

BenchTable::BenchTable(const std::string& prefix, TableShape shape, int64_t item_bytes,
                       Payload payload)
    : shape_(shape), payload_pool_(&PoolOf(payload)) {
  name_ = prefix + (index_count() > 0 ? "-indexed" : "") + (has_stream() ? "-streamed" : "") +
          (has_sort_key() ? "-partitions-" : "-items-") + std::to_string(item_bytes);
  const int64_t fixed_bytes = kPartitionKeyBytes + (has_sort_key() ? kSortKeyBytes : 0) +
                              kRevisionBytes + kActiveBytes + kPayloadNameBytes;
  payload_bytes_ = item_bytes - fixed_bytes;
  if (payload_bytes_ < 1 || static_cast<size_t>(payload_bytes_) > kPayloadPoolBytes / 2) {
    Fail("items must have between " + std::to_string(fixed_bytes + 1) + " and " +
         std::to_string(kPayloadPoolBytes / 2) + " bytes");
  }
}

std::string BenchTable::CreateBody() const {
  std::string body = "{\"TableName\":\"" + name_ + "\",\"BillingMode\":\"PAY_PER_REQUEST\",";
  body += "\"AttributeDefinitions\":[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"}";
  if (has_sort_key()) {
    body += ",{\"AttributeName\":\"sk\",\"AttributeType\":\"S\"}";
  }
  std::string key_schema = "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}";
  if (has_sort_key()) {
    key_schema += ",{\"AttributeName\":\"sk\",\"KeyType\":\"RANGE\"}";
  }
  key_schema += "]";
  body += "]," + key_schema;
  for (int index = 0; index < index_count(); index++) {
    body += index == 0 ? ",\"GlobalSecondaryIndexes\":[" : ",";
    body += "{\"IndexName\":\"index" + std::to_string(index) + "\"," + key_schema +
            ",\"Projection\":{\"ProjectionType\":\"ALL\"}}";
  }
  if (index_count() > 0) body += "]";
  if (has_stream()) {
    body +=
        ",\"StreamSpecification\":{\"StreamEnabled\":true,"
        "\"StreamViewType\":\"NEW_AND_OLD_IMAGES\"}";
  }
  return body + "}";
}

int BenchTable::index_count() const {
  if (shape_ == TableShape::kIndexedItems) return 3;
  return shape_ == TableShape::kIndexedPartitions ? 1 : 0;
}

void BenchTable::AppendPartitionKey(uint64_t item, std::string* out) const {
  if (has_sort_key()) {
    out->append("part-");
    AppendDecimal(item / kItemsPerPartition, kItemDigits, out);
  } else {
    out->append("item-");
    AppendDecimal(item, kItemDigits, out);
  }
}

void BenchTable::AppendKey(uint64_t item, std::string* out) const {
  out->append("{\"pk\":{\"S\":\"");
  AppendPartitionKey(item, out);
  if (has_sort_key()) {
    out->append("\"},\"sk\":{\"S\":\"");
    AppendDecimal(item % kItemsPerPartition, kSortDigits, out);
  }
  out->append("\"}}");
}

void BenchTable::AppendItem(uint64_t item, uint64_t revision, Random& random,
                            std::string* out) const {
  AppendKey(item, out);
  out->back() = ',';
  out->append("\"revision\":{\"N\":\"");
  AppendDecimal(revision, 1, out);
  out->append("\"},\"active\":{\"BOOL\":true},\"payload\":{\"S\":\"");
  AppendPayload(random, out);
  out->append("\"}}");
}

void BenchTable::AppendPayload(Random& random, std::string* out) const {
  const auto size = static_cast<size_t>(payload_bytes_);
  out->append(*payload_pool_, random.Below(kPayloadPoolBytes - size), size);
}

}  // namespace millrace::bench
