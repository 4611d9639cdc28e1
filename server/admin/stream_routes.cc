// Answering questions about streams.
#include "server/admin/stream_routes.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/wire/arn.h"
#include "server/admin/admin_reply.h"
#include "server/admin/tail_reply.h"
#include "server/admin/tail_request.h"
#include "storage/base/json.h"
#include "streams/change_json.h"
#include "streams/sequence_number.h"

namespace millrace::server {
namespace {

using tables::Stream;

void AnswerTail(const api::Services& services, const std::atomic<uint64_t>* access_revision,
                Exchange* exchange) {
  const Result<TailRequest> request = ParseTailRequest(exchange->head, services);
  if (!request.ok()) {
    FinishError(exchange, request.status().code() == StatusCode::kNotFound ? 404 : 400,
                request.status().message());
    return;
  }
  Result<std::unique_ptr<BodyStream>> reply =
      NewTailReply(services, request.value(), access_revision, exchange->home);
  if (!reply.ok()) {
    FinishError(exchange, 400, reply.status().message());
    return;
  }
  exchange->content_type = "text/event-stream";
  exchange->extra_headers = "Cache-Control: no-store\r\n";
  exchange->FinishStreaming(std::move(reply).value());
}

void WriteSequence(std::string_view name, uint64_t sequence, json::Writer* writer) {
  writer->Member(name, streams::FormatSequenceNumber(sequence));
}

void WriteInt(std::string_view name, int64_t value, json::Writer* writer) {
  writer->Key(name);
  writer->Int(value);
}

// Where the retention comes from: the tag of the table, also of one that is gone, or the flag.
void WriteRetention(const Stream& stream, const tables::Table* table,
                    const tables::StreamOptions& options, json::Writer* writer) {
  // Two defaults that no tag can mean tell whether the default was used.
  tables::StreamOptions other = options;
  other.retention_ms = options.retention_ms == 1 ? 2 : 1;
  const int64_t retention_ms = tables::RetentionOf(stream.descriptor, table, options);
  const bool from_flag = tables::RetentionOf(stream.descriptor, table, other) != retention_ms;
  if (retention_ms == kRetentionForever) {
    writer->Member("retention", "forever");
  } else {
    WriteInt("retentionMs", retention_ms, writer);
  }
  writer->Member("retentionFrom", from_flag ? "flag" : "tag");
}

void WriteHashRange(const api::Services& services, const Stream& stream, uint16_t hash_range,
                    json::Writer* writer) {
  writer->BeginObject();
  WriteInt("hashRange", hash_range, writer);
  WriteSequence("horizon", stream.horizons[hash_range], writer);
  const Result<std::optional<tables::ChangeLog::FirstRecord>> first =
      services.change_log->First({stream.descriptor.stream_id, hash_range, 0, 0});
  if (first.ok() && first.value().has_value()) {
    WriteSequence("oldestSequenceNumber", first.value()->sequence, writer);
    WriteInt("oldestMs", first.value()->time_ms, writer);
  }
  writer->EndObject();
}

void WriteShard(const Stream& stream, const ShardDescriptor& shard, json::Writer* writer) {
  writer->BeginObject();
  writer->Member("shardId", tables::ShardId(stream, shard));
  WriteInt("hashRange", shard.hash_range, writer);
  WriteInt("createdMs", shard.creation_ms, writer);
  WriteSequence("startingSequenceNumber", shard.start_sequence, writer);
  if (const uint64_t end = stream.EndSequence(shard); end != 0) {
    WriteSequence("endingSequenceNumber", end, writer);
  }
  writer->EndObject();
}

void WriteStream(const api::Services& services, const tables::StreamOptions& options,
                 const Stream& stream, json::Writer* writer) {
  const StreamDescriptor& descriptor = stream.descriptor;
  const tables::TablePointer table = services.catalog->Find(descriptor.table_name);
  writer->BeginObject();
  writer->Member("streamArn",
                 api::FormatStreamArn(services, descriptor.table_name, descriptor.label));
  writer->Member("tableName", descriptor.table_name);
  writer->Member("status", descriptor.open() ? "ENABLED" : "DISABLED");
  writer->Member("viewType", streams::ViewTypeName(descriptor.view_type));
  WriteInt("createdMs", descriptor.creation_ms, writer);
  if (!descriptor.open()) {
    WriteInt("endedMs", descriptor.end_ms, writer);
  }
  WriteRetention(stream, table.get(), options, writer);
  writer->Key("hashRanges");
  writer->BeginArray();
  for (uint16_t range = 0; range < descriptor.hash_range_count; ++range) {
    WriteHashRange(services, stream, range, writer);
  }
  writer->EndArray();
  writer->Key("shards");
  writer->BeginArray();
  for (const ShardDescriptor& shard : stream.shards) {
    WriteShard(stream, shard, writer);
  }
  writer->EndArray();
  writer->EndObject();
}

// Written on a worker thread: every hash range is looked into.
class StreamsPage final : public api::Call::State, private Task {
 public:
  StreamsPage(const api::Services& services, const tables::StreamOptions& options,
              Exchange* exchange)
      : services_(services), options_(options), exchange_(exchange), finish_(exchange, &text_) {}

  // False when the workers have no room.
  bool Begin() { return services_.workers->TryPost(this); }

 private:
  class Finishing final : public Task {
   public:
    Finishing(Exchange* exchange, const std::string* text) : exchange_(exchange), text_(text) {}
    void Run() override { FinishJson(exchange_, 200, *text_); }

   private:
    Exchange* const exchange_;
    const std::string* const text_;
  };

  void Run() override {
    json::Writer writer(&text_);
    writer.BeginObject();
    writer.Key("streams");
    writer.BeginArray();
    for (const tables::StreamPointer& stream : services_.streams->All()) {
      WriteStream(services_, options_, *stream, &writer);
    }
    writer.EndArray();
    writer.EndObject();
    exchange_->home->PostOne(&finish_);
  }

  const api::Services& services_;
  const tables::StreamOptions options_;
  Exchange* const exchange_;
  std::string text_;
  Finishing finish_;
};

void AnswerStreams(const api::Services& services, const tables::StreamOptions& options,
                   Exchange* exchange) {
  auto page = std::make_unique<StreamsPage>(services, options, exchange);
  StreamsPage* const begun = page.get();
  exchange->state = std::move(page);
  if (!begun->Begin()) {
    FinishError(exchange, 503, "the server is busy");
  }
}

}  // namespace

void AddStreamRoutes(const api::Services* services, const tables::StreamOptions& options,
                     const std::atomic<uint64_t>* access_revision, std::vector<Route>* routes) {
  Route tail;
  tail.method = "GET";
  tail.path = "/_admin/tail";
  tail.handle = [services, access_revision](Exchange* exchange) {
    AnswerTail(*services, access_revision, exchange);
  };
  routes->push_back(std::move(tail));

  Route list;
  list.method = "GET";
  list.path = "/_admin/streams";
  list.handle = [services, options](Exchange* exchange) {
    AnswerStreams(*services, options, exchange);
  };
  routes->push_back(std::move(list));
}

}  // namespace millrace::server
