// A fuzz target that must always fail. If a run of it passes, the fuzzing machinery (replay of the
// corpus, coverage feedback, detection of a crash) is broken and no other target can be believed.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  // One byte per branch, so that coverage feedback finds the input within a second.
  if (size_bytes == 4 && data[0] == 'R') {
    if (data[1] == 'U') {
      if (data[2] == 'S') {
        if (data[3] == 'T') std::abort();
      }
    }
  }
  return 0;
}
