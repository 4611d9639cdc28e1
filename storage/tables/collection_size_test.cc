// Estimates of item collections, on data that lies in files.
#include <gtest/gtest.h>

#include <string>

#include "storage/tables/test_support.h"

namespace millrace::tables {
namespace {

// Text that does not compress to nothing.
std::string Payload(int64_t seed, size_t size) {
  std::string text;
  uint64_t state = static_cast<uint64_t>(seed) * 2 + 1;
  while (text.size() < size) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    text.push_back(static_cast<char>('a' + (state >> 59) % 26));
  }
  return text;
}

class CollectionSizeTest : public ::testing::Test {
 protected:
  static constexpr size_t kPayloadSize = 10'000;

  void SetUp() override {
    ASSERT_TRUE(store_.Open().ok());
    TableDescriptor descriptor = DescribeTable("Things", AttributeType::kNumber);
    IndexDescriptor local;
    local.name = "Local";
    local.kind = IndexKind::kLocal;
    local.key_schema = descriptor.key_schema;
    IndexDescriptor global = local;
    global.name = "Global";
    global.kind = IndexKind::kGlobal;
    descriptor.indexes = {local, global};
    ASSERT_TRUE(store_.calls().Create(descriptor).ok());
    Put("large", 300);
    Put("small", 100);
    // What recovery finds in the log it writes to files.
    ASSERT_TRUE(store_.Open().ok());
  }
  void Put(const std::string& partition, int64_t count) {
    for (int64_t number = 0; number < count; ++number) {
      ASSERT_TRUE(PutItem(store_.items(), table(), TestValue::String(partition).view(),
                          TestValue::Number(number).view(), Payload(number, kPayloadSize))
                      .ok());
    }
  }
  TablePointer table() { return store_.catalog()->FindUsable("Things"); }
  double SizeOf(const std::string& partition) {
    const Result<int64_t> size =
        store_.items()->CollectionSize(*table(), TestValue::String(partition).view());
    EXPECT_TRUE(size.ok()) << size.status().ToString();
    return size.ok() ? static_cast<double>(size.value()) : -1;
  }

  TestStore store_;
};

// Items and entries of the local index, not those of the global one.
TEST_F(CollectionSizeTest, EachCollectionHasItsShare) {
  const double item_size = kPayloadSize * 2;
  EXPECT_NEAR(SizeOf("large"), 300 * item_size, 30 * item_size);
  EXPECT_NEAR(SizeOf("small"), 100 * item_size, 20 * item_size);
}

TEST_F(CollectionSizeTest, WhatIsNotThereHasNextToNothing) {
  EXPECT_LT(SizeOf("absent"), 20 * kPayloadSize);
}

TEST_F(CollectionSizeTest, OfAnEmptyTable) {
  ASSERT_TRUE(store_.calls().Create(DescribeTable("Empty")).ok());
  const Result<int64_t> size = store_.items()->CollectionSize(
      *store_.catalog()->FindUsable("Empty"), TestValue::String("x").view());
  ASSERT_TRUE(size.ok());
  EXPECT_EQ(size.value(), 0);
}

}  // namespace
}  // namespace millrace::tables
