// The vectors of FORMAT.md, in both directions: writing what a vector describes gives its bytes,
// and reading its bytes gives what it describes.
#include <gtest/gtest.h>

#include <charconv>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "storage/codec/backfill_codec.h"
#include "storage/codec/format_vector.h"
#include "storage/codec/idempotency_codec.h"
#include "storage/codec/index_codec.h"
#include "storage/codec/key_codec.h"
#include "storage/codec/meta_codec.h"
#include "storage/codec/validate.h"
#include "storage/codec/value_text.h"
#include "storage/codec/value_writer.h"

namespace millrace {
namespace {

std::vector<Vector> ReadVectors() {
  std::ifstream file(std::string(MILLRACE_SOURCE_DIR) + "/storage/codec/FORMAT.md");
  std::vector<Vector> vectors;
  std::string line;
  bool inside = false;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line == "```vector") {
      inside = true;
      vectors.emplace_back().line = number;
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      const size_t colon = line.find(": ");
      EXPECT_NE(colon, std::string::npos) << "FORMAT.md:" << number;
      vectors.back().fields.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
  }
  return vectors;
}

std::string EncodeValue(const AttributeValue& value) {
  std::string bytes;
  ValueWriter(&bytes).Tree(value);
  return bytes;
}

void CheckNumber(const Vector& vector) {
  Number number;
  ASSERT_EQ(Number::Parse(vector.Get("text"), &number), NumberError::kNone);
  std::string bytes;
  number.AppendSortable(&bytes);
  EXPECT_EQ(ToHex(bytes), ToHex(vector.Bytes("hex")));
  Number read;
  EXPECT_EQ(Number::ReadSortable(vector.Bytes("hex"), &read), bytes.size());
  EXPECT_EQ(read, number);
}

void CheckValue(const Vector& vector) {
  const AttributeValue value = ValueFromText(vector.Get("text"));
  const std::string stored = vector.Bytes("hex");
  EXPECT_EQ(ToHex(EncodeValue(value)), ToHex(stored));
  EXPECT_TRUE(ValidateValue(stored).ok()) << ValidateValue(stored).ToString();
  const ValueView view = ValueView::At(stored.data(), stored.data() + stored.size());
  ASSERT_TRUE(view.present());
  EXPECT_EQ(view.encoded().size(), stored.size());
  EXPECT_TRUE(ToTree(view) == value);
  EXPECT_EQ(EncodeValue(ToTree(view)), stored);
}

void CheckItem(const Vector& vector) {
  const AttributeValue attributes = ValueFromText("M " + vector.Get("text"));
  const std::string stored = vector.Bytes("hex");
  std::string bytes;
  ItemBuilder builder(&bytes);
  for (const auto& [name, value] : attributes.map) {
    builder.Attribute(name).Tree(value);
  }
  EXPECT_EQ(ToHex(builder.Finish().encoded()), ToHex(stored));
  EXPECT_TRUE(ValidateItem(stored).ok()) << ValidateItem(stored).ToString();
  const ItemView item = ItemView::At(stored);
  ASSERT_TRUE(item.present());
  EXPECT_EQ(item.attributes().count(), attributes.map.size());
  for (const auto& [name, value] : attributes.map) {
    ASSERT_TRUE(item.Find(name).present());
    EXPECT_TRUE(ToTree(item.Find(name)) == value);
  }
}

void CheckItemKey(const Vector& vector) {
  const std::string partition = EncodeValue(ValueFromText(vector.Get("partition")));
  const std::string sort =
      vector.Has("sort") ? EncodeValue(ValueFromText(vector.Get("sort"))) : std::string();
  const ValueView partition_view =
      ValueView::At(partition.data(), partition.data() + partition.size());
  const ValueView sort_view = ValueView::At(sort.data(), sort.data() + sort.size());
  const uint32_t table_id = static_cast<uint32_t>(vector.Integer("table"));
  const std::string stored = vector.Bytes("hex");
  std::string bytes;
  AppendItemKey(table_id, vector.Integer("seed"), partition_view, sort_view, &bytes);
  EXPECT_EQ(ToHex(bytes), ToHex(stored));
  ItemKeyParts parts;
  ASSERT_TRUE(ParseItemKey(stored, &parts));
  EXPECT_EQ(parts.table_id, table_id);
  EXPECT_EQ(parts.hash, PartitionHash(vector.Integer("seed"), partition_view));
  EXPECT_EQ(parts.sort_key, sort_view.present() ? sort_view.payload() : std::string_view());
}

void CheckSegmentStart(const Vector& vector) {
  std::string bytes;
  AppendSegmentStart(static_cast<uint32_t>(vector.Integer("table")),
                     static_cast<int64_t>(vector.Integer("segment")),
                     static_cast<int64_t>(vector.Integer("total")), &bytes);
  EXPECT_EQ(ToHex(bytes), ToHex(vector.Bytes("hex")));
}

void CheckCatalogRowKey(const Vector& vector) {
  EXPECT_EQ(ToHex(CatalogRowKey(vector.Get("name"))), ToHex(vector.Bytes("hex")));
}

void CheckDatabaseRecord(const Vector& vector) {
  DatabaseRecord record;
  record.format_version = static_cast<uint32_t>(vector.Integer("format-version"));
  record.hash_seed = vector.Integer("seed");
  record.uuid = vector.Get("uuid");
  EXPECT_EQ(ToHex(DatabaseRecordKey()), ToHex(vector.Bytes("key")));
  std::string bytes;
  EncodeDatabaseRecord(record, &bytes);
  EXPECT_EQ(ToHex(bytes), ToHex(vector.Bytes("hex")));
  const Result<DatabaseRecord> decoded = DecodeDatabaseRecord(vector.Bytes("hex"));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->format_version, record.format_version);
  EXPECT_EQ(decoded->hash_seed, record.hash_seed);
  EXPECT_EQ(decoded->uuid, record.uuid);
}

