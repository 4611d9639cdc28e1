// CHECK guards stored bytes and invariants in every build: a false condition logs and aborts,
// because going on could damage data. DCHECK does the same in debug builds only. User input must
// never reach either.
#pragma once

namespace millrace {

// Prints the failed condition with its place to stderr and aborts.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace millrace

#define CHECK(condition)                                       \
  do {                                                         \
    if (!(condition)) [[unlikely]] {                           \
      ::millrace::CheckFailed(#condition, __FILE__, __LINE__); \
    }                                                          \
  } while (false)

#ifdef NDEBUG
#define DCHECK(condition) \
  do {                    \
    if (false) {          \
      (void)(condition);  \
    }                     \
  } while (false)
#else
#define DCHECK(condition) CHECK(condition)
#endif
