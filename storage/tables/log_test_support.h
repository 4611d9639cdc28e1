// Helpers of the tests of the change log: a store with streams made by hand, records written
// without the items they are about, and what a read brought. Used by tests only.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/codec/change_codec.h"
#include "storage/codec/stream_codec.h"
#include "storage/tables/change_log.h"
#include "storage/tables/test_support.h"

namespace millrace::tables {

// A record as a read brought it.
struct SeenRecord {
  uint32_t stream_id = 0;
  uint16_t hash_range = 0;
  uint64_t sequence = 0;
  int64_t time_ms = 0;
  std::string payload;
};

// Keeps what it is shown, up to `count_max` records.
class RecordKeeper final : public ChangeVisitor {
 public:
  explicit RecordKeeper(size_t count_max = SIZE_MAX) : count_max_(count_max) {}
  bool Visit(const LoggedChange& change) override {
    if (records_.size() == count_max_) {
      return false;
    }
    const ItemView& item = change.record.new_image;
    records_.push_back({change.stream_id, change.hash_range, change.sequence, change.record.time_ms,
                        std::string(item.Find("v").payload())});
    return true;
  }
  const std::vector<SeenRecord>& records() const { return records_; }
  std::vector<uint64_t> sequences() const {
    std::vector<uint64_t> sequences;
    for (const SeenRecord& record : records_) {
      sequences.push_back(record.sequence);
    }
    return sequences;
  }

 private:
  const size_t count_max_;
  std::vector<SeenRecord> records_;
};

// A record to be written.
struct NewRecord {
  uint32_t stream_id = 1;
  uint16_t hash_range = 0;
  std::string payload;
  int64_t time_ms = 0;  // 0: the time of the commit
};

inline std::string EncodeRecord(const NewRecord& record, int64_t time_ms) {
  const std::string item = EncodeItem(TestValue::String("key").view(), ValueView(), record.payload);
  ChangeRecord change;
  change.time_ms = time_ms;
  change.new_image = ItemView::At(item);
  std::string bytes;
  EncodeChangeRecord(change, &bytes);
  return bytes;
}

// An engine with a stream catalog and a log over it, to be closed and opened again.
class LogStore {
 public:
  ~LogStore() { Close(); }

  Status Open() {
    Close();
    engine::Options options;
    options.data_dir = directory_.path();
    options.durability = engine::Durability::kNone;  // nothing here cuts the power
    options.clock = &clock_;
    ASSIGN_OR_RETURN(engine_, engine::Engine::Open(options));
    streams_ = std::make_unique<StreamCatalog>();
    log_ = std::make_unique<ChangeLog>(engine_.get(), streams_.get());
    RETURN_IF_ERROR(streams_->Load(*engine_));
    engine_->ObserveLog(log_.get());
    engine_->Start();
    return Status::Ok();
  }
  void Close() {
    if (engine_ != nullptr) {
      engine_->Stop();
    }
    log_.reset();
    streams_.reset();
    engine_.reset();
  }

  // Makes a stream with a shard for every hash range.
  Status MakeStream(uint32_t stream_id, uint32_t table_id, std::string table_name,
                    uint16_t hash_range_count) {
    auto stream = std::make_shared<Stream>();
    engine::TestMutation mutation(
        {}, [&](std::span<const engine::PinnedValue>, engine::WriteSet* writes) {
          StreamDescriptor& descriptor = stream->descriptor;
          descriptor.stream_id = stream_id;
          descriptor.table_id = table_id;
          descriptor.table_name = table_name;
          descriptor.label = "label" + std::to_string(stream_id);
          descriptor.key_schema.partition = {{"p", AttributeType::kString}};
          descriptor.hash_range_count = hash_range_count;
          descriptor.creation_ms = writes->now_ms();
          descriptor.start_sequence = writes->sequence();
          for (uint16_t hash_range = 0; hash_range < hash_range_count; ++hash_range) {
            ShardDescriptor shard;
            shard.hash_range = hash_range;
            shard.start_sequence = writes->sequence() + 1;
            shard.creation_ms = writes->now_ms();
            stream->shards.push_back(shard);
            std::string bytes;
            EncodeShardDescriptor(shard, &bytes);
            writes->Put(engine::Space::kCatalog,
                        ShardRowKey(stream_id, hash_range, shard.start_sequence), bytes);
          }
          PutRow(descriptor, writes);
          return Status::Ok();
        });
    RETURN_IF_ERROR(engine_->SubmitAndWait(&mutation));
    stream->horizons.resize(hash_range_count);
    streams_->Publish(stream);
    return Status::Ok();
  }
  // Closes a stream as the deletion of its table, or turning it off, does.
  Status CloseStream(uint32_t stream_id, std::optional<int64_t> retention_ms) {
    auto stream = std::make_shared<Stream>(*streams_->FindById(stream_id));
    engine::TestMutation mutation(
        {}, [&](std::span<const engine::PinnedValue>, engine::WriteSet* writes) {
          stream->descriptor.end_sequence = writes->sequence();
          stream->descriptor.end_ms = writes->now_ms();
          stream->descriptor.retention_ms = retention_ms;
          PutRow(stream->descriptor, writes);
          return Status::Ok();
        });
    RETURN_IF_ERROR(engine_->SubmitAndWait(&mutation));
    streams_->Publish(stream);
    return Status::Ok();
  }