void CheckCommitSequence(const Vector& vector) {
  EXPECT_EQ(ToHex(CommitSequenceKey()), ToHex(vector.Bytes("key")));
  std::string bytes;
  EncodeCommitSequence(vector.Integer("sequence"), &bytes);
  EXPECT_EQ(ToHex(bytes), ToHex(vector.Bytes("hex")));
  EXPECT_EQ(DecodeCommitSequence(vector.Bytes("hex")).value(), vector.Integer("sequence"));
}

void CheckTableCounters(const Vector& vector) {
  std::string key;
  AppendTableCountersKey(static_cast<uint32_t>(vector.Integer("table")), &key);
  EXPECT_EQ(ToHex(key), ToHex(vector.Bytes("key")));
  EXPECT_EQ(TableIdOfMetaKey(key).value(), vector.Integer("table"));
  CountersRecord counters;
  counters.item_count = static_cast<int64_t>(vector.Integer("items"));
  counters.size_bytes = static_cast<int64_t>(vector.Integer("bytes"));
  std::string bytes;
  EncodeTableCounters(counters, &bytes);
  EXPECT_EQ(ToHex(bytes), ToHex(vector.Bytes("hex")));
  const Result<CountersRecord> decoded = DecodeTableCounters(vector.Bytes("hex"));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->item_count, counters.item_count);
  EXPECT_EQ(decoded->size_bytes, counters.size_bytes);
}

void CheckNextTableId(const Vector& vector) {
  EXPECT_EQ(ToHex(NextTableIdKey()), ToHex(vector.Bytes("key")));
  std::string bytes;
  EncodeNextTableId(static_cast<uint32_t>(vector.Integer("table")), &bytes);
  EXPECT_EQ(ToHex(bytes), ToHex(vector.Bytes("hex")));
  EXPECT_EQ(DecodeNextTableId(vector.Bytes("hex")).value(), vector.Integer("table"));
}

void CheckDroppedTable(const Vector& vector) {
  std::string key;
  AppendDroppedTableKey(static_cast<uint32_t>(vector.Integer("table")), &key);
  EXPECT_EQ(ToHex(key), ToHex(vector.Bytes("key")));
  EXPECT_EQ(TableIdOfMetaKey(key).value(), vector.Integer("table"));
  const int64_t time = static_cast<int64_t>(vector.Integer("time"));
  std::string bytes;
  EncodeDroppedTable(time, &bytes);
  EXPECT_EQ(ToHex(bytes), ToHex(vector.Bytes("hex")));
  EXPECT_EQ(DecodeDroppedTable(vector.Bytes("hex")).value(), time);
}

// The hash of the vector is the bytes 00 to 1f.
void CheckToken(const Vector& vector) {
  std::string key;
  AppendTokenKey(static_cast<TokenScope>(vector.Integer("scope")), vector.Get("token"), &key);
  EXPECT_EQ(ToHex(key), ToHex(vector.Bytes("key")));
  TokenRecord record;
  record.recorded_ms = static_cast<int64_t>(vector.Integer("time"));
  for (size_t index = 0; index < record.parameters_hash.size(); ++index) {
    record.parameters_hash[index] = static_cast<uint8_t>(index);
  }
  const std::string payload = vector.Bytes("payload");
  record.payload = payload;
  std::string bytes;
  EncodeTokenRecord(record, &bytes);
  const std::string stored = vector.Bytes("hex");
  EXPECT_EQ(ToHex(bytes), ToHex(stored));
  const Result<TokenRecord> decoded = DecodeTokenRecord(stored);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->recorded_ms, record.recorded_ms);
  EXPECT_EQ(decoded->parameters_hash, record.parameters_hash);
  EXPECT_EQ(decoded->payload, payload);
  EXPECT_FALSE(DecodeTokenRecord(std::string_view(stored).substr(0, 40)).ok());

  std::string time_key;
  AppendTokenTimeKey(record.recorded_ms, key, &time_key);
  EXPECT_EQ(ToHex(time_key), ToHex(vector.Bytes("time-key")));
  const Result<TokenTime> time = ParseTokenTimeKey(time_key);
  ASSERT_TRUE(time.ok());
  EXPECT_EQ(time->recorded_ms, record.recorded_ms);
  EXPECT_EQ(ToHex(time->token_key), ToHex(key));
  EXPECT_LE(TokenTimeBegin(record.recorded_ms), time_key);
  EXPECT_GT(TokenTimeBegin(record.recorded_ms + 1), time_key);
  EXPECT_FALSE(ParseTokenTimeKey(std::string_view(time_key).substr(0, 9)).ok());
}

