// Random updates: attributes no action names keep their bytes, and the order of sections does not
// matter.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>

#include "api/expr/test_generator.h"
#include "api/expr/test_support.h"
#include "api/expr/update.h"
#include "storage/codec/value_writer.h"

namespace millrace::api::expr {
namespace {

TEST(UpdatePropertyTest, UntouchedAttributesKeepTheirBytesAndSectionsHaveNoOrder) {
  int succeeded = 0;
  for (uint32_t seed = 0; seed < 3000; ++seed) {
    Generator generator(seed);
    std::string item_bytes;
    ItemBuilder builder(&item_bytes);
    for (const char* name : {"va", "vb", "vc", "vd", "ve", "vf"}) {
      builder.Attribute(name).Tree(generator.Value(1));
    }
    builder.Finish();
    const ItemView old_item = ItemView::At(item_bytes);
    std::map<std::string, std::string> sections;
    const auto add = [&](const std::string& section, const std::string& action) {
      std::string& text = sections[section];
      text += (text.empty() ? section + " " : ", ") + action;
    };
    add("SET", "va = ve, va2 = if_not_exists(gone, vf)");
    add("REMOVE", generator.Coin() ? "vb" : "vb.p, vb.q");
    if (generator.Coin()) {
      add(generator.Coin() ? "ADD" : "DELETE", "vc :set");
    }
    if (generator.Coin()) {
      add("SET", generator.Coin() ? "vd[1] = va" : "vd.p = va");
    }
    std::vector<std::string> order;
    for (const auto& [section, text] : sections) {
      order.push_back(text);
    }
    std::optional<std::pair<bool, std::string>> first;
    do {
      std::string text;
      for (const std::string& section : order) {
        text += section + " ";
      }
      Arena arena;
      Placeholders placeholders;
      ParsePlaceholders("", R"({":set":{"SS":["a","b"]}})", &arena, &placeholders);
      Update update;
      ASSERT_EQ(Describe(Update::Parse(text, &placeholders, &update)), "") << text;
      std::string out;
      ItemView new_item;
      const bool ok = update.Apply(old_item, ItemView(), &out, &new_item).ok();
      if (!first.has_value()) {
        first.emplace(ok, out);
      }
      ASSERT_EQ(first->first, ok) << text;
      ASSERT_EQ(first->second, out) << text;
      if (!ok) {
        ASSERT_TRUE(out.empty());
        continue;
      }
      ++succeeded;
      for (const char* name : {"ve", "vf"}) {
        ASSERT_EQ(new_item.Find(name).encoded(), old_item.Find(name).encoded());
      }
      ASSERT_EQ(new_item.Find("va").encoded(), old_item.Find("ve").encoded());
      ASSERT_EQ(new_item.Find("va2").encoded(), old_item.Find("vf").encoded());
      // The header's size is that of the attributes.
      uint32_t size = 0;
      for (const NamedValue& entry : new_item.attributes()) {
        size += static_cast<uint32_t>(entry.name.size()) + entry.value.DynamoSize();
      }
      ASSERT_EQ(new_item.DynamoSize(), size);
    } while (std::next_permutation(order.begin(), order.end()));
  }
  EXPECT_GT(succeeded, 500);
}

}  // namespace
}  // namespace millrace::api::expr
