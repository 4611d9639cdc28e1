// Mappings, checkpoints and discards as bytes: a version, then fields one after the other.
#include "streams/mappings/mapping_codec.h"

#include <cstring>

#include "storage/base/bytes.h"

namespace millrace::streams {
namespace {

constexpr char kVersion = 1;
constexpr size_t kUuidSize = 36;

// Flags of a stored mapping.
constexpr uint8_t kEnabled = 1;
constexpr uint8_t kBisect = 2;
constexpr uint8_t kReportFailures = 4;
constexpr uint8_t kCountEvents = 8;
constexpr uint8_t kNumericAttributes = 16;
constexpr uint8_t kPaused = 32;

// What may be behind the tags of a stored mapping.
constexpr uint8_t kConcurrencyMax = 1;
constexpr uint8_t kPollers = 2;

class Writer {
 public:
  explicit Writer(std::string* out) : out_(out) { out_->push_back(kVersion); }
  void Byte(uint8_t value) { out_->push_back(static_cast<char>(value)); }
  void Int(int64_t value) { AppendLittleEndian64(out_, static_cast<uint64_t>(value)); }
  void Unsigned(uint64_t value) { AppendLittleEndian64(out_, value); }
  void Count(size_t value) { AppendVarint32(out_, static_cast<uint32_t>(value)); }
  void Text(std::string_view text) {
    Count(text.size());
    out_->append(text);
  }

