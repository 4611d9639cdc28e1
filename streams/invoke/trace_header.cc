// Reading and extending the lineage of trace headers: entries "hash:count" with a bar between them.
#include "streams/invoke/trace_header.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace millrace::streams {
namespace {

constexpr std::string_view kLineage = "Lineage=";

// Calls `visit` with every part of `text` between `separator`s.
template <typename Visit>
void ForEachPart(std::string_view text, char separator, Visit visit) {
  while (true) {
    const size_t end = text.find(separator);
    visit(text.substr(0, end));
    if (end == std::string_view::npos) {
      return;
    }
    text.remove_prefix(end + 1);
  }
}

// FNV-1a.
uint32_t HashOf(std::string_view text) {
  uint32_t hash = 2166136261u;
  for (const char byte : text) {
    hash = (hash ^ static_cast<uint8_t>(byte)) * 16777619u;
  }
  return hash;
}

}  // namespace

int64_t TraceHops(std::string_view header) {
  int64_t hops = 0;
  ForEachPart(header, ';', [&](std::string_view part) {
    if (!part.starts_with(kLineage)) {
      return;
    }
    ForEachPart(part.substr(kLineage.size()), '|', [&](std::string_view entry) {
      const size_t colon = entry.rfind(':');
      int64_t count = 0;
      const char* const end = entry.data() + entry.size();
      if (colon != std::string_view::npos &&
          std::from_chars(entry.data() + colon + 1, end, count).ptr == end) {
        hops = std::max(hops, count);
      }
    });
  });
  return std::min<int64_t>(hops, INT16_MAX);
}

std::string NewTraceHeader(int64_t now_ms, Random* random) {
  std::array<char, 96> text;
  std::snprintf(text.data(), text.size(), "Root=1-%08x-%08x%016llx;Parent=%016llx;Sampled=0",
                static_cast<unsigned>(now_ms / 1000), static_cast<unsigned>(random->Next64()),
                static_cast<unsigned long long>(random->Next64()),
                static_cast<unsigned long long>(random->Next64()));
  return text.data();
}

std::string NextHop(std::string_view header, std::string_view function_name) {
  std::string next;
  ForEachPart(header, ';', [&](std::string_view part) {
    if (!part.empty() && !part.starts_with(kLineage)) {
      next.append(part).append(1, ';');
    }
  });
  std::array<char, 40> lineage;
  std::snprintf(lineage.data(), lineage.size(), "%08x:%lld", HashOf(function_name),
                static_cast<long long>(TraceHops(header) + 1));
  return next.append(kLineage).append(lineage.data());
}

}  // namespace millrace::streams
