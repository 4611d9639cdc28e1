// The JSON parser and what is asked of parsed values. RapidJSON reads the text; this file checks
// beforehand what RapidJSON does not check, and lays its events out as the tape of nodes.
#include "storage/base/json.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <limits>

#include "storage/base/check.h"
#include "storage/base/json_size.h"
#include "storage/base/utf8.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// RapidJSON's vector code loads aligned blocks that may reach past the end of the buffer. That
// cannot fault, but the sanitizers rightly do not know it, so they get the plain code.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MILLRACE_JSON_EXACT_LOADS
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MILLRACE_JSON_EXACT_LOADS
#endif
#if defined(__SSE2__) && !defined(MILLRACE_JSON_EXACT_LOADS)
#define RAPIDJSON_SSE2
#endif
#define RAPIDJSON_ASSERT(condition) DCHECK(condition)
#include <rapidjson/reader.h>

namespace millrace::json {
namespace {

// Node::span has 29 bits, and no text has more nodes than bytes.
constexpr size_t kTextSizeMax = (size_t{1} << 29) - 1;

// The tapes of larger texts get their memory at once instead of growing into it, which would take
// up to three times as much on the way.
constexpr size_t kGrownTextMax = 4096;

// What a first look over the whole text finds.
struct Findings {
  bool control_character = false;  // one that JSON allows nowhere
  bool non_ascii = false;
  bool backslash = false;
};

bool IsForbiddenControlCharacter(char c) {
  return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

void InspectBytes(const char* data, const char* end, Findings* findings) {
  for (; data < end; ++data) {
    findings->control_character |= IsForbiddenControlCharacter(*data);
    findings->non_ascii |= (static_cast<unsigned char>(*data) & 0x80) != 0;
    findings->backslash |= *data == '\\';
  }
}

// RapidJSON's vector code lets the control characters 0x1A to 0x1F through and takes NUL for the
// end of the text; both are caught here.
Findings Inspect(const char* data, size_t size) {
  Findings findings;
  const char* const end = data + size;
#if defined(__SSE2__)
  const __m128i last_control = _mm_set1_epi8(0x1F);
  const __m128i backslash = _mm_set1_epi8('\\');
  __m128i all_bytes = _mm_setzero_si128();
  __m128i all_backslashes = _mm_setzero_si128();
  for (; end - data >= 16; data += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data));
    all_bytes = _mm_or_si128(all_bytes, block);
    all_backslashes = _mm_or_si128(all_backslashes, _mm_cmpeq_epi8(block, backslash));
    const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(block, last_control), block);
    if (_mm_movemask_epi8(controls) != 0) [[unlikely]] {
      InspectBytes(data, data + 16, &findings);
    }
  }
  findings.non_ascii |= _mm_movemask_epi8(all_bytes) != 0;
  findings.backslash |= _mm_movemask_epi8(all_backslashes) != 0;
#endif
  InspectBytes(data, end, &findings);
  return findings;
}

// The value of the four hexadecimal digits at `data`, or -1.
int ReadHex4(const char* data, const char* end) {
  if (end - data < 4) {
    return -1;
  }
  int value = 0;
  const auto [after, error] = std::from_chars(data, data + 4, value, 16);
  return error == std::errc() && after == data + 4 && *data != '-' ? value : -1;
}

// Whether the text holds the escape of a low surrogate that no high one precedes. RapidJSON refuses
// the opposite case and malformed escapes, but would turn this one into bytes that are not UTF-8.
bool HasLoneLowSurrogate(const char* data, const char* end) {
  bool after_high = false;  // the previous character was a high surrogate's escape
  const char* expected = nullptr;
  while ((data = static_cast<const char*>(std::memchr(data, '\\', end - data))) != nullptr) {
    if (end - data < 2) {
      return false;
    }
    const int unit = data[1] == 'u' ? ReadHex4(data + 2, end) : -1;
    if (unit >= 0xDC00 && unit <= 0xDFFF && !(after_high && data == expected)) {
      return true;
    }
    after_high = unit >= 0xD800 && unit <= 0xDBFF;
    data += unit < 0 ? 2 : 6;
    expected = data;
  }
  return false;
}

