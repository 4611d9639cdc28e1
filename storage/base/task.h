// Tasks and where they run. A Task is an intrusive node, so handing work from one thread to another
// allocates nothing: the object that owns the work (a request, a commit) derives from Task and
// queues itself.
#pragma once

namespace millrace {

// A piece of work that runs once each time it is posted. Not thread-safe: it may be in one queue at
// a time.
class Task {
 public:
  virtual ~Task() = default;
  // Runs on the thread of the queue it was posted to. May destroy the task.
  virtual void Run() = 0;

 private:
  friend class TaskList;
  Task* next_ = nullptr;
};

// A first-in first-out list of tasks, linked through the tasks themselves. Not thread-safe.
class TaskList {
 public:
  bool empty() const { return first_ == nullptr; }

  void PushBack(Task* task) {
    task->next_ = nullptr;
    if (last_ == nullptr) {
      first_ = task;
    } else {
      last_->next_ = task;
    }
    last_ = task;
  }

  // Removes and returns the first task, or nullptr.
  Task* PopFront() {
    Task* task = first_;
    if (task != nullptr) {
      first_ = task->next_;
      if (first_ == nullptr) {
        last_ = nullptr;
      }
      task->next_ = nullptr;
    }
    return task;
  }

  // Moves all of `other` behind what is here.
  void Splice(TaskList* other) {
    if (other->first_ == nullptr) {
      return;
    }
    if (last_ == nullptr) {
      first_ = other->first_;
    } else {
      last_->next_ = other->first_;
    }
    last_ = other->last_;
    other->first_ = other->last_ = nullptr;
  }

 private:
  Task* first_ = nullptr;
  Task* last_ = nullptr;
};

// A place where tasks run, one after the other, on one thread. An I/O thread is one.
class TaskQueue {
 public:
  virtual ~TaskQueue() = default;
  // Queues all of `tasks` in order and wakes the thread at most once. Thread-safe. `tasks` is empty
  // afterwards.
  virtual void Post(TaskList* tasks) = 0;

  void PostOne(Task* task) {
    TaskList list;
    list.PushBack(task);
    Post(&list);
  }
};

}  // namespace millrace
