// The queues in memory, and the calls on their way to commits. Receiving is in receiver.cc.
#include "streams/queues/queue_store.h"

#include <map>
#include <utility>

#include "storage/base/base64.h"
#include "storage/base/bytes.h"
#include "storage/base/digest.h"
#include "storage/base/mutex.h"
#include "storage/codec/queue_codec.h"
#include "streams/queues/call_task.h"
#include "streams/queues/queue_changes.h"
#include "streams/queues/queue_maintenance.h"
#include "streams/queues/queue_mutations.h"
#include "streams/queues/queue_rows.h"
#include "streams/queues/receiver.h"

namespace millrace::streams {
namespace {

constexpr size_t kHandleSize = 4 + 8 + 8 + 4;

}  // namespace

std::string FormatReceiptHandle(const ReceiptHandle& handle) {
  std::string bytes;
  AppendBigEndian32(&bytes, handle.queue_id);
  AppendBigEndian64(&bytes, handle.number);
  AppendBigEndian64(&bytes, handle.receipt);
  AppendBigEndian32(&bytes, Crc32(bytes));
  std::string text;
  EncodeBase64(bytes, &text);
  return text;
}

bool ParseReceiptHandle(std::string_view text, ReceiptHandle* handle) {
  std::string bytes;
  if (DecodeBase64(text, &bytes) != Base64Error::kNone || bytes.size() != kHandleSize) {
    return false;
  }
  const std::string_view content = std::string_view(bytes).substr(0, kHandleSize - 4);
  handle->queue_id = LoadBigEndian32(bytes.data());
  handle->number = LoadBigEndian64(bytes.data() + 4);
  handle->receipt = LoadBigEndian64(bytes.data() + 12);
  return LoadBigEndian32(bytes.data() + content.size()) == Crc32(content);
}

class QueueStore::Impl {
 public:
  Impl(engine::Engine* engine, const Clock* clock, Random* random, const QueueStoreOptions& options)
      : engine_(engine),
        clock_(clock),
        random_(random),
        options_(options),
        receiver_(engine, clock, [this](std::string_view arn) { return FindByArn(arn); }) {}

  Status Load() {
    const std::string from = QueueKindBegin(QueueRowKind::kQueue);
    const std::string to = QueueKindEnd(QueueRowKind::kQueue);
    engine::ScanRange range;
    range.space = engine::Space::kQueues;
    range.from = from;
    range.to = to;
    const std::unique_ptr<engine::Scanner> rows = engine_->Scan(range);
    for (; rows->Valid(); rows->Next()) {
      ASSIGN_OR_RETURN(QueueDescriptor queue, DecodeQueueDescriptor(rows->value()));
      if (QueueRowKey(queue.name) != rows->key()) {
        return Status(StatusCode::kCorruption, "the stored queue " + queue.name + " is damaged");
      }
      Publish(std::move(queue));
    }
    return rows->status();
  }

  QueuePointer Find(std::string_view name) const EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    const auto found = queues_.find(name);
    return found == queues_.end() ? nullptr : found->second;
  }

  QueuePointer FindByArn(std::string_view arn) const {
    const std::string prefix = ArnOf("");
    return arn.starts_with(prefix) ? Find(arn.substr(prefix.size())) : nullptr;
  }

  std::string ArnOf(std::string_view name) const {
    return std::string("arn:aws:sqs:")
        .append(options_.region)
        .append(":")
        .append(options_.account)
        .append(":")
        .append(name);
  }

  std::vector<std::string> List(std::string_view prefix, std::string_view after, size_t count,
                                bool* more) const EXCLUDES(mutex_) {
    *more = false;
    std::vector<std::string> names;
    MutexLock lock(&mutex_);
    auto next = after.empty() ? queues_.lower_bound(prefix) : queues_.upper_bound(after);
    for (; next != queues_.end() && next->first.starts_with(prefix); ++next) {
      if (names.size() == count) {
        *more = true;
        break;
      }
      names.push_back(next->first);
    }
    return names;
  }

