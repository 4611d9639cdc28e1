// The stored bytes of outgoing messages: the registered layout, with and without what is optional.
#include "streams/mappings/outgoing.h"

#include <gtest/gtest.h>

#include "storage/base/digest.h"

namespace millrace::streams {
namespace {

OutgoingMessage SomeMessage() {
  OutgoingMessage message;
  message.id = 8;
  message.target_arn = "q";
  message.body = "{}";
  message.creation_ms = 258;
  message.attempts = 2;
  message.next_try_ms = 259;
  message.problem = "no";
  return message;
}

constexpr char kPlainHex[] =
    "01"
    "0800000000000000"
    "0201000000000000"
    "0200000000000000"
    "0301000000000000"
    "0171"
    "027b7d"
    "026e6f";

TEST(Outgoing, HasTheRegisteredLayout) {
  std::string bytes;
  EncodeOutgoing(SomeMessage(), &bytes);
  EXPECT_EQ(ToHex(bytes), kPlainHex);
  EXPECT_EQ(DecodeOutgoing(bytes).value(), SomeMessage());
  EXPECT_EQ(ToHex(OutgoingKey("q", 258)), "1271000000000000000102");
}

TEST(Outgoing, WhatIsOptionalStandsBehind) {
  OutgoingMessage message = SomeMessage();
  message.kind = OutgoingKind::kDeadLetter;
  message.source = "f";
  message.trace_header = "t";
  message.attributes = {{"ErrorCode", "Number", "200"}};
  std::string bytes;
  EncodeOutgoing(message, &bytes);
  EXPECT_EQ(ToHex(bytes), std::string(kPlainHex) +
                              "0101"
                              "020166"
                              "030174"
                              "0401094572726f72436f6465064e756d62657203323030");
  EXPECT_EQ(DecodeOutgoing(bytes).value(), message);
  EXPECT_FALSE(DecodeOutgoing(bytes.substr(0, bytes.size() - 1)).ok());
  EXPECT_FALSE(DecodeOutgoing(bytes + '\x05').ok());
  EXPECT_FALSE(DecodeOutgoing(bytes + "\x01\x02").ok());
}

TEST(Outgoing, KeysOfATargetAreARange) {
  const std::string key = OutgoingKey("arn:q", 7);
  EXPECT_GE(key, OutgoingKeysBegin("arn:q"));
  EXPECT_LT(key, OutgoingKeysEnd("arn:q"));
  EXPECT_LT(OutgoingKey("arn:q", 7), OutgoingKey("arn:q", 256));
  EXPECT_GE(OutgoingKey("arn:q-", 1), OutgoingKeysEnd("arn:q"));
  EXPECT_LT(OutgoingKey("arn:q-", 1), OutgoingKeysEnd());
  std::string target;
  uint64_t id = 0;
  ASSERT_TRUE(ParseOutgoingKey(key, &target, &id));
  EXPECT_EQ(target, "arn:q");
  EXPECT_EQ(id, 7u);
  EXPECT_FALSE(ParseOutgoingKey(key.substr(0, 9), &target, &id));
  EXPECT_FALSE(ParseOutgoingKey("\x13" + key.substr(1), &target, &id));
}

}  // namespace
}  // namespace millrace::streams
