// Waiting for records: lists of waiters by stream, linked through the waiters, so that the
// committer allocates nothing and looks only at those it wakes.
#include <algorithm>

#include "storage/tables/change_log.h"

namespace millrace::tables {

uint64_t ChangeLog::LastSequenceOf(uint32_t stream_id) const {
  MutexLock lock(&mutex_);
  const auto found = news_.find(stream_id);
  return found == news_.end() ? 0 : found->second.last_sequence;
}

bool ChangeLog::Wait(Waiter* waiter, uint64_t seen) {
  MutexLock lock(&mutex_);
  waiter->state = Waiter::State::kIdle;
  StreamNews& news = news_[waiter->stream_id];
  // What was committed after `seen` has either been noted here, or will be after this lock is let
  // go: no record falls in between.
  if (news.last_sequence > seen) {
    return false;
  }
  waiter->state = Waiter::State::kWaiting;
  waiter->seen = seen;
  waiter->previous = nullptr;
  waiter->next = news.first_waiter;
  if (news.first_waiter != nullptr) {
    news.first_waiter->previous = waiter;
  }
  news.first_waiter = waiter;
  return true;
}

bool ChangeLog::Cancel(Waiter* waiter) {
  MutexLock lock(&mutex_);
  if (waiter->state == Waiter::State::kWaiting) {
    Unlink(&news_[waiter->stream_id], waiter);
    waiter->state = Waiter::State::kIdle;
    return true;
  }
  if (waiter->state == Waiter::State::kIdle) {
    return true;
  }
  // Tasks are posted without the lock, so this one may still be on its way.
  while (posting_) {
    posted_.Wait(&mutex_);
  }
  return false;
}

void ChangeLog::Forget(uint32_t stream_id) {
  MutexLock lock(&mutex_);
  const auto found = news_.find(stream_id);
  if (found != news_.end() && found->second.first_waiter == nullptr) {
    news_.erase(found);
  }
}

void ChangeLog::LogAppended(std::span<const uint32_t> stream_ids, uint64_t last_sequence) {
  {
    MutexLock lock(&mutex_);
    for (const uint32_t stream_id : stream_ids) {
      Note(stream_id, last_sequence);
    }
    Note(0, last_sequence);
    posting_ = !postings_.empty();
    if (!posting_) {
      return;
    }
  }
  // Once its task is posted a waiter may be gone: nothing below looks at one.
  for (Posting& posting : postings_) {
    posting.queue->Post(&posting.tasks);
  }
  postings_.clear();
  MutexLock lock(&mutex_);
  posting_ = false;
  posted_.NotifyAll();
}

void ChangeLog::Note(uint32_t stream_id, uint64_t last_sequence) {
  StreamNews& news = news_[stream_id];
  news.last_sequence = last_sequence;
  for (Waiter* waiter = news.first_waiter; waiter != nullptr;) {
    Waiter* const next = waiter->next;
    // Who has seen these records already, between their becoming visible and now, waits for others.
    if (waiter->seen < last_sequence) {
      Unlink(&news, waiter);
      waiter->state = Waiter::State::kPosted;
      AddToPostings(waiter);
    }
    waiter = next;
  }
}

void ChangeLog::Unlink(StreamNews* news, Waiter* waiter) {
  (waiter->previous != nullptr ? waiter->previous->next : news->first_waiter) = waiter->next;
  if (waiter->next != nullptr) {
    waiter->next->previous = waiter->previous;
  }
  waiter->next = waiter->previous = nullptr;
}

void ChangeLog::AddToPostings(Waiter* waiter) {
  for (Posting& posting : postings_) {
    if (posting.queue == waiter->queue) {
      posting.tasks.PushBack(waiter->task);
      return;
    }
  }
  postings_.push_back({waiter->queue, {}});
  postings_.back().tasks.PushBack(waiter->task);
}

}  // namespace millrace::tables
