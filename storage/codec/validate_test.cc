// The strict check accepts what writers write and refuses everything else.
#include "storage/codec/validate.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "storage/codec/random_value.h"
#include "storage/codec/value_text.h"
#include "storage/codec/value_writer.h"

namespace millrace {
namespace {

// Checks a copy that ends where its allocation ends.
Status ValidateTight(std::string_view bytes) {
  const auto copy = std::make_unique<char[]>(bytes.size());
  bytes.copy(copy.get(), bytes.size());
  return ValidateItem(std::string_view(copy.get(), bytes.size()));
}

std::string Rebuilt(const ItemView& item) {
  std::string bytes;
  ItemBuilder builder(&bytes);
  for (const NamedValue& attribute : item.attributes()) {
    builder.Attribute(attribute.name).Tree(ToTree(attribute.value));
  }
  builder.Finish();
  return bytes;
}

TEST(ValidateItem, AcceptsWhatIsWrittenAndRefusesWhatIsCutShort) {
  SeededRandom random(31);
  for (int round = 0; round < 300; ++round) {
    const std::string item = RandomItem(&random);
    ASSERT_TRUE(ValidateTight(item).ok()) << ValidateItem(item).ToString();
    for (size_t size = 0; size < item.size(); ++size) {
      ASSERT_EQ(ValidateTight(item.substr(0, size)).code(), StatusCode::kCorruption) << size;
    }
    ASSERT_FALSE(ValidateTight(item + '\0').ok());
  }
}

TEST(ValidateItem, AcceptsOnlyBytesThatWritersWrite) {
  SeededRandom random(32);
  int refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string item = RandomItem(&random);
    item[random.Next64() % item.size()] ^= static_cast<char>(1 << random.Next64() % 8);
    if (ValidateTight(item).ok()) {
      ASSERT_EQ(Rebuilt(ItemView::At(item)), item);
    } else {
      ++refused;
    }
  }
  EXPECT_GT(refused, 5000);
}

TEST(ValidateValue, NamesTheFaultAndItsPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "value is missing at offset 0"},
      {"00", "unknown type at offset 0"},
      {"0b", "unknown type at offset 0"},
      {"01 03 61", "length reaches outside at offset 1"},
      {"01 81 00 61", "length is not in its shortest form at offset 1"},
      {"01 01 ff", "text is not UTF-8 at offset 3"},
      {"01 00 00", "bytes behind the value at offset 2"},
      {"02 05 03 81 02 00", "length reaches outside at offset 1"},
      {"02 00", "number is malformed at offset 1"},
      {"02 04 03 81 01 00", "number is malformed at offset 1"},
      {"04 02", "boolean is neither 0 nor 1 at offset 1"},
      {"06 00 00 00 00 00 00 00 00", "set is empty at offset 9"},
      {"06 02 00 00 00 02 00 00 00 01 61", "count of set members is wrong at offset 11"},
      {"06 04 00 00 00 02 00 00 00 01 61 01 61", "duplicate set member at offset 13"},
      {"06 02 00 00 00 01 00 00 00 01 ff", "text is not UTF-8 at offset 11"},
      {"07 02 00 00 00 01 00 00 00 01 61", "number is malformed at offset 11"},
      {"09 01 00 00 00 02 00 00 00 05", "count of list elements is wrong at offset 10"},
      {"09 01 00 00 00 01 00 00 00 04 01", "value reaches outside its list at offset 11"},
      {"09 02 00 00 00 01 00 00 00 05", "container reaches outside at offset 9"},
      {"09 00 00", "container header is cut short at offset 1"},
      {"0a 06 00 00 00 02 00 00 00 01 61 05 01 61 05", "duplicate name at offset 15"},
      {"0a 03 00 00 00 01 00 00 00 01 ff 05", "name is not UTF-8 at offset 11"},
      {"0a 03 00 00 00 02 00 00 00 01 61 05", "count of names is wrong at offset 12"},
  };
  for (const auto& [bytes, message] : cases) {
    const Status status = ValidateValue(BytesFromHex(bytes));
    EXPECT_EQ(status.code(), StatusCode::kCorruption) << bytes;
    EXPECT_EQ(status.message(), message) << bytes;
  }
}

TEST(ValidateValue, RefusesMoreThan32Levels) {
  std::string text = "NULL";
  for (int level = 2; level <= 32; ++level) {
    text = "L [" + text + "]";
  }
  EXPECT_TRUE(ValidateValue(EncodeTree(ValueFromText(text))).ok());
  const Status status = ValidateValue(EncodeTree(ValueFromText("L [" + text + "]")));
  EXPECT_EQ(status.code(), StatusCode::kCorruption);
}

TEST(ValidateItem, ChecksTheHeader) {
  const std::string sound = BytesFromHex("01 02 00 00 00 01 00 00 00 01 61 05");
  EXPECT_TRUE(ValidateItem(sound).ok()) << ValidateItem(sound).ToString();
  EXPECT_FALSE(ValidateItem(BytesFromHex("02 02 00 00 00 01 00 00 00 01 61 05")).ok());
  EXPECT_FALSE(ValidateItem(BytesFromHex("01 03 00 00 00 01 00 00 00 01 61 05")).ok());
  EXPECT_FALSE(ValidateItem(BytesFromHex("01 02 00 00 00 02 00 00 00 01 61 05")).ok());
  EXPECT_FALSE(ValidateItem(BytesFromHex("01 01 00 00 00 01 00 00 00 00 05")).ok())
      << "empty name at the top";
  EXPECT_FALSE(ItemView::At(BytesFromHex("01 02 00 00 00 01 00 00")).present());
}

}  // namespace
}  // namespace millrace
