// Records to the letter: both forms, every kind of change and view type, what the size counts.
#include "streams/change_json.h"

#include <gtest/gtest.h>

#include <string>

#include "storage/base/json.h"
#include "storage/codec/value_writer.h"

namespace millrace::streams {
namespace {

constexpr std::string_view kUuid = "6d9c1f0e-0000-4000-8000-000000000001";
constexpr std::string_view kArn = "arn:aws:dynamodb:eu-west-1:000000000000:table/t/stream/label";
constexpr size_t kIdAt = 12;  // behind {"eventID":"
constexpr size_t kIdSize = 32;

class ChangeJsonTest : public testing::Test {
 protected:
  ChangeJsonTest() {
    stream_.key_schema.partition = {{"p\"k", AttributeType::kString}};
    stream_.key_schema.sort = {{"s", AttributeType::kNumber}};
    stream_.view_type = StreamViewType::kNewAndOldImages;
    change_.sequence = 42;
    change_.record.time_ms = 1'763'674'446'999;
    old_item_ = Item("old");
    new_item_ = Item("new!");
    ItemBuilder keys(&keys_);
    keys.Attribute("s").NumberValue(Number::FromInt64(7));
    keys.Attribute("p\"k").String("a");
    keys.Finish();
  }

  // The keys, 3 + 1 and 1 + 2 bytes, behind an attribute of 1 byte and its value.
  static std::string Item(std::string_view value) {
    std::string bytes;
    ItemBuilder builder(&bytes);
    builder.Attribute("v").String(value);
    builder.Attribute("s").NumberValue(Number::FromInt64(7));
    builder.Attribute("p\"k").String("a");
    builder.Finish();
    return bytes;
  }

  std::string Write(ChangeForm form = ChangeForm::kStreams) {
    ChangeJsonOptions options;
    options.form = form;
    options.stream = &stream_;
    options.region = "eu-west-1";
    options.database_uuid = kUuid;
    options.stream_arn = kArn;
    std::string text;
    ChangeJson(options).Append(change_, &text);
    return text;
  }
  // The same with the id replaced by "id".
  std::string WriteSettled(ChangeForm form = ChangeForm::kStreams) {
    std::string text = Write(form);
    text.replace(kIdAt, kIdSize, "id");
    return text;
  }

  StreamDescriptor stream_;
  tables::LoggedChange change_;
  std::string old_item_;
  std::string new_item_;
  std::string keys_;
};

const std::string kFront = R"({"eventID":"id","eventName":)";
const std::string kMiddle =
    R"(,"eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"eu-west-1",)"
    R"("dynamodb":{"ApproximateCreationDateTime":1763674446,)"
    R"("Keys":{"p\"k":{"S":"a"},"s":{"N":"7"}})";
const std::string kNewImage = R"(,"NewImage":{"v":{"S":"new!"},"s":{"N":"7"},"p\"k":{"S":"a"}})";
const std::string kOldImage = R"(,"OldImage":{"v":{"S":"old"},"s":{"N":"7"},"p\"k":{"S":"a"}})";
const std::string kNumber = R"(,"SequenceNumber":"100000000000000000042","SizeBytes":)";

TEST_F(ChangeJsonTest, ModifyWithBothImages) {
  change_.record.type = ChangeType::kModify;
  change_.record.old_image = ItemView::At(old_item_);
  change_.record.new_image = ItemView::At(new_item_);
  // 7 for the keys, 12 for the new image, 11 for the old one.
  EXPECT_EQ(WriteSettled(), kFront + R"("MODIFY")" + kMiddle + kNewImage + kOldImage + kNumber +
                                R"(30,"StreamViewType":"NEW_AND_OLD_IMAGES"}})");
}

TEST_F(ChangeJsonTest, InsertOfKeysOnly) {
  stream_.view_type = StreamViewType::kKeysOnly;
  change_.record.keys = ItemView::At(keys_);
  EXPECT_EQ(WriteSettled(),
            kFront + R"("INSERT")" + kMiddle + kNumber + R"(7,"StreamViewType":"KEYS_ONLY"}})");
}

TEST_F(ChangeJsonTest, RemovalsByTimeToLiveNameTheRemover) {
  stream_.view_type = StreamViewType::kOldImage;
  change_.record.type = ChangeType::kRemove;
  change_.record.old_image = ItemView::At(old_item_);
  change_.record.by_time_to_live = true;
  const std::string common = kFront + R"("REMOVE")" + kMiddle + kOldImage + kNumber +
                             R"(18,"StreamViewType":"OLD_IMAGE"})";
  EXPECT_EQ(
      WriteSettled(),
      common + R"(,"userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"}})");
  EXPECT_EQ(WriteSettled(ChangeForm::kEvent),
            common +
                R"(,"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"})" +
                R"(,"eventSourceARN":")" + std::string(kArn) + "\"}");
}

TEST_F(ChangeJsonTest, EventsNameTheirStream) {
  stream_.view_type = StreamViewType::kNewImage;
  change_.record.new_image = ItemView::At(new_item_);
  EXPECT_EQ(WriteSettled(ChangeForm::kEvent),
            kFront + R"("INSERT")" + kMiddle + kNewImage + kNumber +
                R"(19,"StreamViewType":"NEW_IMAGE"},"eventSourceARN":")" + std::string(kArn) +
                "\"}");
}

TEST_F(ChangeJsonTest, IdsAreHexadecimalStableAndDistinct) {
  change_.record.new_image = ItemView::At(new_item_);
  const std::string id = Write().substr(kIdAt, kIdSize);
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(id, Write(ChangeForm::kEvent).substr(kIdAt, kIdSize));
  EXPECT_TRUE(id.ends_with("000000000000002a"));
  change_.sequence = 43;
  EXPECT_NE(id, Write().substr(kIdAt, kIdSize));
}

TEST_F(ChangeJsonTest, TimesAreRoundedDown) {
  change_.record.new_image = ItemView::At(new_item_);
  change_.record.time_ms = -1;
  EXPECT_NE(Write().find(R"("ApproximateCreationDateTime":-1,)"), std::string::npos);
}

}  // namespace
}  // namespace millrace::streams
