// The JSON writer: escaping and numbers. Structure is inline in the header.
#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "storage/base/base64.h"
#include "storage/base/check.h"
#include "storage/base/json.h"
#include "storage/base/json_escape.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace millrace::json {
namespace {

// The first byte in [data, end) that cannot stand in a JSON string as it is, or `end`.
const char* FindEscape(const char* data, const char* end) {
#if defined(__SSE2__)
  const char* const begin = data;
  for (; end > data && end - begin >= 16; data += 16) {
    // The last block reaches back over bytes that have been looked at and need no escape.
    data = std::min(data, end - 16);
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(EscapeMask(block)));
    if (mask != 0) {
      return data + std::countr_zero(mask);
    }
  }
#endif
  while (data < end && !NeedsEscape(*data)) {
    ++data;
  }
  return data;
}

void AppendEscape(std::string* out, char c) {
  static constexpr char kDigits[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out->append("\\\"", 2);
      return;
    case '\\':
      out->append("\\\\", 2);
      return;
    case '\b':
      out->append("\\b", 2);
      return;
    case '\f':
      out->append("\\f", 2);
      return;
    case '\n':
      out->append("\\n", 2);
      return;
    case '\r':
      out->append("\\r", 2);
      return;
    case '\t':
      out->append("\\t", 2);
      return;
    default:
      break;
  }
  const char escape[] = {'\\', 'u', '0', '0', kDigits[c >> 4], kDigits[c & 0x0F]};
  out->append(escape, sizeof(escape));
}

}  // namespace

void AppendQuoted(std::string* out, std::string_view before, std::string_view text,
                  std::string_view after) {
  const size_t start = out->size();
  out->resize(start + before.size() + text.size() + after.size() + 2);
  char* at = out->data() + start;
  at = std::copy_n(before.data(), before.size(), at);
  *at++ = '"';
  if (!CopyPlain(at, text.data(), text.size())) [[unlikely]] {
    out->resize(start + before.size());
    AppendQuoted(out, text);
    out->append(after);
    return;
  }
  at += text.size();
  *at++ = '"';
  std::copy_n(after.data(), after.size(), at);
}

void AppendQuoted(std::string* out, std::string_view text) {
  const char* data = text.data();
  const char* const end = data + text.size();
  out->push_back('"');
  while (true) {
    const char* const escape = FindEscape(data, end);
    out->append(data, escape - data);
    if (escape == end) {
      break;
    }
    AppendEscape(out, *escape);
    data = escape + 1;
  }
  out->push_back('"');
}

void Writer::AppendQuoted(std::string_view text) { json::AppendQuoted(out_, {}, text, {}); }

void Writer::Base64(std::string_view bytes) {
  Separate();
  out_->push_back('"');
  EncodeBase64(bytes, out_);
  out_->push_back('"');
  comma_ = true;
}

void Writer::Int(int64_t value) {
  std::array<char, 24> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  Raw({buffer.data(), static_cast<size_t>(result.ptr - buffer.data())});
}

void Writer::Double(double value) {
  DCHECK(std::isfinite(value));
  // Enough for the smallest denormal: 324 zeros, 17 digits, sign and point.
  std::array<char, 400> buffer;
  char* const begin = buffer.data();
  char* end = std::to_chars(begin, begin + buffer.size() - 2, value, std::chars_format::fixed).ptr;
  if (std::string_view(begin, end - begin).find('.') == std::string_view::npos) {
    *end++ = '.';
    *end++ = '0';
  }
  Raw({begin, static_cast<size_t>(end - begin)});
}

void Writer::TimestampMs(int64_t epoch_ms) {
  const bool negative = epoch_ms < 0;
  const uint64_t magnitude =
      negative ? ~static_cast<uint64_t>(epoch_ms) + 1 : static_cast<uint64_t>(epoch_ms);
  std::array<char, 32> buffer;
  char* end = buffer.data();
  if (negative) {
    *end++ = '-';
  }
  end = std::to_chars(end, buffer.data() + buffer.size(), magnitude / 1000).ptr;
  const auto fraction = static_cast<int>(magnitude % 1000);
  const int digits[] = {fraction / 100, fraction / 10 % 10, fraction % 10};
  const int count = digits[2] != 0 ? 3 : digits[1] != 0 ? 2 : 1;
  *end++ = '.';
  for (int i = 0; i < count; ++i) {
    *end++ = static_cast<char>('0' + digits[i]);
  }
  Raw({buffer.data(), static_cast<size_t>(end - buffer.data())});
}

}  // namespace millrace::json