 private:
  std::string* const out_;
};

// After a failed read everything fails, so that only Done needs a look.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) { ok_ = Byte() == kVersion; }
  uint8_t Byte() {
    const std::string_view byte = Take(1);
    return byte.empty() ? 0 : static_cast<uint8_t>(byte[0]);
  }
  uint64_t Unsigned() {
    const std::string_view bytes = Take(8);
    return bytes.empty() ? 0 : LoadLittleEndian64(bytes.data());
  }
  int64_t Int() { return static_cast<int64_t>(Unsigned()); }
  uint32_t Count() {
    uint32_t count = 0;
    const char* const end = rest_.data() + rest_.size();
    const char* const after = ok_ ? ReadVarint32(rest_.data(), end, &count) : nullptr;
    ok_ = after != nullptr;
    rest_ = ok_ ? rest_.substr(static_cast<size_t>(after - rest_.data())) : std::string_view();
    return ok_ ? count : 0;
  }
  std::string Text() {
    const uint32_t size = Count();
    return std::string(Take(size));
  }
  bool ok() const { return ok_; }
  bool Done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view Take(size_t size) {
    ok_ = ok_ && size <= rest_.size();
    if (!ok_) {
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
  bool ok_ = true;
};

Status Damaged(std::string_view what) {
  return Status(StatusCode::kCorruption, "a stored " + std::string(what) + " is damaged");
}

std::string KeyOf(char kind, std::string_view uuid) { return std::string(1, kind).append(uuid); }

// The first key behind those that begin with `prefix`, whose last byte is below 0xFF.
std::string Behind(std::string prefix) {
  prefix.back() = static_cast<char>(static_cast<uint8_t>(prefix.back()) + 1);
  return prefix;
}

void WriteSettings(const MappingSettings& settings, Writer* writer) {
  uint8_t flags = 0;
  flags |= settings.enabled ? kEnabled : 0;
  flags |= settings.bisect_on_error ? kBisect : 0;
  flags |= settings.report_item_failures ? kReportFailures : 0;
  flags |= settings.count_events ? kCountEvents : 0;
  flags |= settings.numeric_attributes ? kNumericAttributes : 0;
  flags |= settings.paused ? kPaused : 0;
  writer->Byte(flags);
  for (const int64_t value :
       {settings.batch_size, settings.batching_window_s, settings.parallelization_factor,
        settings.record_age_max_s, settings.retry_attempts_max, settings.tumbling_window_s}) {
    writer->Int(value);
  }
  for (const std::string* text : {&settings.function_name, &settings.qualifier,
                                  &settings.on_failure_arn, &settings.key_arn}) {
    writer->Text(*text);
  }
  writer->Count(settings.filters.size());
  for (const std::string& filter : settings.filters) {
    writer->Text(filter);
  }
}

MappingSettings ReadSettings(Reader* reader) {
  MappingSettings settings;
  const uint8_t flags = reader->Byte();
  settings.enabled = (flags & kEnabled) != 0;
  settings.bisect_on_error = (flags & kBisect) != 0;
  settings.report_item_failures = (flags & kReportFailures) != 0;
  settings.count_events = (flags & kCountEvents) != 0;
  settings.numeric_attributes = (flags & kNumericAttributes) != 0;
  settings.paused = (flags & kPaused) != 0;
  for (int64_t* value :
       {&settings.batch_size, &settings.batching_window_s, &settings.parallelization_factor,
        &settings.record_age_max_s, &settings.retry_attempts_max, &settings.tumbling_window_s}) {
    *value = reader->Int();
  }
  for (std::string* text : {&settings.function_name, &settings.qualifier, &settings.on_failure_arn,
                            &settings.key_arn}) {
    *text = reader->Text();
  }
  for (uint32_t left = reader->Count(); left > 0 && reader->ok(); --left) {
    settings.filters.push_back(reader->Text());
  }
  return settings;
}

}  // namespace

std::string MappingKey(std::string_view uuid) { return KeyOf(kMappingRow, uuid); }
std::string MappingKeysBegin() { return std::string(1, kMappingRow); }
std::string MappingKeysEnd() { return Behind(MappingKeysBegin()); }

std::string DiscardKey(std::string_view uuid, uint64_t id) {
  std::string key = KeyOf(kDiscardRow, uuid);
  AppendBigEndian64(&key, id);
  return key;
}
std::string DiscardKeysBegin(std::string_view uuid) { return KeyOf(kDiscardRow, uuid); }
std::string DiscardKeysEnd(std::string_view uuid) { return Behind(DiscardKeysBegin(uuid)); }

std::string CheckpointKey(const LaneName& lane) {
  std::string key = lane.uuid;
  for (const uint16_t part : {lane.hash_range, lane.lane}) {
    key.push_back(static_cast<char>(part >> 8));
    key.push_back(static_cast<char>(part & 0xFF));
  }
  return key;
}
std::string CheckpointKeysBegin(std::string_view uuid) { return std::string(uuid); }
std::string CheckpointKeysEnd(std::string_view uuid) { return Behind(std::string(uuid)); }

bool ParseCheckpointKey(std::string_view key, LaneName* lane) {
  if (key.size() != kUuidSize + 4) {
    return false;
  }
  const auto* const parts = reinterpret_cast<const uint8_t*>(key.data() + kUuidSize);
  lane->uuid = key.substr(0, kUuidSize);
  lane->hash_range = static_cast<uint16_t>(parts[0] << 8 | parts[1]);
  lane->lane = static_cast<uint16_t>(parts[2] << 8 | parts[3]);
  return true;
}

void EncodeMapping(const Mapping& mapping, std::string* out) {
  Writer writer(out);
  writer.Text(mapping.uuid);
  writer.Text(mapping.event_source_arn);
  writer.Unsigned(mapping.stream_id);
  writer.Unsigned(mapping.hash_range_count);
  writer.Byte(static_cast<uint8_t>(mapping.starting_position));
  for (const int64_t value :
       {mapping.starting_timestamp_ms, mapping.creation_ms, mapping.modified_ms}) {
    writer.Int(value);
  }
  WriteSettings(mapping.settings, &writer);
  writer.Count(mapping.tags.size());
  for (const auto& [key, value] : mapping.tags) {
    writer.Text(key);
    writer.Text(value);
  }
  if (mapping.settings.concurrency_max != 0) {
    writer.Byte(kConcurrencyMax);
    writer.Int(mapping.settings.concurrency_max);
  }
  if (mapping.settings.pollers_min != 0 || mapping.settings.pollers_max != 0) {
    writer.Byte(kPollers);
    writer.Int(mapping.settings.pollers_min);
    writer.Int(mapping.settings.pollers_max);
  }
}

Result<Mapping> DecodeMapping(std::string_view bytes) {
  Reader reader(bytes);
  Mapping mapping;
  mapping.uuid = reader.Text();
  mapping.event_source_arn = reader.Text();
  mapping.stream_id = static_cast<uint32_t>(reader.Unsigned());
  mapping.hash_range_count = static_cast<uint16_t>(reader.Unsigned());
  const uint8_t position = reader.Byte();
  mapping.starting_position = static_cast<StartingPosition>(position);
  for (int64_t* value :
       {&mapping.starting_timestamp_ms, &mapping.creation_ms, &mapping.modified_ms}) {
    *value = reader.Int();
  }
  mapping.settings = ReadSettings(&reader);
  for (uint32_t left = reader.Count(); left > 0 && reader.ok(); --left) {
    std::string key = reader.Text();
    mapping.tags.emplace_back(std::move(key), reader.Text());
  }
  while (reader.ok() && !reader.Done()) {
    const uint8_t part = reader.Byte();
    if (part == kConcurrencyMax) {
      mapping.settings.concurrency_max = reader.Int();
    } else if (part == kPollers) {
      mapping.settings.pollers_min = reader.Int();
      mapping.settings.pollers_max = reader.Int();
    } else {
      return Damaged("event source mapping");
    }
  }
  if (!reader.Done() || mapping.uuid.size() != kUuidSize ||
      mapping.is_of_queue() != (mapping.hash_range_count == 0) ||
      position < static_cast<uint8_t>(StartingPosition::kTrimHorizon) ||
      position > static_cast<uint8_t>(StartingPosition::kAtTimestamp)) {
    return Damaged("event source mapping");
  }
  return mapping;
}

void EncodeCheckpoint(const LaneCheckpoint& checkpoint, std::string* out) {
  Writer writer(out);
  writer.Unsigned(checkpoint.version);
  writer.Unsigned(checkpoint.lane_count);
  writer.Unsigned(checkpoint.position);
  writer.Count(checkpoint.pending.size());
  for (const PendingBatch& batch : checkpoint.pending) {
    writer.Unsigned(batch.from);
    writer.Unsigned(batch.to);
    writer.Int(batch.attempts);
    writer.Byte(static_cast<uint8_t>(batch.closing));
  }
  writer.Int(checkpoint.next_try_ms);
  writer.Int(checkpoint.window_start_ms);
  writer.Text(checkpoint.window_state);
  writer.Count(checkpoint.skip_marks.size());
  for (const SkipMark& mark : checkpoint.skip_marks) {
    writer.Count(mark.positions.size());
    for (const uint64_t position : mark.positions) {
      writer.Unsigned(position);
    }
  }
}

Result<LaneCheckpoint> DecodeCheckpoint(std::string_view bytes) {
  Reader reader(bytes);
  LaneCheckpoint checkpoint;
  checkpoint.version = reader.Unsigned();
  checkpoint.lane_count = static_cast<uint16_t>(reader.Unsigned());
  checkpoint.position = reader.Unsigned();
  for (uint32_t left = reader.Count(); left > 0 && reader.ok(); --left) {
    PendingBatch batch;
    batch.from = reader.Unsigned();
    batch.to = reader.Unsigned();
    batch.attempts = reader.Int();
    const uint8_t closing = reader.Byte();
    if (closing > static_cast<uint8_t>(WindowClosing::kStateTooLarge)) {
      return Damaged("checkpoint");
    }
    batch.closing = static_cast<WindowClosing>(closing);
    checkpoint.pending.push_back(batch);
  }
  checkpoint.next_try_ms = reader.Int();
  checkpoint.window_start_ms = reader.Int();
  checkpoint.window_state = reader.Text();
  for (uint32_t left = reader.Count(); left > 0 && reader.ok(); --left) {
    SkipMark& mark = checkpoint.skip_marks.emplace_back();
    for (uint32_t lanes = reader.Count(); lanes > 0 && reader.ok(); --lanes) {
      mark.positions.push_back(reader.Unsigned());
    }
  }
  if (!reader.Done() || checkpoint.lane_count == 0) {
    return Damaged("checkpoint");
  }
  return checkpoint;
}

void EncodeDiscard(const Discard& discard, std::string* out) {
  Writer writer(out);
  writer.Unsigned(discard.id);
  for (const uint16_t part : {discard.hash_range, discard.lane, discard.lane_count}) {
    writer.Unsigned(part);
  }
  writer.Unsigned(discard.from);
  writer.Unsigned(discard.to);
  for (const int64_t value :
       {discard.record_count, discard.first_arrival_ms, discard.last_arrival_ms, discard.attempts,
        discard.time_ms, discard.redrive_count, discard.redriven_ms}) {
    writer.Int(value);
  }
  writer.Byte(discard.redrive_succeeded ? 1 : 0);
  for (const std::string* text :
       {&discard.uuid, &discard.function_arn, &discard.stream_arn, &discard.shard_id,
        &discard.condition, &discard.request_id, &discard.executed_version, &discard.failure,
        &discard.redrive_message}) {
    writer.Text(*text);
  }
}

Result<Discard> DecodeDiscard(std::string_view bytes) {
  Reader reader(bytes);
  Discard discard;
  discard.id = reader.Unsigned();
  for (uint16_t* part : {&discard.hash_range, &discard.lane, &discard.lane_count}) {
    *part = static_cast<uint16_t>(reader.Unsigned());
  }
  discard.from = reader.Unsigned();
  discard.to = reader.Unsigned();
  for (int64_t* value :
       {&discard.record_count, &discard.first_arrival_ms, &discard.last_arrival_ms,
        &discard.attempts, &discard.time_ms, &discard.redrive_count, &discard.redriven_ms}) {
    *value = reader.Int();
  }
  discard.redrive_succeeded = reader.Byte() != 0;
  for (std::string* text :
       {&discard.uuid, &discard.function_arn, &discard.stream_arn, &discard.shard_id,
        &discard.condition, &discard.request_id, &discard.executed_version, &discard.failure,
        &discard.redrive_message}) {
    *text = reader.Text();
  }
  if (!reader.Done() || discard.lane_count == 0) {
    return Damaged("discard");
  }
  return discard;
}

}  // namespace millrace::streams
