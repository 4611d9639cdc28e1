// Planning a lane's step.
#include "streams/mappings/checkpoint_commit.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <memory>
#include <utility>

#include "storage/base/json.h"
#include "streams/mappings/mapping_codec.h"
#include "streams/mappings/outgoing.h"
#include "streams/sequence_number.h"

namespace millrace::streams {
namespace {

using engine::PinnedValue;
using engine::Space;
using engine::WriteSet;

// 2026-11-20T21:44:06.123Z, or without the thousandths.
std::string TimeText(int64_t time_ms, bool with_thousandths) {
  const time_t seconds = static_cast<time_t>(time_ms / 1000);
  std::tm parts = {};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text;
  const size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (with_thousandths) {
    std::snprintf(text.data() + size, text.size() - size, ".%03dZ",
                  static_cast<int>(time_ms % 1000));
  } else {
    std::snprintf(text.data() + size, text.size() - size, "Z");
  }
  return text.data();
}

void WriteText(std::string_view name, std::string_view text, json::Writer* writer) {
  writer->Key(name);
  writer->String(text);
}

void WriteRequestContext(const Discard& discard, json::Writer* writer) {
  writer->Key("requestContext");
  writer->BeginObject();
  if (!discard.request_id.empty()) {
    WriteText("requestId", discard.request_id, writer);
  }
  WriteText("functionArn", discard.function_arn, writer);
  WriteText("condition", discard.condition, writer);
  writer->Key("approximateInvokeCount");
  writer->Int(discard.attempts);
  writer->EndObject();
  if (discard.request_id.empty()) {
    return;
  }
  writer->Key("responseContext");
  writer->BeginObject();
  writer->Key("statusCode");
  writer->Int(200);
  WriteText("executedVersion", discard.executed_version, writer);
  WriteText("functionError", "Unhandled", writer);
  writer->EndObject();
}

}  // namespace

void PassFirst(uint64_t scanned_to, LaneCheckpoint* checkpoint) {
  checkpoint->position = std::max(checkpoint->position, checkpoint->pending.front().to);
  checkpoint->pending.erase(checkpoint->pending.begin());
  checkpoint->next_try_ms = 0;
  MovePosition(scanned_to, checkpoint);
}

void MovePosition(uint64_t scanned_to, LaneCheckpoint* checkpoint) {
  checkpoint->position =
      std::max(checkpoint->position,
               checkpoint->pending.empty() ? scanned_to : checkpoint->pending.front().from - 1);
  std::erase_if(checkpoint->skip_marks, [checkpoint](const SkipMark& mark) {
    return *std::max_element(mark.positions.begin(), mark.positions.end()) <= checkpoint->position;
  });
}

std::string DiscardMessage(const Discard& discard) {
  std::string text;
  json::Writer writer(&text);
  writer.BeginObject();
  WriteRequestContext(discard, &writer);
  WriteText("version", "1.0", &writer);
  WriteText("timestamp", TimeText(discard.time_ms, true), &writer);
  writer.Key("DDBStreamBatchInfo");
  writer.BeginObject();
  WriteText("shardId", discard.shard_id, &writer);
  WriteText("startSequenceNumber", FormatSequenceNumber(discard.from), &writer);
  WriteText("endSequenceNumber", FormatSequenceNumber(discard.to), &writer);
  WriteText("approximateArrivalOfFirstRecord", TimeText(discard.first_arrival_ms, false), &writer);
  WriteText("approximateArrivalOfLastRecord", TimeText(discard.last_arrival_ms, false), &writer);
  writer.Key("batchSize");
  writer.Int(discard.record_count);
  WriteText("streamArn", discard.stream_arn, &writer);
  writer.EndObject();
  writer.EndObject();
  return text;
}

void CheckpointCommit::Submit(engine::Engine* engine, CheckpointChange change, TaskQueue* home,
                              Done done) {
  auto* const commit = new CheckpointCommit(std::move(change), home, std::move(done));
  const Status status = engine->Submit(commit);
  if (!status.ok()) {
    commit->Complete(status);
  }
}

CheckpointCommit::CheckpointCommit(CheckpointChange change, TaskQueue* home, Done done)
    : change_(std::move(change)),
      key_bytes_(CheckpointKey(change_.lane)),
      key_{Space::kCheckpoints, key_bytes_},
      home_(home),
      done_(std::move(done)) {}

Status CheckpointCommit::Plan(std::span<const PinnedValue> current, WriteSet* writes) {
  if (!current[0].found()) {
    return Status(StatusCode::kRefused, "the lane is gone");
  }
  ASSIGN_OR_RETURN(const LaneCheckpoint stored, DecodeCheckpoint(current[0].bytes()));
  if (stored.version != change_.checkpoint.version) {
    return Status(StatusCode::kRefused, "the lane was moved by somebody else");
  }
  LaneCheckpoint checkpoint = change_.checkpoint;
  checkpoint.version += 1;
  std::string value;
  EncodeCheckpoint(checkpoint, &value);
  writes->Put(Space::kCheckpoints, key_bytes_, value);
  for (Discard discard : change_.discards) {
    discard.id = writes->TakeSequence();
    discard.time_ms = writes->now_ms();
    value.clear();
    EncodeDiscard(discard, &value);
    writes->Put(Space::kFunctions, DiscardKey(discard.uuid, discard.id), value);
    if (!change_.destination_arn.empty()) {
      OutgoingMessage message;
      message.id = discard.id;
      message.target_arn = change_.destination_arn;
      message.body = DiscardMessage(discard);
      message.source = discard.uuid;
      message.creation_ms = discard.time_ms;
      value.clear();
      EncodeOutgoing(message, &value);
      writes->Put(Space::kFunctions, OutgoingKey(message.target_arn, message.id), value);
    }
  }
  return Status::Ok();
}

void CheckpointCommit::Complete(const Status& status) {
  const std::unique_ptr<CheckpointCommit> self(this);
  done_(status);
}

}  // namespace millrace::streams