  std::vector<QueuePointer> All() const EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    std::vector<QueuePointer> queues;
    for (const auto& [name, queue] : queues_) {
      queues.push_back(queue);
    }
    return queues;
  }

  void Change(QueueChangeKind kind, QueueDescriptor queue, QueueEdit edit, TaskQueue* home,
              QueueDone done) {
    auto published = [this, kind, home, done](const Status& status,
                                              const QueueChangeMutation::Outcome& outcome) {
      Result<QueuePointer> result = status.ok() ? Result<QueuePointer>(PublishChange(kind, outcome))
                                                : Result<QueuePointer>(status);
      PostCall(home, [done, result = std::move(result)]() mutable { done(std::move(result)); });
    };
    auto* const mutation = new QueueChangeMutation(
        kind, std::move(queue), std::move(edit), [this](uint32_t queue_id) { Retire(queue_id); },
        published);
    const Status status = engine_->Submit(mutation);
    if (!status.ok()) {
      mutation->Complete(status);
    }
  }

  void Send(QueuePointer queue, std::vector<SendEntry> entries, TaskQueue* home, SendDone done) {
    const std::string name = queue->descriptor.name;
    auto sent = [this, name, home, done](const Status& status, std::vector<SendOutcome> outcomes,
                                         SendMutation* mutation) {
      if (status.code() == StatusCode::kSchemaChanged) {
        // Purged meanwhile: the messages go to the queue as it is now.
        const QueuePointer current = Find(name);
        if (current == nullptr) {
          done(Status(StatusCode::kNotFound, "the queue was deleted"));
        } else {
          Send(current, std::move(mutation->entries()), home, done);
        }
        return;
      }
      if (!status.ok()) {
        done(status);
        return;
      }
      receiver_.NoteNews(mutation->queue()->descriptor.queue_id);
      done(std::move(outcomes));
    };
    auto* const mutation =
        new SendMutation(std::move(queue), std::move(entries), random_, home, std::move(sent));
    const Status status = engine_->Submit(mutation);
    if (!status.ok()) {
      mutation->Complete(status);
    }
  }

  void ChangeHandles(QueuePointer queue, std::vector<VisibilityChange> changes, bool deletes,
                     TaskQueue* home, HandlesDone done) {
    const size_t count = changes.size();
    const uint32_t queue_id = queue->descriptor.queue_id;
    auto changed = [this, count, queue_id, deletes,
                    done](Result<std::vector<HandleOutcome>> outcomes) {
      if (outcomes.status().code() == StatusCode::kSchemaChanged) {
        // All messages that the handles could mean are gone.
        done(std::vector<HandleOutcome>(
            count, deletes ? HandleOutcome::kDone : HandleOutcome::kNotInFlight));
        return;
      }
      // A deleted message may have kept back its group, a changed one may be visible at once.
      receiver_.NoteNews(queue_id);
      done(std::move(outcomes));
    };
    auto* const mutation = new HandlesMutation(std::move(queue), std::move(changes), deletes, home,
                                               std::move(changed));
    const Status status = engine_->Submit(mutation);
    if (!status.ok()) {
      mutation->Complete(status);
    }
  }

  engine::Engine* const engine_;
  const Clock* const clock_;
  Random* const random_;

 private:
  void Publish(QueueDescriptor descriptor) EXCLUDES(mutex_) {
    auto queue = std::make_shared<Queue>();
    queue->arn = ArnOf(descriptor.name);
    queue->descriptor = std::move(descriptor);
    MutexLock lock(&mutex_);
    QueuePointer& published = queues_[queue->descriptor.name];
    queue->retired =
        published != nullptr && published->descriptor.queue_id == queue->descriptor.queue_id
            ? published->retired
            : std::make_shared<std::atomic<bool>>(false);
    published = std::move(queue);
  }

  // Called by plans, in commit order, for a queue id that is published or, when it was planned in
  // the same commit group, not yet: nobody can have a pointer to that one.
  void Retire(uint32_t queue_id) EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    for (const auto& [name, queue] : queues_) {
      if (queue->descriptor.queue_id == queue_id) {
        queue->retired->store(true, std::memory_order_release);
      }
    }
  }

  QueuePointer PublishChange(QueueChangeKind kind, const QueueChangeMutation::Outcome& outcome)
      EXCLUDES(mutex_) {
    const std::string& name = outcome.descriptor.name;
    if (kind != QueueChangeKind::kDelete) {
      Publish(outcome.descriptor);
      return Find(name);
    }
    MutexLock lock(&mutex_);
    const auto found = queues_.find(name);
    QueuePointer last = found == queues_.end() ? nullptr : found->second;
    if (found != queues_.end()) {
      queues_.erase(found);
    }
    return last;
  }

  const QueueStoreOptions options_;
  mutable Mutex mutex_;
  std::map<std::string, QueuePointer, std::less<>> queues_ GUARDED_BY(mutex_);

 public:
  Receiver receiver_;  // last: its thread uses the others
};

