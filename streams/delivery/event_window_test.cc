// The window of waiting events against a plain sorted set: whatever is stored and taken in whatever
// order, everything comes out, in order among what is there, and few keys are held.
#include "streams/delivery/event_window.h"

#include <gtest/gtest.h>

#include <vector>

#include "storage/base/random.h"

namespace millrace::streams {
namespace {

constexpr size_t kCountMax = 8;

// Reads on in `stored` as the dispatcher does in the store.
void Extend(const std::set<DueKey>& stored, EventWindow* window) {
  std::vector<DueKey> found;
  auto next = stored.lower_bound(window->end());
  for (; next != stored.end() && found.size() < kCountMax; ++next) {
    found.push_back(*next);
  }
  window->Extend(found, next == stored.end(), next == stored.end() ? DueKey() : *next);
}

TEST(EventWindow, GivesWhatIsStoredInOrder) {
  SeededRandom random(5);
  std::set<DueKey> stored;
  for (uint64_t id = 1; id <= 50; ++id) {
    stored.insert({static_cast<int64_t>(random.Next64() % 40), id});
  }
  EventWindow window(kCountMax, true);
  uint64_t next_id = 100;
  for (int step = 0; step < 20000; ++step) {
    if (random.Next64() % 2 == 0 && stored.size() < 200) {
      const DueKey key{static_cast<int64_t>(random.Next64() % 1000), next_id++};
      stored.insert(key);
      window.Insert(key);
    } else {
      if (window.wants_more()) {
        Extend(stored, &window);
      }
      ASSERT_EQ(window.first() == nullptr, stored.empty());
      if (!stored.empty()) {
        ASSERT_EQ(*window.first(), *stored.begin());
        window.RemoveFirst();
        stored.erase(stored.begin());
      }
    }
    ASSERT_LE(window.size(), kCountMax);
  }
}

TEST(EventWindow, NothingIsStoredUnlessSaid) {
  EventWindow window(kCountMax, false);
  EXPECT_TRUE(window.empty());
  EXPECT_FALSE(window.wants_more());
  window.Insert({1, 1});
  window.Insert({1, 1});
  EXPECT_EQ(window.size(), 1u);
  window.RemoveFirst();
  EXPECT_TRUE(window.empty());
}

}  // namespace
}  // namespace millrace::streams
