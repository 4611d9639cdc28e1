// JSON in and out, stored bytes, keys, and filters of change records. The item is that of the load
// generator with 200 bytes.

#include <benchmark/benchmark.h>

#include <cstring>
#include <memory>
#include <string>

#include "api/wire/attribute_json.h"
#include "api/wire/parsed_json.h"
#include "bench/load/bench_table.h"
#include "bench/load/random.h"
#include "bench/micro/hot_path.h"
#include "storage/base/check.h"
#include "storage/base/json.h"
#include "storage/codec/key_codec.h"
#include "storage/codec/validate.h"
#include "storage/codec/value_view.h"
#include "storage/model/number.h"
#include "streams/change_filter.h"
#include "streams/change_json.h"

namespace millrace::bench {
namespace {

constexpr uint32_t kTableId = 7;
constexpr uint64_t kSeed = 42;
constexpr uint64_t kRevision = 1'735'689'600'000'000;

std::string ItemText() {
  const BenchTable table("bench", TableShape::kItems, 200);
  Random random(1);
  std::string text;
  table.AppendItem(42, kRevision, random, &text);
  return text;
}

/// The item, encoded.
struct StoredItem {
  StoredItem() {
    const api::ParsedJson parsed(ItemText());
    CHECK(api::ParseAttributeMap(parsed.root(), &bytes, &item).ok());
  }
  StoredItem(const StoredItem&) = delete;
  StoredItem& operator=(const StoredItem&) = delete;

  std::string bytes;
  ItemView item;
};

/// Parsing works in the buffer itself, so each time begins with copying the text into it.
std::function<void()> ParseJson() {
  const std::string text = "{\"TableName\":\"bench-items-200\",\"Item\":" + ItemText() + "}";
  auto document = std::make_shared<json::Document>();
  auto buffer = std::make_shared<std::string>(text);
  return [text, document, buffer] {
    std::memcpy(buffer->data(), text.data(), text.size());
    CHECK(document->Parse({buffer->data(), buffer->size()}).ok());
  };
}

std::function<void()> EncodeItem() {
  const auto parsed = std::make_shared<api::ParsedJson>(ItemText());
  auto bytes = std::make_shared<std::string>();
  return [parsed, bytes] {
    bytes->clear();
    ItemView item;
    CHECK(api::ParseAttributeMap(parsed->root(), bytes.get(), &item).ok());
  };
}

std::function<void()> WriteItem() {
  const auto stored = std::make_shared<StoredItem>();
  auto text = std::make_shared<std::string>();
  return [stored, text] {
    text->clear();
    json::Writer writer(text.get());
    api::WriteAttributes(stored->item.attributes(), &writer);
    CHECK(text->size() > 200);
  };
}

std::function<void()> FindAttribute() {
  const auto stored = std::make_shared<StoredItem>();
  return [stored] {
    const ItemView item = ItemView::At(stored->bytes);
    CHECK(item.Find("payload").present());
  };
}

std::function<void()> ValidateStored() {
  const auto stored = std::make_shared<StoredItem>();
  return [stored] { CHECK(ValidateItem(stored->bytes).ok()); };
}

std::function<void()> EncodeKey() {
  const auto stored = std::make_shared<StoredItem>();
  auto key = std::make_shared<std::string>();
  return [stored, key] {
    key->clear();
    AppendItemKey(kTableId, kSeed, stored->item.Find("pk"), stored->item.Find("revision"),
                  key.get());
    CHECK(!key->empty());
  };
}

std::function<void()> ParseNumber() {
  const std::string text = std::to_string(kRevision);
  return [text] {
    Number number;
    CHECK(Number::Parse(text, &number) == NumberError::kNone);
    benchmark::DoNotOptimize(number);
  };
}

/// A filter of the kind that mappings have, on a record where it lies.
std::function<void()> FilterChange() {
  struct State {
    StoredItem stored;
    StreamDescriptor stream;
    std::unique_ptr<streams::ChangeJson> json;
    std::unique_ptr<streams::ChangeFilter> filter;
    tables::LoggedChange change;
  };
  const auto state = std::make_shared<State>();
  state->stream.key_schema.partition = {{"pk", AttributeType::kString}};
  streams::ChangeJsonOptions options;
  options.form = streams::ChangeForm::kEvent;
  options.stream = &state->stream;
  options.region = "us-east-1";
  options.database_uuid = "6d9c1f0e-0000-4000-8000-000000000001";
  options.stream_arn = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026";
  state->json = std::make_unique<streams::ChangeJson>(options);
  const std::string patterns[] = {
      R"({"eventName":["INSERT","MODIFY"],"dynamodb":{"NewImage":{"active":{"BOOL":[true]},)"
      R"("pk":{"S":[{"prefix":"item-"}]},"revision":{"N":[{"anything-but":["1","2"]}]}}}})"};
  Result<streams::ChangeFilter> filter = streams::ChangeFilter::Compile(patterns);
  CHECK(filter.ok());
  state->filter = std::make_unique<streams::ChangeFilter>(std::move(filter).value());
  state->change.record.new_image = state->stored.item;
  return [state] { CHECK(state->filter->Matches(state->change, *state->json)); };
}

}  // namespace

std::vector<HotPath> StorageHotPaths() {
  return {
      {"json.parse-put-item", &ParseJson},      {"codec.encode-item", &EncodeItem},
      {"codec.write-item", &WriteItem},         {"codec.find-attribute", &FindAttribute},
      {"codec.validate-item", &ValidateStored}, {"codec.encode-key", &EncodeKey},
      {"codec.parse-number", &ParseNumber},     {"filters.match-change", &FilterChange},
  };
}

}  // namespace millrace::bench
