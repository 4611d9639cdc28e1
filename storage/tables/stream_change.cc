// The changes as mutations that depend on the stream's row, so that none of them happens to a
// stream that is gone, and publish when they complete.
#include "storage/tables/stream_change.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "storage/base/mutex.h"
#include "storage/codec/stream_codec.h"

namespace millrace::tables {
namespace {

using engine::PinnedValue;
using engine::Space;
using engine::WriteSet;

Status Refused(std::string_view why) { return Status(StatusCode::kRefused, why); }

class StreamChange : public engine::Mutation {
 public:
  // `other` is one more key that the change depends on; an empty one: none.
  StreamChange(StreamCatalog* streams, uint32_t stream_id, Space other_space = Space::kCatalog,
               std::string other_key = {})
      : streams_(streams),
        stream_id_(stream_id),
        row_key_(StreamRowKey(stream_id)),
        other_key_(std::move(other_key)),
        keys_{{Space::kCatalog, row_key_}, {other_space, other_key_}} {}

  // Submits it and waits. Unlike Engine::SubmitAndWait this leaves Complete, which publishes, on
  // the committer thread.
  Status Commit(engine::Engine* engine) EXCLUDES(mutex_) {
    RETURN_IF_ERROR(engine->Submit(this));
    MutexLock lock(&mutex_);
    while (!done_) {
      condition_.Wait(&mutex_);
    }
    return status_;
  }

  std::span<const engine::MutationKey> keys() const final {
    return std::span(keys_).first(other_key_.empty() ? 1 : 2);
  }
  size_t weight_bytes() const final { return 1024; }
  Status Plan(std::span<const PinnedValue> current, WriteSet* writes) final {
    if (!current[0].found()) {
      return Refused("the stream is gone");
    }
    ASSIGN_OR_RETURN(const StreamDescriptor stream, DecodeStreamDescriptor(current[0].bytes()));
    return PlanChange(stream, current.back(), writes);
  }
  TaskQueue* completion_queue() final { return nullptr; }
  void Complete(const Status& status) final EXCLUDES(mutex_) {
    const StreamPointer stream = status.ok() ? streams_->FindById(stream_id_) : nullptr;
    if (stream != nullptr) {
      PublishChange(*stream);
    }
    MutexLock lock(&mutex_);
    status_ = status;
    done_ = true;
    // Under the lock: the waiting thread may destroy this object as soon as it can take it.
    condition_.NotifyOne();
  }

 protected:
  // Plans the change of a stream as it is at this commit.
  virtual Status PlanChange(const StreamDescriptor& stream, const PinnedValue& other,
                            WriteSet* writes) = 0;
  // Publishes `stream` changed likewise.
  virtual void PublishChange(const Stream& stream) = 0;

  void Publish(Stream stream) { streams_->Publish(std::make_shared<Stream>(std::move(stream))); }
  void Remove() { streams_->Remove(stream_id_); }
  uint32_t stream_id() const { return stream_id_; }
  const std::string& other_key() const { return other_key_; }

 private:
  StreamCatalog* const streams_;
  const uint32_t stream_id_;
  const std::string row_key_;
  const std::string other_key_;
  const engine::MutationKey keys_[2];
  Mutex mutex_;
  ConditionVariable condition_;
  bool done_ GUARDED_BY(mutex_) = false;
  Status status_ GUARDED_BY(mutex_);
};

class RollOverChange final : public StreamChange {
 public:
  RollOverChange(StreamCatalog* streams, uint32_t stream_id, const ShardDescriptor& shard)
      : StreamChange(streams, stream_id, Space::kCatalog,
                     ShardRowKey(stream_id, shard.hash_range, shard.start_sequence)) {}

 private:
  Status PlanChange(const StreamDescriptor& stream, const PinnedValue& row,
                    WriteSet* writes) override {
    if (!stream.open() || !row.found()) {
      return Refused("the stream is closed or the shard is gone");
    }
    ASSIGN_OR_RETURN(parent_, DecodeShardDescriptor(row.bytes()));
    if (parent_.end_sequence != 0) {
      return Refused("the shard has been rolled over");
    }
    const uint64_t sequence = writes->sequence();
    parent_.end_sequence = sequence - 1;
    parent_.end_ms = writes->now_ms();
    child_ = ShardDescriptor();
    child_.hash_range = parent_.hash_range;
    child_.start_sequence = sequence;
    child_.creation_ms = writes->now_ms();
    child_.parent_start_sequence = parent_.start_sequence;
    std::string bytes;
    EncodeShardDescriptor(parent_, &bytes);
    writes->Put(Space::kCatalog, other_key(), bytes);
    bytes.clear();
    EncodeShardDescriptor(child_, &bytes);
    writes->Put(Space::kCatalog, ShardRowKey(stream_id(), child_.hash_range, sequence), bytes);
    return Status::Ok();
  }
  void PublishChange(const Stream& stream) override {
    Stream changed = stream;
    for (ShardDescriptor& shard : changed.shards) {
      if (shard.hash_range == parent_.hash_range &&
          shard.start_sequence == parent_.start_sequence) {
        shard = parent_;
      }
    }
    changed.shards.push_back(child_);
    Publish(std::move(changed));
  }