Status Invalid(std::string_view reason, size_t offset) {
  std::string message("invalid JSON at byte ");
  message.append(std::to_string(offset)).append(": ").append(reason);
  return Status(StatusCode::kInvalidArgument, message);
}

bool IsDelimiter(char c) { return c == '[' || c == '{' || c == ',' || c == ':'; }

// How many delimiters that values and names stand behind are in a text, strings included.
size_t CountDelimiters(const char* data, size_t size) {
  size_t count = 0;
  const char* const end = data + size;
#if defined(__SSE2__)
  const __m128i comma = _mm_set1_epi8(',');
  const __m128i colon = _mm_set1_epi8(':');
  const __m128i brace = _mm_set1_epi8('{');
  const __m128i case_bit = _mm_set1_epi8(0x20);  // the difference between [ and {
  for (; end - data >= 16; data += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data));
    const __m128i found =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(block, comma), _mm_cmpeq_epi8(block, colon)),
                     _mm_cmpeq_epi8(_mm_or_si128(block, case_bit), brace));
    count += static_cast<size_t>(std::popcount(static_cast<unsigned>(_mm_movemask_epi8(found))));
  }
#endif
  return count + static_cast<size_t>(std::count_if(data, end, IsDelimiter));
}

}  // namespace

// Receives RapidJSON's events and appends them to the tape. Returning false ends the parse, which
// is what bounds RapidJSON's recursion.
class Document::Builder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Builder> {
 public:
  explicit Builder(std::vector<Node>* nodes) : nodes_(nodes) {}

  bool Null() { return Append(nullptr, 0, Type::kNull); }
  bool Bool(bool value) { return Append(nullptr, 0, value ? Type::kTrue : Type::kFalse); }
  bool RawNumber(const char* text, uint32_t size, bool) {
    return Append(text, size, Type::kNumber);
  }
  bool String(const char* text, uint32_t size, bool) { return Append(text, size, Type::kString); }
  bool Key(const char* text, uint32_t size, bool) { return Append(text, size, Type::kString); }
  bool StartObject() { return Open(Type::kObject); }
  bool EndObject(uint32_t members) { return Close(members); }
  bool StartArray() { return Open(Type::kArray); }
  bool EndArray(uint32_t elements) { return Close(elements); }

 private:
  bool Append(const char* text, uint32_t size, Type type) {
    nodes_->push_back({text, size, static_cast<uint32_t>(type), 1});
    return true;
  }

  bool Open(Type type) {
    if (depth_ == kDepthMax) {
      return false;
    }
    open_[depth_++] = static_cast<uint32_t>(nodes_->size());
    return Append(nullptr, 0, type);
  }

  bool Close(uint32_t size) {
    const uint32_t index = open_[--depth_];
    Node& node = (*nodes_)[index];
    node.size = size;
    node.span = static_cast<uint32_t>(nodes_->size() - index) & kTextSizeMax;
    return true;
  }

  std::vector<Node>* const nodes_;
  int depth_ = 0;
  uint32_t open_[kDepthMax];  // where the containers begin that are not closed yet
};

Status Document::Parse(std::span<char> text) {
  nodes_.clear();
  if (text.size() > kTextSizeMax) {
    return Invalid("text too large", 0);
  }
  DCHECK(text.data()[text.size()] == '\0');
  const Findings findings = Inspect(text.data(), text.size());
  if (findings.control_character) {
    return Invalid("control character", 0);
  }
  if (findings.non_ascii && !IsValidUtf8({text.data(), text.size()})) {
    return Invalid("not UTF-8", 0);
  }
  if (findings.backslash && HasLoneLowSurrogate(text.data(), text.data() + text.size())) {
    return Invalid("low surrogate without a high one", 0);
  }
  if (text.size() > kGrownTextMax) {
    nodes_.reserve(ParsedSizeMax({text.data(), text.size()}) / sizeof(Node));
  }
  // RapidJSON's recursive mode: it is 1.6 times as fast as the iterative one and allocates nothing.
  // The builder stops it at kDepthMax levels, so the thread's stack is safe.
  constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;
  Builder builder(&nodes_);
  rapidjson::InsituStringStream stream(text.data());
  rapidjson::Reader reader;
  const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, builder);
  if (result.IsError()) {
    nodes_.clear();
    const bool too_deep = result.Code() == rapidjson::kParseErrorTermination;
    return Invalid(too_deep ? "nested too deeply" : "syntax error", result.Offset());
  }
  return Status::Ok();
}

