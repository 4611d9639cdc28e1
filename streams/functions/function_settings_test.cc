// What is set for functions: reservations, asynchronous events, URLs, permissions, provisioned
// environments, tags, layers, directories.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "streams/functions/disk_files.h"
#include "streams/functions/function_catalog.h"
#include "streams/functions/test_support.h"

namespace millrace::streams {
namespace {

TEST_F(FunctionCatalogTest, ReservationsLeaveSomethingForTheOthers) {
  Create("f");
  Create("g");
  const auto reserve = [this](const std::string& name, std::optional<int64_t> count) {
    return Wait([&](auto done) { catalog_->SetReservedConcurrency(name, count, nullptr, done); })
        .status();
  };
  EXPECT_TRUE(reserve("f", 500).ok());
  EXPECT_EQ(reserve("g", 401).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(reserve("g", INT64_MAX).code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(reserve("g", 400).ok());
  EXPECT_TRUE(reserve("f", 0).ok());
  EXPECT_EQ(reserve("none", 1).code(), StatusCode::kNotFound);
  Reopen();
  EXPECT_EQ(catalog_->ReservedConcurrency("f"), 0);
  EXPECT_EQ(catalog_->ReservedConcurrency("g"), 400);
  EXPECT_EQ(catalog_->TotalReservedConcurrency(), 400);
  EXPECT_TRUE(reserve("f", std::nullopt).ok());
  EXPECT_EQ(catalog_->ReservedConcurrency("f"), std::nullopt);
  ASSERT_TRUE(Delete("g").ok());
  EXPECT_EQ(catalog_->TotalReservedConcurrency(), 0);
  EXPECT_TRUE(reserve("f", 900).ok());
}

TEST_F(FunctionCatalogTest, AsynchronousSettingsComeFromTheNearest) {
  Create("f", "1", true);
  ASSERT_TRUE(MakeAlias("f", "live", "1").ok());
  ASSERT_TRUE(MakeAlias("f", "head", "$LATEST").ok());
  const auto set = [this](const std::string& qualifier, int64_t attempts, bool must_exist) {
    return Wait([&](auto done) {
             catalog_->EditEventInvokeConfig(
                 "f", qualifier, must_exist,
                 [attempts](EventInvokeConfig* config) {
                   config->retry_attempts_max = attempts;
                   return Status::Ok();
                 },
                 nullptr, done);
           })
        .status();
  };
  const auto attempts = [this](const std::string& qualifier) {
    return catalog_->AsynchronousSettingsOf("f", qualifier).retry_attempts_max;
  };
  EXPECT_EQ(set("", 0, true).code(), StatusCode::kNotFound);
  EXPECT_EQ(set("none", 0, false).code(), StatusCode::kNotFound);
  ASSERT_TRUE(set("", 0, false).ok());
  EXPECT_EQ(attempts(""), 0);
  EXPECT_EQ(attempts("$LATEST"), 0);
  EXPECT_EQ(attempts("head"), 0);
  EXPECT_EQ(attempts("1"), 2);
  EXPECT_EQ(attempts("live"), 2);
  ASSERT_TRUE(set("1", 1, false).ok());
  EXPECT_EQ(attempts("live"), 1);
  ASSERT_TRUE(set("live", 0, false).ok());
  Reopen();
  EXPECT_EQ(attempts("live"), 0);
  EXPECT_EQ(attempts("1"), 1);
  EXPECT_EQ(catalog_->AsynchronousSettingsOf("f", "live").event_age_max_s, 21600);
  const auto clear = [this](const std::string& qualifier) {
    return Wait(
               [&](auto done) { catalog_->DeleteEventInvokeConfig("f", qualifier, nullptr, done); })
        .status();
  };
  EXPECT_TRUE(clear("live").ok());
  EXPECT_EQ(clear("live").code(), StatusCode::kNotFound);
  EXPECT_EQ(attempts("live"), 1);
}

TEST_F(FunctionCatalogTest, UrlsLeadToFunctions) {
  Create("f", "1", true);
  const auto create = [this](const std::string& qualifier) {
    FunctionUrlConfig config;
    config.auth_type = "NONE";
    config.url_id = "mine";
    return Wait([&](auto done) { catalog_->CreateUrl("f", qualifier, config, nullptr, done); });
  };
  const auto created = create("");
  ASSERT_TRUE(created.ok());
  const std::string id = created->function->urls.at("$LATEST").url_id;
  EXPECT_EQ(id.size(), 32u);
  EXPECT_EQ(create("").status().code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(create("1").status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(create("none").status().code(), StatusCode::kNotFound);
  const auto update = [this](const std::string& qualifier) {
    return Wait([&](auto done) {
             catalog_->UpdateUrl(
                 "f", qualifier,
                 [](FunctionUrlConfig* config) {
                   *config = {};
                   config->auth_type = "AWS_IAM";
                   return Status::Ok();
                 },
                 nullptr, done);
           })
        .status();
  };
  clock_.AdvanceMs(5);
  EXPECT_TRUE(update("").ok());
  Reopen();
  const auto target = catalog_->FindUrl(id);
  ASSERT_TRUE(target.has_value());
  EXPECT_EQ(target->function->name, "f");
  EXPECT_EQ(target->qualifier, "$LATEST");
  EXPECT_EQ(target->config.auth_type, "AWS_IAM");
  EXPECT_EQ(target->config.modified_ms, target->config.creation_ms + 5);
  EXPECT_FALSE(catalog_->FindUrl("none").has_value());
  const auto remove = [this] {
    return Wait([&](auto done) { catalog_->DeleteUrl("f", "", nullptr, done); }).status();
  };
  EXPECT_TRUE(remove().ok());
  EXPECT_EQ(remove().code(), StatusCode::kNotFound);
  EXPECT_FALSE(catalog_->FindUrl(id).has_value());
  EXPECT_EQ(update("").code(), StatusCode::kNotFound);
}

TEST_F(FunctionCatalogTest, PermissionsAreStatements) {
  Create("f");
  const auto add = [this](const std::string& id, const std::string& revision,
                          const std::string& json = "{}") {
    return Wait([&](auto done) {
             catalog_->AddPermission("f", "", {id, json}, revision, nullptr, done);
           })
        .status();
  };
  const auto remove = [this](const std::string& id) {
    return Wait([&](auto done) { catalog_->RemovePermission("f", "", id, "", nullptr, done); })
        .status();
  };
  EXPECT_EQ(remove("s").code(), StatusCode::kNotFound);
  EXPECT_TRUE(add("s", catalog_->Find("f")->latest->revision_id).ok());
  EXPECT_EQ(add("s", "").code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(add("t", "other").code(), StatusCode::kFailedPrecondition);
  EXPECT_TRUE(add("t", catalog_->Find("f")->policies.at("$LATEST").revision_id).ok());
  EXPECT_EQ(add("long", "", std::string(kPolicySizeMax, ' ')).code(), StatusCode::kRefused);
  Reopen();
  EXPECT_EQ(catalog_->Find("f")->policies.at("$LATEST").statements.size(), 2u);
  EXPECT_TRUE(remove("s").ok());
  EXPECT_EQ(remove("s").code(), StatusCode::kNotFound);
  EXPECT_TRUE(remove("t").ok());
  EXPECT_TRUE(catalog_->Find("f")->policies.empty());
}

TEST_F(FunctionCatalogTest, ProvisionedEnvironmentsBelongToVersions) {
  Create("f", "1", true);
  ASSERT_TRUE(MakeAlias("f", "live", "1").ok());
  const auto set = [this](const std::string& qualifier, int64_t count) {
    return Wait([&](auto done) {
             catalog_->SetProvisionedConcurrency("f", qualifier, count, nullptr, done);
           })
        .status();
  };
  EXPECT_EQ(set("$LATEST", 1).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(set("2", 1).code(), StatusCode::kNotFound);
  EXPECT_EQ(set("live", 0).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(set("live", 901).code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(set("live", 2).ok());
  Reopen();
  const auto provisioned = catalog_->Provisioned();
  ASSERT_EQ(provisioned.size(), 1u);
  EXPECT_EQ(provisioned[0].name, "f");
  EXPECT_EQ(provisioned[0].qualifier, "live");
  EXPECT_EQ(provisioned[0].environment_count, 2);
  // They go with the alias.
  ASSERT_TRUE(Wait([&](auto done) { catalog_->DeleteAlias("f", "live", nullptr, done); }).ok());
  EXPECT_TRUE(catalog_->Provisioned().empty());
}

TEST_F(FunctionCatalogTest, TagsAreCounted) {
  Create("f");
  std::vector<std::pair<std::string, std::string>> tags;
  for (int index = 0; index < 50; ++index) {
    tags.emplace_back("k" + std::to_string(index), "v");
  }
  ASSERT_TRUE(Wait([&](auto done) { catalog_->Tag("f", tags, nullptr, done); }).ok());
  EXPECT_EQ(SetTag("f", "one more", "v").status().code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(SetTag("f", "k7", "w").ok());
  ASSERT_TRUE(Wait([&](auto done) { catalog_->Untag("f", {"k1", "none"}, nullptr, done); }).ok());
  Reopen();
  EXPECT_EQ(catalog_->Find("f")->tags.size(), 49u);
  EXPECT_EQ(catalog_->Find("f")->tags.at("k7"), "w");
  EXPECT_EQ(TryCreate("g", "1", false, {{"millrace:executor", "http"}}).status().code(),
            StatusCode::kInvalidArgument);
}

TEST_F(FunctionCatalogTest, LayersAreMergedAndOutliveTheirDeletion) {
  const auto one = PublishLayer("tools", {{"python/a.py", "1"}, {"python/b.py", "1"}});
  ASSERT_TRUE(one.ok());
  EXPECT_EQ((*one)->arn, "arn:aws:lambda:us-east-1:000000000000:layer:tools:1");
  const auto two = PublishLayer("more", {{"python/b.py", "2"}});
  Create("f");
  const auto use = [this](std::vector<std::string> arns) {
    return Configure("f",
                     [arns](FunctionConfiguration* configuration) {
                       configuration->layers.clear();
                       for (const std::string& arn : arns) {
                         configuration->layers.push_back({arn, {}});
                       }
                       return Status::Ok();
                     })
        .status();
  };
  EXPECT_EQ(use({"arn:aws:lambda:us-east-1:000000000000:layer:tools:2"}).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(use({"tools"}).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(use({(*one)->arn, (*one)->arn}).code(), StatusCode::kInvalidArgument);
  ASSERT_TRUE(use({(*one)->arn, (*two)->arn}).ok());
  ASSERT_TRUE(DeleteLayer("tools", 1).ok());
  ASSERT_TRUE(DeleteLayer("tools", 1).ok());
  Reopen();
  EXPECT_EQ(catalog_->FindLayerVersion("tools", 1), nullptr);
  bool more = false;
  EXPECT_EQ(catalog_->ListLayers("", 10, &more).size(), 1u);
  // Still used, so it may stay.
  ASSERT_TRUE(use({(*two)->arn, (*one)->arn}).ok());
  const FunctionFiles files = catalog_->Prepare(*catalog_->Resolve("f", "")).value();
  EXPECT_EQ(ReadFile(files.layer_root + "/python/a.py").value(), "1");
  EXPECT_EQ(ReadFile(files.layer_root + "/python/b.py").value(), "1");
  ASSERT_TRUE(use({}).ok());
  EXPECT_EQ(use({(*one)->arn}).code(), StatusCode::kInvalidArgument);
  // Numbers do not repeat.
  EXPECT_EQ((*PublishLayer("tools", {{"a", "3"}}))->version, 2u);
}

TEST_F(FunctionCatalogTest, ADirectoryIsUsedInPlace) {
  namespace fs = std::filesystem;
  const std::string root = directory_.path() + "/code";
  fs::create_directories(root + "/app");
  fs::create_directories(directory_.path() + "/codeless");
  std::ofstream(root + "/app/index.py") << "1";
  fs::create_directory_symlink(directory_.path() + "/codeless", root + "/out");
  EXPECT_FALSE(catalog_->StoreFromBucket("local-dir", root + "/app").ok());
  options_.directory_bucket = "local-dir";
  options_.directory_roots = {root};
  Reopen();
  EXPECT_FALSE(catalog_->StoreFromBucket("another", root + "/app").ok());
  for (const std::string& key :
       {root + "/out", root + "/app/../../codeless", root + "less", root + "/none",
        root + "/app/index.py", std::string("/"), std::string(), std::string("../codeless")}) {
    EXPECT_EQ(catalog_->StoreFromBucket("local-dir", key).status().code(),
              StatusCode::kInvalidArgument)
        << key;
  }
  FunctionCreation creation;
  creation.name = "f";
  creation.configuration = SomeConfiguration();
  creation.code = catalog_->StoreFromBucket("local-dir", "app").value();
  ASSERT_TRUE(Wait([&](auto done) { catalog_->Create(std::move(creation), nullptr, done); }).ok());
  Reopen();
  const RunnableFunctionPointer first = catalog_->Resolve("f", "");
  EXPECT_EQ(catalog_->Prepare(*first)->task_root, fs::canonical(root + "/app").string());
  EXPECT_EQ(catalog_->Resolve("f", "")->revision_id, first->revision_id);
  std::ofstream(root + "/app/index.py") << "2";
  EXPECT_NE(catalog_->Resolve("f", "")->revision_id, first->revision_id);
  // Somebody puts a link to the outside in its place.
  fs::rename(root + "/app", root + "/old");
  fs::create_directory_symlink(directory_.path() + "/codeless", root + "/app");
  EXPECT_FALSE(catalog_->Prepare(*first).ok());
}

}  // namespace
}  // namespace millrace::streams
