// The thread that writes the audit log.
#include "server/audit/audit_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "storage/base/log.h"

namespace millrace::server {

Status AuditLog::Open() {
  if (path_ == "-") {
    descriptor_ = STDERR_FILENO;
    return Status::Ok();
  }
  const int descriptor = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  struct stat status;
  if (descriptor < 0 || fstat(descriptor, &status) != 0) {
    const std::string why = std::strerror(errno);
    if (descriptor >= 0) {
      close(descriptor);
    }
    return Status(StatusCode::kIoError, "cannot open the audit log " + path_ + ": " + why);
  }
  if (descriptor_ >= 0) {
    close(descriptor_);
  }
  descriptor_ = descriptor;
  inode_ = status.st_ino;
  return Status::Ok();
}

Status AuditLog::Start() {
  RETURN_IF_ERROR(Open());
  thread_ = std::thread([this] { Loop(); });
  return Status::Ok();
}

void AuditLog::Stop() {
  if (!thread_.joinable()) {
    return;
  }
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  wake_.NotifyAll();
  thread_.join();
  if (descriptor_ >= 0 && descriptor_ != STDERR_FILENO) {
    close(descriptor_);
  }
  descriptor_ = -1;
}

void AuditLog::Append(std::string_view line) {
  {
    MutexLock lock(&mutex_);
    if (stopping_ || waiting_.size() + line.size() >= kWaitingBytesMax) {
      dropped_count_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    waiting_.append(line).push_back('\n');
    ++waiting_lines_;
  }
  wake_.NotifyOne();
}

void AuditLog::Complain(std::string_view what) {
  if (!std::exchange(complained_, true)) {
    Log(LogLevel::kError,
        "the audit log cannot be written, and lines of it are lost: " + std::string(what));
  }
}

void AuditLog::Follow() {
  struct stat status;
  if (descriptor_ == STDERR_FILENO ||
      (descriptor_ >= 0 && stat(path_.c_str(), &status) == 0 && status.st_ino == inode_)) {
    return;
  }
  if (const Status opened = Open(); !opened.ok()) {
    Complain(opened.message());
  }
}

void AuditLog::Write(const std::string& text, uint64_t line_count) {
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = write(descriptor_, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      Complain(std::strerror(errno));
      dropped_count_.fetch_add(line_count, std::memory_order_relaxed);
      return;
    }
    written += static_cast<size_t>(count);
  }
  if (std::exchange(complained_, false)) {
    Log(LogLevel::kInfo, "the audit log can be written again");
  }
}

void AuditLog::Loop() {
  std::string text;
  uint64_t reported = 0;
  for (;;) {
    uint64_t line_count = 0;
    bool stopping = false;
    {
      MutexLock lock(&mutex_);
      while (!stopping_ && waiting_.empty()) {
        wake_.Wait(&mutex_);
      }
      stopping = stopping_;
      text.clear();
      text.swap(waiting_);
      line_count = std::exchange(waiting_lines_, 0);
    }
    if (!text.empty()) {
      Follow();
      Write(text, line_count);
    }
    if (const uint64_t dropped = dropped_count(); dropped != reported) {
      Log(LogLevel::kError,
          std::to_string(dropped) + " lines of the audit log are lost since the start");
      reported = dropped;
    }
    if (stopping) {
      return;
    }
  }
}

}  // namespace millrace::server
