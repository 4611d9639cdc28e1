// The stored bytes of asynchronous events: the registered layout, and that damage is noticed.
#include "streams/delivery/delivery_rows.h"

#include <gtest/gtest.h>

#include "storage/base/digest.h"

namespace millrace::streams {
namespace {

// Every form that is not whole is refused.
template <typename Decode>
void ExpectDamageIsNoticed(const std::string& bytes, Decode decode) {
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode(bytes.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(decode(bytes + "x").ok());
  EXPECT_FALSE(decode("\x02" + bytes.substr(1)).ok());
}

TEST(DeliveryRows, StoredEvents) {
  StoredEvent event;
  event.id = 258;
  event.request_id = "r";
  event.function_name = "f";
  event.qualifier = "live";
  event.trace_header = "t";
  event.payload = std::make_shared<const std::string>("{}");
  std::string bytes;
  EncodeStoredEvent(event, &bytes);
  EXPECT_EQ(ToHex(bytes),
            "0102010000000000000172016604"
            "6c697665"
            "01740002"
            "7b7d");
  const StoredEvent read = DecodeStoredEvent(bytes).value();
  EXPECT_EQ(read.id, 258u);
  EXPECT_EQ(read.request_id, "r");
  EXPECT_EQ(read.function_name, "f");
  EXPECT_EQ(read.qualifier, "live");
  EXPECT_EQ(read.trace_header, "t");
  EXPECT_EQ(read.client_context, "");
  EXPECT_EQ(*read.payload, "{}");
  EXPECT_EQ(ToHex(StoredEventKey(258)), "190000000000000102");
  ExpectDamageIsNoticed(bytes, DecodeStoredEvent);
}

TEST(DeliveryRows, DueEvents) {
  const DueEvent due{"f", {259, 258}, 257, 2, 1};
  std::string bytes;
  EncodeDueEvent(due, &bytes);
  EXPECT_EQ(ToHex(bytes), "01010100000000000002000000000000000100000000000000");
  const std::string key = DueEventKey("f", due.key);
  EXPECT_EQ(ToHex(key),
            "186600"
            "0000000000000103"
            "0000000000000102");
  EXPECT_EQ(DecodeDueEvent(key, bytes).value(), due);
  ExpectDamageIsNoticed(bytes, [&](const std::string& b) { return DecodeDueEvent(key, b); });
  EXPECT_FALSE(DecodeDueEvent(key.substr(0, key.size() - 1), bytes).ok());
}

TEST(DeliveryRows, FailedAttempts) {
  const FailedAttempt attempt{"1", "{}"};
  std::string bytes;
  EncodeFailedAttempt(attempt, &bytes);
  EXPECT_EQ(ToHex(bytes), "010131027b7d");
  EXPECT_EQ(DecodeFailedAttempt(bytes).value(), attempt);
  EXPECT_EQ(ToHex(FailedAttemptKey(258)), "1a0000000000000102");
  ExpectDamageIsNoticed(bytes, DecodeFailedAttempt);
}

TEST(DeliveryRows, Discards) {
  EventDiscard discard;
  discard.id = 258;
  discard.function_name = "f";
  discard.qualifier = "2";
  discard.request_id = "r";
  discard.condition = "c";
  discard.attempts = 3;
  discard.received_ms = 257;
  discard.time_ms = 259;
  discard.executed_version = "2";
  discard.failure = "{}";
  std::string bytes;
  EncodeEventDiscard(discard, &bytes);
  EXPECT_EQ(ToHex(bytes),
            "01"
            "0201000000000000"
            "0300000000000000"
            "0101000000000000"
            "0301000000000000"
            "0166"
            "0132"
            "0172"
            "0163"
            "0132"
            "027b7d");
  EXPECT_EQ(DecodeEventDiscard(bytes).value(), discard);
  EXPECT_EQ(ToHex(EventDiscardKey("f", 258)),
            "1b6600"
            "0000000000000102");
  ExpectDamageIsNoticed(bytes, DecodeEventDiscard);
}

TEST(DeliveryRows, KeysOfAFunctionAreARange) {
  const std::string key = DueEventKey("f", {5, 6});
  EXPECT_GE(key, FunctionBegin(kDueEventRow, "f"));
  EXPECT_LT(key, FunctionEnd(kDueEventRow, "f"));
  EXPECT_GE(DueEventKey("f-", {0, 0}), FunctionEnd(kDueEventRow, "f"));
  EXPECT_LT(DueEventKey("f", {5, 6}), DueEventKey("f", {5, 7}));
  EXPECT_LT(DueEventKey("f", {5, 300}), DueEventKey("f", {256, 1}));
  EXPECT_EQ(FunctionOfKey(key), "f");
  EXPECT_EQ(FunctionOfKey(EventDiscardKey("long-name", 1)), "long-name");
  EXPECT_LT(EventDiscardKey("zz", 1), KindEnd(kEventDiscardRow));
  DueKey due;
  EXPECT_FALSE(ParseDueKey(EventDiscardKey("f", 1), &due));
  EXPECT_FALSE(ParseDueKey("", &due));
}

}  // namespace
}  // namespace millrace::streams
