// A script of writes whose outcome is known after each of them, for the tests that make the disk
// fail. Used by tests only.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "storage/base/random.h"
#include "storage/engine/engine.h"
#include "storage/engine/file_system_hook.h"
#include "storage/engine/test_support.h"

namespace millrace::engine {

// Buffers so small that a few hundred kilobytes are flushed and compacted several times.
inline Options SmallOptions(const std::string& path, FileSystemHook* disk = nullptr) {
  Options options;
  options.data_dir = path;
  options.write_buffer_bytes = 64 << 10;
  options.block_cache_bytes = 1 << 20;
  options.item_cache_bytes = 0;
  options.resume_period_ms = 10;
  options.file_system_hook = disk;
  return options;
}

// Bytes that do not compress.
inline std::string Noise(uint64_t seed, size_t size) {
  SeededRandom random(seed);
  std::string bytes;
  while (bytes.size() < size) {
    const uint64_t word = random.Next64();
    bytes.append(reinterpret_cast<const char*>(&word), sizeof(word));
  }
  return bytes;
}

// Each write changes an item, its index entry, the counters, and adds a change record, as the
// writes of tables do. Between them a range of many keys is filled and dropped, with files and all.
class Script {
 public:
  static constexpr int kWrites = 150;
  static constexpr int kItems = 40;
  static constexpr uint32_t kTable = 7;
  static constexpr int kRangeKeys = 1200;  // more than are deleted one by one
  using Contents = std::map<std::pair<Space, std::string>, std::string>;

  static bool FillsRange(int number) { return number % 60 == 20; }
  static bool DropsRange(int number) { return number % 60 == 50; }

  // The write with this number, from 1.
  static TestMutation Write(int number) {
    return TestMutation({ItemKey(number)}, [number](auto current, WriteSet* writes) {
      const int64_t before = current[0].found() ? 1 : 0;
      if (Deletes(number)) {
        writes->Delete(Space::kItems, ItemKey(number));
        writes->Delete(Space::kIndexes, "of_" + ItemKey(number));
      } else {
        writes->Put(Space::kItems, ItemKey(number), Noise(number, 2000));
        writes->Put(Space::kIndexes, "of_" + ItemKey(number), Noise(number, 1500));
      }
      writes->Put(Space::kLog, LogKey(number), Noise(number, 1000));
      writes->AddToCounters(kTable, (Deletes(number) ? 0 : 1) - before, 1);
      for (int index = 0; FillsRange(number) && index < kRangeKeys; ++index) {
        writes->Put(Space::kQueues, "q" + std::to_string(10000 + index), std::to_string(number));
      }
      return Status::Ok();
    });
  }

  // What the store holds after so many writes, the range and the counters apart.
  static Contents After(int count) {
    Contents contents;
    for (int number = 1; number <= count; ++number) {
      const std::pair item(Space::kItems, ItemKey(number));
      const std::pair entry(Space::kIndexes, "of_" + ItemKey(number));
      contents[{Space::kLog, LogKey(number)}] = Noise(number, 1000);
      if (Deletes(number)) {
        contents.erase(item);
        contents.erase(entry);
      } else {
        contents[item] = Noise(number, 2000);
        contents[entry] = Noise(number, 1500);
      }
    }
    return contents;
  }

  // Goes on with the script after `done` writes until one fails; returns the number of the last
  // that was acknowledged.
  static int Continue(Engine* engine, int done, int count = kWrites) {
    for (int number = done + 1; number <= count; ++number) {
      TestMutation write = Write(number);
      if (!engine->SubmitAndWait(&write).ok()) {
        return number - 1;
      }
      if (DropsRange(number) && !engine->DropRange(Space::kQueues, "q", "r").ok()) {
        return number;
      }
    }
    return count;
  }

  // Which write was the last one. Everything must be as it was after it.
  static int Check(const Engine& engine) {
    Contents found;
    for (const Space space : {Space::kItems, Space::kIndexes, Space::kLog}) {
      for (auto& [key, value] : Read(engine, space)) {
        found[{space, key}] = value;
      }
    }
    const int last = static_cast<int>(engine.statistics().last_sequence);
    EXPECT_TRUE(found == After(last)) << "not what write " << last << " left: " << found.size()
                                      << " keys instead of " << After(last).size();
    int64_t items = 0;
    for (const auto& [key, value] : found) {
      items += key.first == Space::kItems ? 1 : 0;
    }
    EXPECT_EQ(engine.Counters(kTable).item_count, items);
    EXPECT_EQ(engine.Counters(kTable).size_bytes, last);
    CheckRange(engine, last);
    return last;
  }

 private:
  static bool Deletes(int number) { return number % 5 == 4; }
  static std::string ItemKey(int number) {
    return "item_with_a_prefix_" + std::to_string(number * 7 % kItems);
  }
  static std::string LogKey(int number) { return "log" + std::to_string(1000 + number); }

  static std::map<std::string, std::string> Read(const Engine& engine, Space space) {
    ScanRange range;
    range.space = space;
    std::map<std::string, std::string> found;
    const std::unique_ptr<Scanner> scanner = engine.Scan(range);
    for (; scanner->Valid(); scanner->Next()) {
      found[std::string(scanner->key())] = scanner->value();
    }
    EXPECT_TRUE(scanner->status().ok()) << scanner->status().ToString();
    return found;
  }

  // The range is whole from when it was filled until it may have been dropped.
  static void CheckRange(const Engine& engine, int last) {
    int filled = 0;
    bool dropped = false;
    for (int number = 1; number <= last; ++number) {
      filled = FillsRange(number) ? number : filled;
      dropped = !FillsRange(number) && (dropped || DropsRange(number));
    }
    const std::map<std::string, std::string> found = Read(engine, Space::kQueues);
    if (filled > 0 && !dropped) {
      EXPECT_EQ(found.size(), static_cast<size_t>(kRangeKeys));
    }
    for (const auto& [key, value] : found) {
      EXPECT_EQ(value, std::to_string(filled)) << key;
    }
  }
};

}  // namespace millrace::engine
