// A mutator for sequences of requests with JSON bodies, linked into targets that name it: besides
// what libFuzzer does to bytes, it moves, copies, removes and replaces whole values, members and
// requests, so that most inputs stay well formed and get past the first parser.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t size_max);

namespace {

constexpr std::string_view kSeparator = "\n---\n";
// Values that stand at the border of something.
constexpr std::string_view kValues[] = {"0",
                                        "-1",
                                        "1",
                                        "9223372036854775808",
                                        "1e400",
                                        "0.5",
                                        "null",
                                        "true",
                                        "false",
                                        "[]",
                                        "{}",
                                        "\"\"",
                                        "\"a\"",
                                        "\"\\u0000\"",
                                        "\"\\ud800\"",
                                        "{\"S\":\"a\"}",
                                        "{\"N\":\"1\"}",
                                        "{\"N\":\"9.9999999999999999999999999999999999999E+125\"}",
                                        "{\"N\":\"-1E-130\"}",
                                        "{\"B\":\"YQ==\"}",
                                        "{\"SS\":[\"a\",\"b\"]}",
                                        "{\"L\":[]}",
                                        "{\"M\":{}}",
                                        "{\"NULL\":true}",
                                        "{\"BOOL\":false}"};

struct Span {
  size_t begin = 0;
  size_t end = 0;
};

size_t EndOfString(std::string_view text, size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    at += text[at] == '\\' ? 1 : 0;
  }
  return std::min(at + 1, text.size());
}

// Behind the value that begins at `at`.
size_t EndOfValue(std::string_view text, size_t at) {
  int depth = 0;
  while (at < text.size()) {
    const char character = text[at];
    if (character == '"') {
      at = EndOfString(text, at);
    } else if (character == '{' || character == '[') {
      ++depth;
      ++at;
      continue;
    } else if (character == '}' || character == ']') {
      if (--depth < 0) {
        return at;
      }
      ++at;
    } else if (depth == 0) {
      return std::min(text.find_first_of(",]}\n", at), text.size());
    } else {
      ++at;
      continue;
    }
    if (depth == 0) {
      return at;
    }
  }
  return text.size();
}

// Values; members and elements are what begins behind a bracket or a comma.
std::vector<Span> Find(std::string_view text, std::string_view before) {
  std::vector<Span> spans;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      at = EndOfString(text, at);
      continue;
    }
    if (before.find(text[at]) != std::string_view::npos && at + 1 < text.size()) {
      size_t end = EndOfValue(text, at + 1);
      if (end < text.size() && text[end] == ':') {
        end = EndOfValue(text, end + 1);
      }
      if (end > at + 1) {
        spans.push_back({at + 1, end});
      }
    }
    ++at;
  }
  return spans;
}

class Mutation {
 public:
  Mutation(std::string text, unsigned seed) : text_(std::move(text)), random_(seed) {}

  std::string Run() {
    for (size_t count = 1 + Below(3); count > 0; --count) {
      switch (Below(7)) {
        case 0:
          ReplaceValue();
          break;
        case 1:
          RemoveMember();
          break;
        case 2:
          CopyMember();
          break;
        case 3:
          ChangeBytesOfValue();
          break;
        case 4:
          MoveRequest();
          break;
        case 5:
          CopyValue();
          break;
        default:
          ChangeLine();
          break;
      }
    }
    return std::move(text_);
  }

 private:
  size_t Below(size_t bound) { return random_() % bound; }
  const Span& One(const std::vector<Span>& spans) { return spans[Below(spans.size())]; }

  void ReplaceValue() {
    const std::vector<Span> values = Find(text_, ":[");
    if (!values.empty()) {
      const Span span = One(values);
      text_.replace(span.begin, span.end - span.begin, kValues[Below(std::size(kValues))]);
    }
  }
  void CopyValue() {
    const std::vector<Span> values = Find(text_, ":[");
    if (!values.empty()) {
      const Span from = One(values);
      const Span to = One(values);
      text_.replace(to.begin, to.end - to.begin, text_.substr(from.begin, from.end - from.begin));
    }
  }
  void RemoveMember() {
    const std::vector<Span> members = Find(text_, "{[,");
    if (!members.empty()) {
      Span span = One(members);
      if (span.end < text_.size() && text_[span.end] == ',') {
        ++span.end;
      } else if (text_[span.begin - 1] == ',') {
        --span.begin;
      }
      text_.erase(span.begin, span.end - span.begin);
    }
  }
  void CopyMember() {
    const std::vector<Span> members = Find(text_, "{[,");
    if (!members.empty()) {
      const Span from = One(members);
      const Span to = One(members);
      text_.insert(to.begin, text_.substr(from.begin, from.end - from.begin) + ",");
    }
  }
  void ChangeBytesOfValue() {
    const std::vector<Span> values = Find(text_, ":[");
    if (values.empty()) {
      return;
    }
    Span span = One(values);
    if (text_[span.begin] == '"' && span.end - span.begin > 2) {
      ++span.begin;
      --span.end;
    }
    std::string bytes = text_.substr(span.begin, span.end - span.begin);
    const size_t size = bytes.size();
    bytes.resize(size + 16);
    bytes.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(bytes.data()), size, bytes.size()));
    text_.replace(span.begin, span.end - span.begin, bytes);
  }

  std::vector<std::string> Requests() const {
    std::vector<std::string> requests;
    std::string_view rest = text_;
    while (true) {
      const size_t end = rest.find(kSeparator);
      requests.emplace_back(rest.substr(0, end));
      if (end == std::string_view::npos) {
        return requests;
      }
      rest.remove_prefix(end + kSeparator.size());
    }
  }
  void Join(const std::vector<std::string>& requests) {
    text_.clear();
    for (const std::string& request : requests) {
      text_.append(text_.empty() ? std::string_view() : kSeparator).append(request);
    }
  }
  void MoveRequest() {
    std::vector<std::string> requests = Requests();
    const size_t from = Below(requests.size());
    const std::string request = requests[from];
    if (Below(3) != 0 && requests.size() > 1) {
      requests.erase(requests.begin() + static_cast<ptrdiff_t>(from));
    }
    if (Below(3) != 0 || requests.empty()) {
      requests.insert(requests.begin() + static_cast<ptrdiff_t>(Below(requests.size() + 1)),
                      request);
    }
    Join(requests);
  }
  // One request gets the first line of another, or other bytes in it.
  void ChangeLine() {
    std::vector<std::string> requests = Requests();
    std::string& request = requests[Below(requests.size())];
    const std::string& other = requests[Below(requests.size())];
    std::string line = other.substr(0, other.find('\n'));
    if (Below(2) == 0) {
      const size_t size = line.size();
      line.resize(size + 8);
      line.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(line.data()), size, line.size()));
    }
    request.replace(0, std::min(request.find('\n'), request.size()), line);
    Join(requests);
  }

  std::string text_;
  std::minstd_rand random_;
};

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t size_max,
                                          unsigned int seed) {
  if (seed % 4 == 0 || size == 0) {
    return LLVMFuzzerMutate(data, size, size_max);
  }
  const std::string text =
      Mutation(std::string(reinterpret_cast<const char*>(data), size), seed).Run();
  if (text.size() > size_max) {
    return LLVMFuzzerMutate(data, size, size_max);
  }
  std::memcpy(data, text.data(), text.size());
  return text.size();
}
