// How far the expired items of a table have been swept. Writers and the sweeper share it.
#pragma once

#include <atomic>
#include <cstdint>

namespace millrace::tables {

// The sweeper goes on from where it stopped, because the entries in front of that are deleted and
// walking over what is left of them costs as much as they did. An item that is written with a time
// in front of that place must make it go back.
struct ExpiryWatermark {
  // Entries in front of this time, in seconds since 1970, have been swept, or are being swept now.
  std::atomic<int64_t> swept_until{INT64_MIN};
  // The earliest time in front of that place that an item was written with since.
  std::atomic<int64_t> go_back_to{INT64_MAX};

  // Called by plans, on the committer thread.
  void NoteWritten(int64_t expiry_seconds) {
    if (expiry_seconds < swept_until.load() && expiry_seconds < go_back_to.load()) {
      GoBack(expiry_seconds);
    }
  }
  void GoBack(int64_t expiry_seconds) {
    int64_t known = go_back_to.load();
    while (expiry_seconds < known && !go_back_to.compare_exchange_weak(known, expiry_seconds)) {
    }
  }
};

}  // namespace millrace::tables