  ShardDescriptor parent_;
  ShardDescriptor child_;
};

class HorizonChange final : public StreamChange {
 public:
  HorizonChange(StreamCatalog* streams, uint32_t stream_id, uint16_t hash_range, uint64_t sequence)
      : StreamChange(streams, stream_id, Space::kMeta, StreamHorizonKey(stream_id, hash_range)),
        hash_range_(hash_range),
        sequence_(sequence) {}

 private:
  Status PlanChange(const StreamDescriptor&, const PinnedValue& stored, WriteSet* writes) override {
    if (stored.found()) {
      ASSIGN_OR_RETURN(const uint64_t horizon, DecodeStreamHorizon(stored.bytes()));
      if (horizon >= sequence_) {
        return Refused("the horizon is there already");
      }
    }
    std::string bytes;
    EncodeStreamHorizon(sequence_, &bytes);
    writes->Put(Space::kMeta, other_key(), bytes);
    return Status::Ok();
  }
  void PublishChange(const Stream& stream) override {
    Stream changed = stream;
    changed.horizons[hash_range_] = sequence_;
    Publish(std::move(changed));
  }

  const uint16_t hash_range_;
  const uint64_t sequence_;
};

class ShardsGone final : public StreamChange {
 public:
  ShardsGone(StreamCatalog* streams, uint32_t stream_id, std::vector<ShardDescriptor> shards)
      : StreamChange(streams, stream_id), shards_(std::move(shards)) {}

 private:
  Status PlanChange(const StreamDescriptor&, const PinnedValue&, WriteSet* writes) override {
    for (const ShardDescriptor& shard : shards_) {
      writes->Delete(Space::kCatalog,
                     ShardRowKey(stream_id(), shard.hash_range, shard.start_sequence));
    }
    return Status::Ok();
  }
  void PublishChange(const Stream& stream) override {
    Stream changed = stream;
    std::erase_if(changed.shards, [this](const ShardDescriptor& shard) {
      return std::any_of(shards_.begin(), shards_.end(), [&](const ShardDescriptor& gone) {
        return gone.hash_range == shard.hash_range && gone.start_sequence == shard.start_sequence;
      });
    });
    Publish(std::move(changed));
  }

  const std::vector<ShardDescriptor> shards_;
};

class StreamGone final : public StreamChange {
 public:
  StreamGone(StreamCatalog* streams, uint32_t stream_id, uint16_t hash_range_count)
      : StreamChange(streams, stream_id), hash_range_count_(hash_range_count) {}

 private:
  Status PlanChange(const StreamDescriptor& stream, const PinnedValue&, WriteSet* writes) override {
    if (stream.open()) {
      return Refused("the stream is open");
    }
    writes->Delete(Space::kCatalog, StreamRowKey(stream_id()));
    for (uint16_t hash_range = 0; hash_range < hash_range_count_; ++hash_range) {
      writes->Delete(Space::kMeta, StreamHorizonKey(stream_id(), hash_range));
    }
    return Status::Ok();
  }
  void PublishChange(const Stream&) override { Remove(); }

  const uint16_t hash_range_count_;
};

}  // namespace

Status RollShardOver(engine::Engine* engine, StreamCatalog* streams, uint32_t stream_id,
                     const ShardDescriptor& shard) {
  return RollOverChange(streams, stream_id, shard).Commit(engine);
}

Status MoveHorizon(engine::Engine* engine, StreamCatalog* streams, uint32_t stream_id,
                   uint16_t hash_range, uint64_t sequence) {
  return HorizonChange(streams, stream_id, hash_range, sequence).Commit(engine);
}

Status ForgetShards(engine::Engine* engine, StreamCatalog* streams, uint32_t stream_id,
                    std::vector<ShardDescriptor> shards) {
  return ShardsGone(streams, stream_id, std::move(shards)).Commit(engine);
}

Status ForgetStream(engine::Engine* engine, StreamCatalog* streams, uint32_t stream_id,
                    uint16_t hash_range_count) {
  return StreamGone(streams, stream_id, hash_range_count).Commit(engine);
}

}  // namespace millrace::tables
