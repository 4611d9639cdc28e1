// Dates and request ids.
#include "server/gate/thread_state.h"

#include <array>
#include <bit>
#include <chrono>
#include <cstdio>
#include <cstring>

namespace millrace::server {
namespace {

// All pairs of the 32 characters of a request id, so that one look-up makes two characters.
constexpr std::array<char, 2048> MakeIdPairs() {
  constexpr char kAlphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
  std::array<char, 2048> pairs{};
  for (size_t pair = 0; pair < 1024; ++pair) {
    pairs[2 * pair] = kAlphabet[pair / 32];
    pairs[2 * pair + 1] = kAlphabet[pair % 32];
  }
  return pairs;
}

constexpr std::array<char, 2048> kIdPairs = MakeIdPairs();

}  // namespace

ThreadState::ThreadState(const Clock* clock, Random* random)
    : clock_(clock), random_state_{random->Next64(), random->Next64() | 1} {
  RefreshDate();
}

void ThreadState::RefreshDate() {
  constant_headers_ = "Server: Millrace\r\nDate: ";
  constant_headers_ += FormatHttpDate(clock_->NowMs() / 1000);
  constant_headers_ += "\r\n";
}

void ThreadState::AppendRequestId(std::string* out) {
  constexpr int kBitsPerPair = 10;
  constexpr size_t kPairsPerDraw = 6;
  char text[kRequestIdSize];
  uint64_t bits = 0;
  for (size_t pair = 0; pair < kRequestIdSize / 2; ++pair) {
    if (pair % kPairsPerDraw == 0) {
      // xoroshiro128+: ids must not repeat, but they need not be secret. Its lowest bits are the
      // weak ones, and they are not used.
      const uint64_t first = random_state_[0];
      const uint64_t second = random_state_[1] ^ first;
      bits = (first + random_state_[1]) >> 4;
      random_state_[0] = std::rotl(first, 24) ^ second ^ (second << 16);
      random_state_[1] = std::rotl(second, 37);
    }
    std::memcpy(text + 2 * pair, kIdPairs.data() + 2 * (bits & ((1 << kBitsPerPair) - 1)), 2);
    bits >>= kBitsPerPair;
  }
  out->append(text, kRequestIdSize);
}

std::string FormatHttpDate(int64_t epoch_seconds) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_seconds time{std::chrono::seconds(epoch_seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  char text[64];
  const int size = std::snprintf(
      text, sizeof(text), "%s, %02u %s %04d %02d:%02d:%02d GMT",
      kDays[std::chrono::weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
      kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return std::string(text, static_cast<size_t>(size));
}

}  // namespace millrace::server
