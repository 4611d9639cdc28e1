// The cache by itself, and a race of readers against a writer through the engine: no reader may see
// a value go back.
#include "storage/engine/item_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace millrace::engine {
namespace {

constexpr size_t kPlenty = 16 << 20;

std::string ValueOf(ItemCache* cache, std::string_view key) {
  PinnedValue value;
  ItemCache::Ticket ticket;
  return cache->Get(key, &value, &ticket) ? std::string(value.bytes()) : "-";
}

void Fill(ItemCache* cache, std::string_view key, std::string_view bytes) {
  PinnedValue value;
  ItemCache::Ticket ticket;
  ASSERT_FALSE(cache->Get(key, &value, &ticket));
  cache->Fill(key, bytes, ticket);
}

TEST(ItemCacheTest, KeepsWhatIsFilledIn) {
  ItemCache cache(kPlenty);
  Fill(&cache, "a", "1");
  Fill(&cache, "b", "");
  EXPECT_EQ(ValueOf(&cache, "a"), "1");
  EXPECT_EQ(ValueOf(&cache, "b"), "");
  EXPECT_EQ(ValueOf(&cache, "c"), "-");
}

TEST(ItemCacheTest, APinnedValueOutlivesItsEntry) {
  ItemCache cache(kPlenty);
  Fill(&cache, "a", "old");
  PinnedValue value;
  ItemCache::Ticket ticket;
  ASSERT_TRUE(cache.Get("a", &value, &ticket));
  cache.EndWrite("a", cache.BeginWrite("a"), "new");
  EXPECT_EQ(value.bytes(), "old");
  EXPECT_EQ(ValueOf(&cache, "a"), "new");
}

TEST(ItemCacheTest, AWriteTakesTheKeyOutUntilItEnds) {
  ItemCache cache(kPlenty);
  Fill(&cache, "a", "old");
  const bool was_cached = cache.BeginWrite("a");
  EXPECT_TRUE(was_cached);
  EXPECT_EQ(ValueOf(&cache, "a"), "-");
  Fill(&cache, "a", "old");  // read before the write, filled in during it
  EXPECT_EQ(ValueOf(&cache, "a"), "-");
  cache.EndWrite("a", was_cached, std::nullopt);
  EXPECT_EQ(ValueOf(&cache, "a"), "-");
}

TEST(ItemCacheTest, ReadsFromBeforeAWriteAreNotFilledIn) {
  ItemCache cache(kPlenty);
  PinnedValue value;
  ItemCache::Ticket ticket;
  ASSERT_FALSE(cache.Get("a", &value, &ticket));
  cache.EndWrite("a", cache.BeginWrite("a"), "new");
  cache.Fill("a", "old", ticket);
  EXPECT_EQ(ValueOf(&cache, "a"), "-");
}

TEST(ItemCacheTest, StaysWithinItsBound) {
  constexpr size_t kBytesMax = 1 << 20;
  ItemCache cache(kBytesMax);
  constexpr int kCount = 50000;
  for (int i = 0; i < kCount; ++i) {
    Fill(&cache, "key" + std::to_string(i), std::string(100, 'x'));
  }
  size_t found = 0;
  for (int i = 0; i < kCount; ++i) {
    found += ValueOf(&cache, "key" + std::to_string(i)) != "-" ? 1 : 0;
  }
  EXPECT_GT(found, kBytesMax / 100 / 4);
  EXPECT_LE(found, kBytesMax / 100);
}

TEST(ItemCacheTest, LargeValuesAndNoSizeAreLeftOut) {
  ItemCache cache(kPlenty);
  Fill(&cache, "a", std::string(ItemCache::kValueSizeMax + 1, 'x'));
  EXPECT_EQ(ValueOf(&cache, "a"), "-");
  EXPECT_FALSE(ItemCache(0).enabled());
}

// A writer counts a key up through a store that is an atomic; readers go through the cache. What
// one reader has seen, no reader may see undone.
TEST(ItemCacheTest, ReadersNeverSeeAValueGoBack) {
  ItemCache cache(kPlenty);
  std::atomic<int> store{0};
  std::atomic<int> seen{0};
  std::atomic<bool> done{false};
  std::atomic<bool> went_back{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!done.load()) {
        const int before = seen.load();
        PinnedValue value;
        ItemCache::Ticket ticket;
        int read;
        if (cache.Get("key", &value, &ticket)) {
          read = std::stoi(std::string(value.bytes()));
        } else {
          read = store.load();
          cache.Fill("key", std::to_string(read), ticket);
        }
        if (read < before) {
          went_back.store(true);
        }
        int known = seen.load();
        while (known < read && !seen.compare_exchange_weak(known, read)) {
        }
      }
    });
  }
  for (int next = 1; next <= 20000; ++next) {
    const bool was_cached = cache.BeginWrite("key");
    store.store(next);
    cache.EndWrite("key", was_cached, std::to_string(next));
  }
  done.store(true);
  for (std::thread& reader : readers) {
    reader.join();
  }
  EXPECT_FALSE(went_back.load());
}

}  // namespace
}  // namespace millrace::engine