void CheckBackfill(const Vector& vector) {
  std::string key;
  AppendBackfillKey(static_cast<uint32_t>(vector.Integer("index")), &key);
  EXPECT_EQ(ToHex(key), ToHex(vector.Bytes("key")));
  BackfillRecord record;
  record.position = vector.Bytes("position");
  record.pending = {vector.Bytes("pending")};
  std::string bytes;
  EncodeBackfillRecord(record, &bytes);
  const std::string stored = vector.Bytes("hex");
  EXPECT_EQ(ToHex(bytes), ToHex(stored));
  const Result<BackfillRecord> decoded = DecodeBackfillRecord(stored);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->position, record.position);
  EXPECT_EQ(decoded->pending, record.pending);
  EXPECT_FALSE(DecodeBackfillRecord(std::string_view(stored).substr(0, 8)).ok());
}

void CheckIndexKey(const Vector& vector) {
  std::vector<std::string> encoded;  // keeps the bytes that the views lie in
  encoded.reserve(16);
  const auto view = [&](const std::string& text) {
    encoded.push_back(EncodeValue(ValueFromText(text)));
    return ValueView::At(encoded.back().data(), encoded.back().data() + encoded.back().size());
  };
  KeySchema schema;
  IndexKeyValues values;
  for (const std::string& text : vector.GetAll("partition")) {
    values.partition[schema.partition.size()] = view(text);
    schema.partition.push_back({"p", AttributeType::kString});
  }
  for (const std::string& text : vector.GetAll("sort")) {
    values.sort[schema.sort.size()] = view(text);
    schema.sort.push_back({"s", AttributeType::kString});
  }
  const uint64_t seed = vector.Integer("seed");
  const ValueView table_partition = view(vector.Get("table-partition"));
  const ValueView table_sort =
      vector.Has("table-sort") ? view(vector.Get("table-sort")) : ValueView();
  std::string bytes;
  AppendIndexEntryKey(static_cast<uint32_t>(vector.Integer("index")), schema, seed, values,
                      TableKeyHash(seed, table_partition, table_sort), &bytes);
  EXPECT_EQ(ToHex(bytes), ToHex(vector.Bytes("hex")));
}

// Every kind that FORMAT.md may use; each must occur, so that no part of the file goes unread.
const std::map<std::string, void (*)(const Vector&)> kChecks = {
    {"number", CheckNumber},
    {"value", CheckValue},
    {"item", CheckItem},
    {"item-key", CheckItemKey},
    {"segment-start", CheckSegmentStart},
    {"catalog-row-key", CheckCatalogRowKey},
    {"descriptor", CheckDescriptor},
    {"meta-database", CheckDatabaseRecord},
    {"meta-commit-sequence", CheckCommitSequence},
    {"meta-table-counters", CheckTableCounters},
    {"meta-next-table-id", CheckNextTableId},
    {"meta-dropped-table", CheckDroppedTable},
    {"meta-token", CheckToken},
    {"meta-backfill", CheckBackfill},
    {"index-key", CheckIndexKey},
    {"stream-row", CheckStreamRow},
    {"shard-row", CheckShardRow},
    {"meta-stream-horizon", CheckStreamHorizon},
    {"log-key", CheckLogKey},
    {"change", CheckChange},
    {"expiry-key", CheckExpiryKey},
    {"log-group", CheckLogGroup},
    {"log-stream", CheckLogStream},
    {"log-event", CheckLogEvent},
    {"log-dropped", CheckLogDropped},
};

TEST(Format, EveryVectorHoldsInBothDirections) {
  std::map<std::string, int> seen;
  for (const Vector& vector : ReadVectors()) {
    SCOPED_TRACE("FORMAT.md:" + std::to_string(vector.line));
    const std::string kind = vector.Get("kind");
    const auto check = kChecks.find(kind);
    ASSERT_NE(check, kChecks.end()) << kind;
    check->second(vector);
    ++seen[kind];
  }
  for (const auto& [kind, check] : kChecks) {
    EXPECT_GT(seen[kind], 0) << kind;
  }
}

}  // namespace
}  // namespace millrace
