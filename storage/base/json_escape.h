// Which bytes of a text can stand in a JSON string as they are, and copying a text while looking.
// Private to the writers of JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace millrace::json {

inline bool NeedsEscape(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

#if defined(__SSE2__)
// All bits set in each byte of `block` that must be escaped.
inline __m128i EscapeMask(__m128i block) {
  const __m128i quotes = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
  const __m128i backslashes = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
  const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1F)), block);
  return _mm_or_si128(_mm_or_si128(quotes, backslashes), controls);
}
#endif

// A bit in each byte of `word` that must be escaped, or above one that must: zero says that none
// must.
inline uint64_t EscapeBits(uint64_t word) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHighBits = 0x8080808080808080;
  const uint64_t quote = word ^ (kOnes * '"');
  const uint64_t backslash = word ^ (kOnes * '\\');
  return ((((word - kOnes * 0x20) & ~word) | ((quote - kOnes) & ~quote) |
           ((backslash - kOnes) & ~backslash)) &
          kHighBits);
}

// CopyPlain for texts of less than 16 bytes: two words that overlap in the middle. Calls to memcpy
// would cost more than the bytes.
template <typename Word>
inline bool CopyPlainWords(char* to, const char* from, size_t size) {
  Word first;
  Word last;
  std::memcpy(&first, from, sizeof(Word));
  std::memcpy(&last, from + size - sizeof(Word), sizeof(Word));
  std::memcpy(to, &first, sizeof(Word));
  std::memcpy(to + size - sizeof(Word), &last, sizeof(Word));
  if constexpr (sizeof(Word) == sizeof(uint64_t)) {
    return (EscapeBits(first) | EscapeBits(last)) == 0;
  } else {
    return EscapeBits(uint64_t{first} << 32 | last) == 0;
  }
}

inline bool CopyPlainShort(char* to, const char* from, size_t size) {
  if (size >= 8) {
    return CopyPlainWords<uint64_t>(to, from, size);
  }
  if (size >= 4) {
    return CopyPlainWords<uint32_t>(to, from, size);
  }
  bool plain = true;
  for (size_t index = 0; index < size; ++index) {
    to[index] = from[index];
    plain = plain && !NeedsEscape(from[index]);
  }
  return plain;
}

// Copies a text and returns whether it can stand in a JSON string as it is; if not, what has been
// copied is of no use. Touches nothing outside [from, from + size) and [to, to + size), which must
// not overlap.
inline bool CopyPlain(char* to, const char* from, size_t size) {
#if defined(__SSE2__)
  if (size >= 16) {
    __m128i found = _mm_setzero_si128();
    for (size_t at = 0;;) {
      const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + at));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to + at), block);
      found = _mm_or_si128(found, EscapeMask(block));
      if (at == size - 16) {
        return _mm_movemask_epi8(found) == 0;
      }
      // The last block reaches back over bytes that have been copied.
      at = at + 32 <= size ? at + 16 : size - 16;
    }
  }
  return CopyPlainShort(to, from, size);
#else
  while (size >= 16) {
    if (!CopyPlainWords<uint64_t>(to, from, 16)) {
      return false;
    }
    to += 16;
    from += 16;
    size -= 16;
  }
  return CopyPlainShort(to, from, size);
#endif
}

// CopyPlain where 16 bytes may be written at `to` whatever the size, and be read up to `from_end`.
inline bool CopyPlainWithRoom(char* to, const char* from, size_t size, const char* from_end) {
#if defined(__SSE2__)
  if (size <= 16 && from_end - from >= 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), block);
    const uint32_t found = static_cast<uint32_t>(_mm_movemask_epi8(EscapeMask(block)));
    return (found & ((1U << size) - 1)) == 0;
  }
#else
  static_cast<void>(from_end);
#endif
  return CopyPlain(to, from, size);
}

}  // namespace millrace::json
