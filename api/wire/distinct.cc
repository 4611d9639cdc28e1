// Search for repeated texts: by pairs while there are few, by sorting otherwise.
#include "api/wire/distinct.h"

#include <algorithm>
#include <array>
#include <utility>

namespace millrace::api {
namespace {

constexpr size_t kPairwiseMax = 16;

bool HasDuplicatesPairwise(const SetView& set) {
  std::array<std::string_view, kPairwiseMax> members;
  size_t count = 0;
  for (const std::string_view member : set) {
    for (size_t index = 0; index < count; ++index) {
      if (members[index] == member) {
        return true;
      }
    }
    members[count++] = member;
    if (count == kPairwiseMax) {
      return false;
    }
  }
  return false;
}

bool NamesAreDistinctPairwise(json::Value object) {
  std::array<std::string_view, kPairwiseMax> names;
  size_t count = 0;
  for (const json::Member member : object.members()) {
    for (size_t index = 0; index < count; ++index) {
      if (names[index] == member.name) {
        return false;
      }
    }
    names[count++] = member.name;
  }
  return true;
}

}  // namespace

bool HasDuplicates(const SetView& set) {
  if (set.count() <= kPairwiseMax) {
    return HasDuplicatesPairwise(set);
  }
  std::vector<std::string_view> members;
  members.reserve(set.count());
  for (const std::string_view member : set) {
    members.push_back(member);
  }
  std::sort(members.begin(), members.end());
  return std::adjacent_find(members.begin(), members.end()) != members.end();
}

void FindOverriddenMembers(json::Value object, std::vector<bool>* overridden) {
  if (object.size() <= kPairwiseMax && NamesAreDistinctPairwise(object)) [[likely]] {
    return;
  }
  std::vector<std::pair<std::string_view, uint32_t>> names;
  names.reserve(object.size());
  for (const json::Member member : object.members()) {
    names.emplace_back(member.name, static_cast<uint32_t>(names.size()));
  }
  std::sort(names.begin(), names.end());
  for (size_t index = 1; index < names.size(); ++index) {
    if (names[index - 1].first == names[index].first) {
      overridden->resize(names.size());
      (*overridden)[names[index - 1].second] = true;
    }
  }
}

}  // namespace millrace::api
