// Random changes of functions, mirrored in a model that is too simple to be wrong: what the catalog
// shows is what the model says, at once and after a restart, and exactly the code that is used is
// on disk.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "streams/functions/function_catalog.h"
#include "streams/functions/test_support.h"

namespace millrace::streams {
namespace {

struct Model {
  std::string text;  // what the code of $LATEST is made of
  int64_t timeout_s = 3;
  std::map<uint64_t, std::pair<std::string, int64_t>> versions;
  uint64_t last_version = 0;
  uint64_t last_published = 0;
  std::pair<std::string, int64_t> published;
  std::map<std::string, uint64_t> aliases;
  std::map<std::string, std::string> tags;
  std::optional<int64_t> reserved;
};

class FunctionModelTest : public FunctionCatalogTest {
 protected:
  uint64_t Below(uint64_t end) { return choices_.Next64() % end; }
  std::string SomeText() { return std::to_string(Below(4)); }

  // Makes one random change of one random function.
  void Step() {
    const std::string name(1, static_cast<char>('a' + Below(3)));
    const auto found = models_.find(name);
    if (found == models_.end()) {
      Model model;
      model.text = SomeText();
      model.last_version = former_[name];
      ASSERT_TRUE(TryCreate(name, model.text).ok());
      models_.emplace(name, model);
      return;
    }
    Model& model = found->second;
    switch (Below(9)) {
      case 0:
        if (Below(4) == 0) {
          ASSERT_TRUE(Delete(name).ok());
          former_[name] = model.last_version;
          models_.erase(found);
        }
        break;
      case 1:
        model.text = SomeText();
        UpdateCode(name, model.text);
        break;
      case 2:
        ChangeTimeout(name, &model);
        break;
      case 3:
        PublishOne(name, &model);
        break;
      case 4:
        RemoveVersion(name, &model);
        break;
      case 5:
      case 6:
        ChangeAlias(name, &model);
        break;
      case 7:
        ChangeTag(name, &model);
        break;
      default:
        model.reserved = Below(2) == 0 ? std::optional<int64_t>(Below(100)) : std::nullopt;
        ASSERT_TRUE(Wait([&](auto done) {
                      catalog_->SetReservedConcurrency(name, model.reserved, nullptr, done);
                    }).ok());
    }
  }

  void ChangeTag(const std::string& name, Model* model) {
    const std::string key = "k" + SomeText();
    model->tags[key] = SomeText();
    ASSERT_TRUE(SetTag(name, key, model->tags[key]).ok());
  }

  void ChangeTimeout(const std::string& name, Model* model) {
    model->timeout_s = static_cast<int64_t>(1 + Below(3));
    ASSERT_TRUE(Configure(name, [model](FunctionConfiguration* configuration) {
                  configuration->timeout_s = model->timeout_s;
                  return Status::Ok();
                }).ok());
  }

  void PublishOne(const std::string& name, Model* model) {
    const std::pair<std::string, int64_t> content(model->text, model->timeout_s);
    if (!model->versions.contains(model->last_published) || model->published != content) {
      model->last_published = ++model->last_version;
      model->versions[model->last_version] = content;
      model->published = content;
    }
    const auto published = Publish(name);
    ASSERT_TRUE(published.ok());
    ASSERT_EQ(published->version->version, std::to_string(model->last_published));
  }

  void RemoveVersion(const std::string& name, Model* model) {
    const uint64_t version = 1 + Below(model->last_version + 1);
    bool used = false;
    for (const auto& [alias, target] : model->aliases) {
      used = used || target == version;
    }
    const auto removed = Wait(
        [&](auto done) { catalog_->DeleteVersion(name, std::to_string(version), nullptr, done); });
    ASSERT_EQ(removed.ok(), !used);
    if (!used) {
      model->versions.erase(version);
    }
  }

  void ChangeAlias(const std::string& name, Model* model) {
    const std::string alias = "alias" + SomeText();
    if (model->aliases.contains(alias)) {
      ASSERT_TRUE(Wait([&](auto done) { catalog_->DeleteAlias(name, alias, nullptr, done); }).ok());
      model->aliases.erase(alias);
      return;
    }
    const uint64_t version = 1 + Below(model->last_version + 1);
    const bool exists = model->versions.contains(version);
    ASSERT_EQ(MakeAlias(name, alias, std::to_string(version)).ok(), exists);
    if (exists) {
      model->aliases[alias] = version;
    }
  }

  void CheckVersion(const FunctionVersion& version, const std::string& text, int64_t timeout_s) {
    EXPECT_EQ(catalog_->ReadZip(version.code).value(), CodeOf(text));
    EXPECT_EQ(version.configuration.timeout_s, timeout_s);
  }

  void CheckAll() {
    bool more = false;
    ASSERT_EQ(catalog_->List("", 10, &more).size(), models_.size());
    int64_t reserved = 0;
    for (const auto& [name, model] : models_) {
      const FunctionPointer function = catalog_->Find(name);
      ASSERT_NE(function, nullptr);
      CheckVersion(*function->latest, model.text, model.timeout_s);
      ASSERT_EQ(function->versions.size(), model.versions.size());
      for (const auto& [number, content] : model.versions) {
        const FunctionVersionPointer version = FindVersion(*function, std::to_string(number));
        ASSERT_NE(version, nullptr);
        CheckVersion(*version, content.first, content.second);
      }
      ASSERT_EQ(function->aliases.size(), model.aliases.size());
      for (const auto& [alias, target] : model.aliases) {
        EXPECT_EQ(function->aliases.at(alias).version, std::to_string(target));
        EXPECT_EQ(catalog_->Resolve(name, alias)->version, std::to_string(target));
      }
      EXPECT_EQ(std::map(function->tags.begin(), function->tags.end()), model.tags);
      EXPECT_EQ(catalog_->ReservedConcurrency(name), model.reserved);
      reserved += model.reserved.value_or(0);
    }
    EXPECT_EQ(catalog_->TotalReservedConcurrency(), reserved);
  }

  // Only while the catalog is closed: it is its thread that removes what is not used.
  void CheckFiles() {
    std::set<std::string> used;
    for (const auto& [name, model] : models_) {
      used.insert(model.text);
      for (const auto& [number, content] : model.versions) {
        used.insert(content.first);
      }
    }
    size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(options_.code_dir + "/zips")) {
      ++count;
    }
    EXPECT_EQ(count, used.size());
  }

  SeededRandom choices_{20261121};
  std::map<std::string, Model> models_;
  std::map<std::string, uint64_t> former_;
};

TEST_F(FunctionModelTest, TheCatalogIsWhatTheModelSays) {
  for (int round = 0; round < 12; ++round) {
    for (int step = 0; step < 40; ++step) {
      Step();
      ASSERT_FALSE(HasFatalFailure()) << "round " << round << " step " << step;
    }
    CheckAll();
    Close();
    CheckFiles();
    Open();
    CheckAll();
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
}

}  // namespace
}  // namespace millrace::streams
