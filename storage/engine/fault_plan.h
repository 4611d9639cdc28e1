// Which file operations go wrong, and how: the faults, their form as text, and the counting that
// finds the operation that is hit. For tests; linked into no release build.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"

namespace millrace::engine {

enum class FileOperation { kCreate, kRead, kWrite, kSync };

// One thing that goes wrong.
struct Fault {
  enum class Effect {
    kFail,      // EIO, nothing is done
    kShort,     // kWrite: half of the bytes are written, then EIO
    kNoSpace,   // kCreate, kWrite, kSync: ENOSPC
    kFlip,      // kRead: one bit of the bytes is wrong
    kPowerCut,  // kSync: nothing of the operation happens, nor of any later one
  };
  Effect effect = Effect::kFail;
  FileOperation operation = FileOperation::kWrite;
  std::string file;    // part of the path; empty: every file. The path of a folder ends in '/'
  uint64_t first = 1;  // of the operations that match, the first that is hit
  uint64_t count = 1;  // how many are hit; 0: all from there on
  uint64_t bytes = 0;  // kNoSpace: hits when so many bytes have been written, instead of `first`
  // kPowerCut: 0 loses everything that was not synced; any other number keeps a part of it, chosen
  // by that number.
  uint64_t torn_seed = 0;
};

// Reads one fault a line, `#` begins a comment. kInvalidArgument names the line.
//
//   fail|short|no_space|flip|power_cut [create|read|write|sync] [NAME=VALUE ...]
//
// with the names of Fault's fields, e.g. "fail read file=.sst first=3 count=0" or
// "power_cut first=120 torn_seed=7". Left out, the operation is the one that the effect is for.
Result<std::vector<Fault>> ParseFaults(std::string_view text);

// What is to become of one operation.
struct FaultDecision {
  bool hit = false;
  Fault::Effect effect = Fault::Effect::kFail;
  size_t bytes_allowed = 0;  // of a write
  uint64_t torn_seed = 0;
};

// Counts operations against faults. Not thread-safe.
class FaultCounter {
 public:
  // Begins to count anew.
  void Set(std::vector<Fault> faults);
  // Counts one operation; `size`: bytes of a write.
  FaultDecision Count(FileOperation operation, std::string_view path, size_t size);
  uint64_t hits() const { return hits_; }

 private:
  struct Counted {
    Fault fault;
    uint64_t operations = 0;
    uint64_t bytes = 0;
  };
  std::vector<Counted> faults_;
  uint64_t hits_ = 0;
};

}  // namespace millrace::engine
