// The one place that knows how sequence numbers are written.
#include "streams/sequence_number.h"

#include <charconv>

namespace millrace::streams {
namespace {

constexpr char kLeadingDigit = '1';

}  // namespace

void AppendSequenceNumber(uint64_t sequence, std::string* out) {
  const size_t start = out->size();
  out->resize(start + kSequenceNumberSize);
  char* const digits = out->data() + start;
  for (size_t place = kSequenceNumberSize - 1; place > 0; --place) {
    digits[place] = static_cast<char>('0' + sequence % 10);
    sequence /= 10;
  }
  digits[0] = kLeadingDigit;
}

std::string FormatSequenceNumber(uint64_t sequence) {
  std::string text;
  AppendSequenceNumber(sequence, &text);
  return text;
}

std::optional<uint64_t> ParseSequenceNumber(std::string_view text) {
  if (text.size() != kSequenceNumberSize || text.front() != kLeadingDigit) {
    return std::nullopt;
  }
  uint64_t sequence = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + 1, end, sequence);
  if (error != std::errc() || stop != end) {
    return std::nullopt;
  }
  return sequence;
}

}  // namespace millrace::streams
