// The thread that writes handlers' lines.
#include "streams/logs/log_writer.h"

#include <algorithm>
#include <memory>

#include "storage/base/log.h"
#include "storage/base/utf8.h"
#include "storage/codec/log_event_codec.h"

namespace millrace::streams {
namespace {

using engine::PinnedValue;
using engine::Space;
using engine::WriteSet;

constexpr size_t kLineOverhead = 64;
constexpr size_t kCommitSizeMax = 1 << 20;
constexpr size_t kCommitLinesMax = 20000;
constexpr int kAttemptsMax = 3;

size_t SizeOf(const LogLine& line) { return line.text.size() + kLineOverhead; }

// Handlers write bytes, events are text: what is not UTF-8 becomes a question mark.
std::string TextOf(std::string line) {
  if (IsValidUtf8(line)) {
    return line;
  }
  std::string text;
  for (size_t at = 0; at < line.size();) {
    size_t length = 1;
    while (length <= 4 && !IsValidUtf8(std::string_view(line).substr(at, length))) {
      ++length;
    }
    const bool valid = length <= 4 && at + length <= line.size();
    text.append(valid ? std::string_view(line).substr(at, length) : std::string_view("?"));
    at += valid ? length : 1;
  }
  return text;
}

}  // namespace

void LogWriter::Start() {
  {
    MutexLock lock(&mutex_);
    stopping_ = false;
  }
  thread_ = std::thread([this] { Loop(); });
}

void LogWriter::Stop() {
  if (!thread_.joinable()) {
    return;
  }
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  wake_.NotifyAll();
  thread_.join();
}

void LogWriter::Append(const std::string& group, const std::string& stream,
                       std::vector<LogLine> lines) {
  bool was_empty = false;
  {
    MutexLock lock(&mutex_);
    if (stopping_) {
      return;
    }
    was_empty = streams_.empty();
    Pending& pending = streams_[{group, stream}];
    for (LogLine& line : lines) {
      const size_t size_max = options_.buffered_bytes_max * (line.is_platform ? 2 : 1);
      if (size_ + SizeOf(line) > size_max) {
        pending.dropped += std::max<int64_t>(line.dropped, 1);
        continue;
      }
      size_ += SizeOf(line);
      pending.lines.push_back(std::move(line));
    }
  }
  if (was_empty) {
    wake_.NotifyAll();
  }
}

void LogWriter::Loop() {
  while (true) {
    Streams streams;
    {
      MutexLock lock(&mutex_);
      while (streams_.empty() && !stopping_) {
        wake_.Wait(&mutex_);
      }
      if (streams_.empty()) {
        return;
      }
      // One commit for what comes at nearly the same time.
      if (!stopping_ && options_.gathering_ms > 0) {
        wake_.WaitFor(&mutex_, options_.gathering_ms);
      }
      streams.swap(streams_);
    }
    size_t size = 0;
    for (const auto& [name, pending] : streams) {
      for (const LogLine& line : pending.lines) {
        size += SizeOf(line);
      }
    }
    Write(std::move(streams));
    MutexLock lock(&mutex_);
    size_ -= size;
  }
}

void LogWriter::Write(Streams streams) {
  std::vector<LogBatch> batches;
  size_t size = 0;
  size_t count = 0;
  const auto flush = [&] {
    if (!batches.empty()) {
      WriteBatches(&batches);
    }
    batches.clear();
    size = count = 0;
  };
  for (auto& [name, pending] : streams) {
    std::vector<LogInput> inputs = InputsOf(&pending);
    for (size_t at = 0; at < inputs.size();) {
      LogBatch& batch = batches.emplace_back();
      batch.group = name.first;
      batch.stream = name.second;
      for (; at < inputs.size() && size < kCommitSizeMax && count < kCommitLinesMax; ++at) {
        size += inputs[at].message.size() + kLineOverhead;
        ++count;
        batch.events.push_back(std::move(inputs[at]));
      }
      if (size >= kCommitSizeMax || count >= kCommitLinesMax) {
        flush();
      }
    }
  }
  flush();
}

std::vector<LogInput> LogWriter::InputsOf(Pending* pending) const {
  std::vector<LogInput> inputs;
  int64_t last_ms = 0;
  for (LogLine& line : pending->lines) {
    // The clock may have been set back between two lines, which stay in their order.
    last_ms = std::max(last_ms, line.time_ms);
    inputs.push_back({last_ms, TextOf(std::move(line.text))});
  }
  if (pending->dropped > 0) {
    inputs.push_back({std::max(last_ms, clock_->NowMs()),
                      std::to_string(pending->dropped) +
                          " lines were dropped: they came faster than they could be written"});
  }
  return inputs;
}

void LogWriter::WriteBatches(std::vector<LogBatch>* batches) {
  Status status;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    status = TryBatches(batches);
    if (status.code() != StatusCode::kSchemaChanged) {
      break;
    }
  }
  if (!status.ok()) {
    Log(LogLevel::kError, "lines of functions' logs are lost status=\"" + status.ToString() + "\"");
  }
}

// kSchemaChanged: a group was deleted meanwhile.
Status LogWriter::TryBatches(std::vector<LogBatch>* batches) {
  for (LogBatch& batch : *batches) {
    RETURN_IF_ERROR(FindGroupId(batch.group, &batch.group_id));
  }
  auto plan = [this, batches](std::span<const PinnedValue> current, WriteSet* writes) {
    return PlanLogPut(*batches, true, options_.retention_days, current, writes, nullptr);
  };
  return LogChange::SubmitAndWait(engine_, LogPutKeys(*batches), LogPutWeight(*batches),
                                  std::move(plan));
}

// Makes the group if it is not there.
Status LogWriter::FindGroupId(const std::string& name, uint64_t* group_id) {
  PinnedValue row;
  RETURN_IF_ERROR(engine_->Get(Space::kLogEvents, LogGroupKey(name), &row));
  if (row.found()) {
    ASSIGN_OR_RETURN(const LogGroup group, DecodeLogGroup(row.bytes()));
    *group_id = group.group_id;
    return Status::Ok();
  }
  auto plan = [&](std::span<const PinnedValue> current, WriteSet* writes) -> Status {
    LogGroup group;
    if (current[0].found()) {
      ASSIGN_OR_RETURN(group, DecodeLogGroup(current[0].bytes()));
    } else {
      group.name = name;
      group.group_id = writes->TakeSequence();
      group.creation_ms = writes->now_ms();
      PutLogGroup(group, writes);
    }
    *group_id = group.group_id;
    return Status::Ok();
  };
  return LogChange::SubmitAndWait(engine_, {LogGroupKey(name)}, 0, std::move(plan));
}

}  // namespace millrace::streams