  // Writes records in one commit; returns their sequences.
  std::vector<uint64_t> Append(const std::vector<NewRecord>& records) {
    std::vector<uint64_t> sequences;
    engine::TestMutation mutation({}, [&](std::span<const engine::PinnedValue>,
                                          engine::WriteSet* writes) {
      for (const NewRecord& record : records) {
        sequences.push_back(writes->TakeSequence());
        std::string key;
        AppendLogKey({record.stream_id, record.hash_range, sequences.back()}, &key);
        writes->Put(engine::Space::kLog, key,
                    EncodeRecord(record, record.time_ms != 0 ? record.time_ms : writes->now_ms()));
      }
      return Status::Ok();
    });
    CHECK(engine_->SubmitAndWait(&mutation).ok());
    return sequences;
  }
  uint64_t AppendOne(uint32_t stream_id, uint16_t hash_range, std::string_view payload) {
    return Append({{stream_id, hash_range, std::string(payload), 0}}).front();
  }
  // A commit that has nothing to do with the log.
  void CommitOther() {
    engine::TestMutation mutation = engine::PutMutation("other", "value");
    CHECK(engine_->SubmitAndWait(&mutation).ok());
  }

  std::vector<SeenRecord> Read(const LogRange& range) {
    RecordKeeper keeper;
    CHECK(log_->Read(range, &keeper).ok());
    return keeper.records();
  }
  // The sequences of all records of a hash range that are stored, trimmed or not.
  std::vector<uint64_t> Stored(uint32_t stream_id, uint16_t hash_range) {
    std::string from;
    std::string to;
    AppendLogKey({stream_id, hash_range, 0}, &from);
    AppendLogKey({stream_id, hash_range, UINT64_MAX}, &to);
    engine::ScanRange range;
    range.space = engine::Space::kLog;
    range.from = from;
    range.to = to;
    std::vector<uint64_t> sequences;
    for (const auto rows = engine_->Scan(range); rows->Valid(); rows->Next()) {
      LogKeyParts parts;
      CHECK(ParseLogKey(rows->key(), &parts));
      sequences.push_back(parts.sequence);
    }
    return sequences;
  }
  // Bytes of all table files.
  uint64_t FileBytes() const {
    uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_.path())) {
      if (entry.path().extension() == ".sst") {
        std::error_code gone;
        const uintmax_t size = entry.file_size(gone);
        bytes += gone ? 0 : size;
      }
    }
    return bytes;
  }

  ManualClock& clock() { return clock_; }
  engine::Engine* engine() { return engine_.get(); }
  StreamCatalog* streams() { return streams_.get(); }
  ChangeLog* log() { return log_.get(); }

 private:
  static void PutRow(const StreamDescriptor& descriptor, engine::WriteSet* writes) {
    std::string bytes;
    EncodeStreamDescriptor(descriptor, &bytes);
    writes->Put(engine::Space::kCatalog, StreamRowKey(descriptor.stream_id), bytes);
  }

  engine::TemporaryDirectory directory_;
  ManualClock clock_{1'700'000'000'000};
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<StreamCatalog> streams_;
  std::unique_ptr<ChangeLog> log_;
};

}  // namespace millrace::tables