size_t ParsedSizeMax(std::string_view text) {
  return (CountDelimiters(text.data(), text.size()) + 1) * sizeof(Node);
}

void Document::ShrinkTo(size_t bytes) {
  if (nodes_.capacity() * sizeof(Node) > bytes) {
    std::vector<Node>().swap(nodes_);
  }
}

bool Value::IsFractional() const { return NumberText().find_first_of(".eE") != std::string::npos; }

namespace {

// A JSON number split up. Its value is 0.DIGITS * 10^point, DIGITS being integer and fraction.
struct NumberParts {
  bool negative = false;
  std::string_view integer;
  std::string_view fraction;
  int64_t point = 0;

  size_t digit_count() const { return integer.size() + fraction.size(); }
  int digit(size_t index) const {
    return (index < integer.size() ? integer[index] : fraction[index - integer.size()]) - '0';
  }
};

// The exponent after the 'e', clamped far outside of what can matter.
int64_t ParseExponent(std::string_view text) {
  constexpr int64_t kExponentMax = int64_t{1} << 40;
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') {
    text.remove_prefix(1);
  }
  int64_t exponent = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), exponent).ec != std::errc() ||
      exponent > kExponentMax) {
    exponent = kExponentMax;
  }
  return negative ? -exponent : exponent;
}

NumberParts SplitNumber(std::string_view text) {
  NumberParts parts;
  if (text.front() == '-') {
    parts.negative = true;
    text.remove_prefix(1);
  }
  int64_t exponent = 0;
  const size_t exponent_mark = text.find_first_of("eE");
  if (exponent_mark != std::string_view::npos) {
    exponent = ParseExponent(text.substr(exponent_mark + 1));
    text = text.substr(0, exponent_mark);
  }
  const size_t dot = text.find('.');
  parts.integer = text.substr(0, dot);
  if (dot != std::string_view::npos) {
    parts.fraction = text.substr(dot + 1);
  }
  parts.point = static_cast<int64_t>(parts.integer.size()) + exponent;
  return parts;
}

}  // namespace

int64_t Value::AsInt64() const {
  const std::string_view text = NumberText();
  int64_t value = 0;
  const auto [after, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && after == text.data() + text.size()) {
    return value;
  }
  // The magnitude is cut off at 2^63, which is what INT64_MIN needs and INT64_MAX clamps.
  constexpr uint64_t kMagnitudeMax = uint64_t{1} << 63;
  const NumberParts parts = SplitNumber(text);
  uint64_t magnitude = 0;
  bool remainder = false;
  for (size_t i = 0; i < parts.digit_count(); ++i) {
    const int digit = parts.digit(i);
    if (static_cast<int64_t>(i) >= parts.point) {
      remainder |= digit != 0;
    } else if (magnitude > (kMagnitudeMax - digit) / 10) {
      magnitude = kMagnitudeMax;
    } else {
      magnitude = magnitude * 10 + digit;
    }
  }
  const auto digit_count = static_cast<int64_t>(parts.digit_count());
  for (int64_t i = digit_count; i < parts.point && magnitude != 0 && magnitude < kMagnitudeMax;
       ++i) {
    magnitude = magnitude > kMagnitudeMax / 10 ? kMagnitudeMax : magnitude * 10;
  }
  if (!parts.negative) {
    return magnitude >= kMagnitudeMax ? std::numeric_limits<int64_t>::max()
                                      : static_cast<int64_t>(magnitude);
  }
  if (remainder && magnitude < kMagnitudeMax) {
    ++magnitude;
  }
  return static_cast<int64_t>(~magnitude + 1);
}

Value Value::FindRaw(std::string_view name) const {
  Value found;
  for (const Member member : members()) {
    if (member.name == name) {
      found = member.value;
    }
  }
  return found;
}

Value Value::Find(std::string_view name) const {
  const Value found = FindRaw(name);
  return found.present() && found.IsNull() ? Value() : found;
}

}  // namespace millrace::json
