// Collecting and looking up header fields.
#include "server/request/request_head.h"

#include <cstdint>
#include <cstring>
#include <optional>

namespace millrace::server {
namespace {

char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

// Whether the parameters of a list element say q=0 (also 0., 0.0 and so on).
bool HasZeroQuality(std::string_view parameters) {
  while (!parameters.empty()) {
    const size_t end = parameters.find(';');
    std::string_view parameter = Trim(parameters.substr(0, end));
    parameters = end == std::string_view::npos ? std::string_view() : parameters.substr(end + 1);
    if (parameter.size() >= 3 && ToLower(parameter[0]) == 'q' && parameter[1] == '=') {
      return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
    }
  }
  return false;
}

struct KnownName {
  std::string_view name;
  KnownHeader header;
};

// Sorted by size.
constexpr std::array<KnownName, kKnownHeaderCount> kKnownNames = {{
    {"host", KnownHeader::kHost},
    {"date", KnownHeader::kDate},
    {"origin", KnownHeader::kOrigin},
    {"expect", KnownHeader::kExpect},
    {"x-amz-date", KnownHeader::kAmzDate},
    {"content-type", KnownHeader::kContentType},
    {"x-amz-target", KnownHeader::kTarget},
    {"authorization", KnownHeader::kAuthorization},
    {"accept-encoding", KnownHeader::kAcceptEncoding},
    {"content-encoding", KnownHeader::kContentEncoding},
    {"transfer-encoding", KnownHeader::kTransferEncoding},
    {"access-control-request-method", KnownHeader::kAccessControlRequestMethod},
    {"access-control-request-headers", KnownHeader::kAccessControlRequestHeaders},
}};

uint64_t LoadFolded(const char* text) {
  uint64_t letters;
  std::memcpy(&letters, text, sizeof(letters));
  return letters | 0x2020202020202020;
}

// Whether `name`, of the same size, is `known` in any case. Setting bit 5 makes letters lower case
// and leaves digits and the hyphen as they are; the control characters that it would turn into them
// cannot stand in a header's name.
bool EqualsKnownName(std::string_view known, std::string_view name) {
  const size_t size = known.size();
  if (size < sizeof(uint64_t)) {
    return EqualsIgnoreCase(known, name);
  }
  for (size_t at = 0; at + sizeof(uint64_t) <= size; at += sizeof(uint64_t)) {
    if (LoadFolded(known.data() + at) != LoadFolded(name.data() + at)) {
      return false;
    }
  }
  const size_t last = size - sizeof(uint64_t);
  return LoadFolded(known.data() + last) == LoadFolded(name.data() + last);
}

// For each size of a name, where in kKnownNames, which is sorted by size, to begin.
constexpr size_t kKnownNameSizeMax = kKnownNames.back().name.size();
constexpr std::array<uint8_t, kKnownNameSizeMax + 1> kFirstOfSize = [] {
  std::array<uint8_t, kKnownNameSizeMax + 1> first{};
  for (size_t size = 0; size < first.size(); ++size) {
    while (kKnownNames[first[size]].name.size() < size) {
      ++first[size];
    }
  }
  return first;
}();

std::optional<KnownHeader> FindKnown(std::string_view name) {
  if (name.size() > kKnownNameSizeMax) {
    return std::nullopt;
  }
  for (size_t at = kFirstOfSize[name.size()];
       at < kKnownNames.size() && kKnownNames[at].name.size() == name.size(); ++at) {
    if (EqualsKnownName(kKnownNames[at].name, name)) {
      return kKnownNames[at].header;
    }
  }
  return std::nullopt;
}

}  // namespace

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) {
    return false;
  }
  for (size_t i = 0; i < a.size(); ++i) {
    if (ToLower(a[i]) != ToLower(b[i])) {
      return false;
    }
  }
  return true;
}

bool ListHasToken(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const size_t end = list.find(',');
    const std::string_view element = list.substr(0, end);
    list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
    const size_t semicolon = element.find(';');
    if (EqualsIgnoreCase(Trim(element.substr(0, semicolon)), token)) {
      return semicolon == std::string_view::npos || !HasZeroQuality(element.substr(semicolon + 1));
    }
  }
  return false;
}

void RequestHead::Clear() {
  method_ = path_ = query_ = std::string_view();
  minor_version_ = 1;
  known_.fill(std::string_view());
  fields_.clear();
}

void RequestHead::SetRequestLine(std::string_view method, std::string_view target,
                                 int minor_version) {
  method_ = method;
  minor_version_ = minor_version;
  const size_t question_mark = target.find('?');
  path_ = target.substr(0, question_mark);
  query_ = question_mark == std::string_view::npos ? std::string_view()
                                                   : target.substr(question_mark + 1);
}

bool RequestHead::AddField(std::string_view name, std::string_view value) {
  if (fields_.size() == kFieldCountMax) {
    return false;
  }
  if (value.data() == nullptr) {
    value = std::string_view("", 0);  // present, but empty
  }
  fields_.push_back({name, value});
  if (!name.empty()) {
    const std::optional<KnownHeader> known = FindKnown(name);
    if (known.has_value() && !Has(*known)) {
      known_[static_cast<size_t>(*known)] = value;
    }
  }
  return true;
}

}  // namespace millrace::server
