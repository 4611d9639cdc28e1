// The folder of a database: that it is ours, that nobody else has it open, and whether its making
// was finished. All of this is known before RocksDB touches anything.
//
// Two small files lie beside RocksDB's: MILLRACE (the marker: one line of text) and MILLRACE.lock
// (held with flock).
#pragma once

#include <memory>
#include <string>

#include "storage/base/status.h"

namespace millrace::engine {

// Holds the folder for this process from Open until destruction. Not thread-safe.
class DataDirectory {
 public:
  // Makes the folder (and its parents) if it is not there, and takes its lock. kFailedPrecondition
  // when another process, or another database object of this one, holds it. kCorruption when the
  // folder has other contents, or was written by a version newer than `format_version`; nothing in
  // it is changed then.
  static Result<std::unique_ptr<DataDirectory>> Open(const std::string& path,
                                                     uint32_t format_version);
  ~DataDirectory();
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;

  const std::string& path() const { return path_; }
  // Whether a database has been made here and must therefore be complete. False for a new folder,
  // and for one in which an earlier process died before it was done.
  bool established() const { return established_; }
  // Records, durably, that the database is complete.
  Status MarkEstablished();

 private:
  DataDirectory(std::string path, uint32_t format_version)
      : path_(std::move(path)), format_version_(format_version) {}
  Status Prepare();
  Status Lock();
  Status CheckContents(bool* marker_found);
  Status ReadMarker();
  Status WriteMarker(bool established);

  const std::string path_;
  const uint32_t format_version_;
  int lock_descriptor_ = -1;
  bool established_ = false;
};

}  // namespace millrace::engine