QueueStore::QueueStore(engine::Engine* engine, const Clock* clock, Random* random,
                       const QueueStoreOptions& options)
    : impl_(std::make_unique<Impl>(engine, clock, random, options)) {}

QueueStore::~QueueStore() = default;

Status QueueStore::Load() { return impl_->Load(); }
void QueueStore::Start() { impl_->receiver_.Start(); }
void QueueStore::EndWaits() { impl_->receiver_.EndWaits(); }
void QueueStore::Stop() { impl_->receiver_.Stop(); }
void QueueStore::Wake() { impl_->receiver_.Wake(); }

QueuePointer QueueStore::Find(std::string_view name) const { return impl_->Find(name); }
QueuePointer QueueStore::FindByArn(std::string_view arn) const { return impl_->FindByArn(arn); }
std::string QueueStore::ArnOf(std::string_view name) const { return impl_->ArnOf(name); }

std::vector<std::string> QueueStore::List(std::string_view prefix, std::string_view after,
                                          size_t count, bool* more) const {
  return impl_->List(prefix, after, count, more);
}

std::vector<QueuePointer> QueueStore::SourcesOf(std::string_view arn) const {
  std::vector<QueuePointer> sources;
  for (QueuePointer& queue : impl_->All()) {
    if (queue->descriptor.settings.redrive_target_arn == arn) {
      sources.push_back(std::move(queue));
    }
  }
  return sources;
}

void QueueStore::Create(QueueDescriptor queue, TaskQueue* home, QueueDone done) {
  impl_->Change(QueueChangeKind::kCreate, std::move(queue), nullptr, home, std::move(done));
}

void QueueStore::Update(std::string_view name, QueueEdit edit, TaskQueue* home, QueueDone done) {
  QueueDescriptor queue;
  queue.name = name;
  impl_->Change(QueueChangeKind::kUpdate, std::move(queue), std::move(edit), home, std::move(done));
}

void QueueStore::Delete(std::string_view name, TaskQueue* home, QueueDone done) {
  QueueDescriptor queue;
  queue.name = name;
  impl_->Change(QueueChangeKind::kDelete, std::move(queue), nullptr, home, std::move(done));
}

void QueueStore::Purge(std::string_view name, TaskQueue* home, QueueDone done) {
  QueueDescriptor queue;
  queue.name = name;
  impl_->Change(QueueChangeKind::kPurge, std::move(queue), nullptr, home, std::move(done));
}

void QueueStore::Send(QueuePointer queue, std::vector<SendEntry> entries, TaskQueue* home,
                      SendDone done) {
  impl_->Send(std::move(queue), std::move(entries), home, std::move(done));
}

void QueueStore::Receive(ReceiveRequest request, TaskQueue* home, ReceiveDone done) {
  impl_->receiver_.Receive(std::move(request), home, std::move(done));
}

void QueueStore::DeleteMessages(QueuePointer queue, std::vector<ReceiptHandle> handles,
                                TaskQueue* home, HandlesDone done) {
  std::vector<VisibilityChange> changes;
  for (const ReceiptHandle& handle : handles) {
    changes.push_back({handle, 0});
  }
  impl_->ChangeHandles(std::move(queue), std::move(changes), true, home, std::move(done));
}

void QueueStore::ChangeVisibility(QueuePointer queue, std::vector<VisibilityChange> changes,
                                  TaskQueue* home, HandlesDone done) {
  impl_->ChangeHandles(std::move(queue), std::move(changes), false, home, std::move(done));
}

Result<QueueCounts> QueueStore::Counts(const Queue& queue) const {
  return CountMessages(*impl_->engine_, queue.descriptor, impl_->clock_->NowMs());
}

Status QueueStore::RunMaintenance(const std::atomic<bool>& stop) {
  const int64_t now_ms = impl_->clock_->NowMs();
  RETURN_IF_ERROR(DropRetiredQueues(impl_->engine_, stop));
  RETURN_IF_ERROR(ForgetDeduplication(impl_->engine_, now_ms, stop));
  for (const QueuePointer& queue : impl_->All()) {
    RETURN_IF_ERROR(RemoveExpiredMessages(impl_->engine_, queue, now_ms, stop));
  }
  return Status::Ok();
}

}  // namespace millrace::streams
