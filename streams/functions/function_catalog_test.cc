// Functions, versions and aliases: what each change does, what it refuses, and that all of it is
// there after a restart.
#include "streams/functions/function_catalog.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "storage/engine/test_support.h"
#include "streams/functions/disk_files.h"
#include "streams/functions/test_support.h"
#include "streams/functions/zip_reader.h"

namespace millrace::streams {
namespace {

TEST_F(FunctionCatalogTest, AFunctionIsCreatedAndFoundAgainAfterARestart) {
  const FunctionOutcome created = Create("orders");
  EXPECT_EQ(created.function->arn, "arn:aws:lambda:us-east-1:000000000000:function:orders");
  EXPECT_EQ(created.version->version, "$LATEST");
  EXPECT_EQ(created.version->modified_ms, clock_.NowMs());
  EXPECT_EQ(created.version->revision_id.size(), 36u);
  EXPECT_EQ(changed_, std::vector<std::string>{"orders"});
  const auto again = TryCreate("orders");
  EXPECT_EQ(again.status().code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(again.status().message(), "Function already exist: orders");
  Reopen();
  const FunctionPointer found = catalog_->Find("orders");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->arn, created.function->arn);
  EXPECT_EQ(*found->latest, *created.version);
  EXPECT_EQ(catalog_->ReadZip(found->latest->code).value(), CodeOf("1"));
  EXPECT_EQ(catalog_->Find("other"), nullptr);
}

TEST_F(FunctionCatalogTest, ListsAreInOrderAndInPages) {
  for (const char* const name : {"b", "a", "d", "c"}) {
    Create(name);
  }
  bool more = false;
  const auto names = [](const std::vector<FunctionPointer>& functions) {
    std::string all;
    for (const FunctionPointer& function : functions) {
      all.append(function->name);
    }
    return all;
  };
  EXPECT_EQ(names(catalog_->List("", 3, &more)), "abc");
  EXPECT_TRUE(more);
  EXPECT_EQ(names(catalog_->List("c", 3, &more)), "d");
  EXPECT_FALSE(more);
  EXPECT_EQ(names(catalog_->List("", 4, &more)), "abcd");
  EXPECT_FALSE(more);
  EXPECT_EQ(catalog_->Usage().function_count, 4);
  EXPECT_EQ(catalog_->Usage().code_size_bytes, 4 * static_cast<int64_t>(CodeOf("1").size()));
}

TEST_F(FunctionCatalogTest, BadZipsAreRefused) {
  EXPECT_EQ(catalog_->StoreZip("no zip").status().message(), kBadZip);
  EXPECT_EQ(catalog_->StoreZip("").status().message(), kEmptyZip);
  EXPECT_EQ(catalog_->StoreZip(MakeZip({{"../x", "x"}})).status().message(), kBadZip);
  EXPECT_EQ(catalog_->StoreZip(std::string(kZipSizeMax + 1, 'x')).status().code(),
            StatusCode::kInvalidArgument);
}

TEST_F(FunctionCatalogTest, RevisionsGuardUpdates) {
  const FunctionOutcome created = Create("f");
  const auto edit = [](FunctionConfiguration* configuration) {
    configuration->timeout_s = 10;
    return Status::Ok();
  };
  EXPECT_EQ(Configure("f", edit, "another").status().code(), StatusCode::kFailedPrecondition);
  const auto changed = Configure("f", edit, created.version->revision_id);
  ASSERT_TRUE(changed.ok());
  EXPECT_EQ(changed->version->configuration.timeout_s, 10);
  EXPECT_NE(changed->version->revision_id, created.version->revision_id);
  EXPECT_EQ(Configure("f", edit, created.version->revision_id).status().code(),
            StatusCode::kFailedPrecondition);
  EXPECT_EQ(Configure("g", edit).status().code(), StatusCode::kNotFound);
  const auto refused = Configure(
      "f", [](FunctionConfiguration*) { return Status(StatusCode::kInvalidArgument, "no"); });
  EXPECT_EQ(refused.status().message(), "no");
  EXPECT_EQ(catalog_->Find("f")->latest, changed->version);
}

TEST_F(FunctionCatalogTest, ADryRunChangesNothing) {
  Create("f");
  FunctionCodeUpdate update;
  update.code = Store("2");
  update.dry_run = true;
  const auto outcome =
      Wait([&](auto done) { catalog_->UpdateCode("f", std::move(update), nullptr, done); });
  ASSERT_TRUE(outcome.ok());
  EXPECT_NE(outcome->version->code, catalog_->Find("f")->latest->code);
  Reopen();
  EXPECT_EQ(catalog_->ReadZip(catalog_->Find("f")->latest->code).value(), CodeOf("1"));
}

TEST_F(FunctionCatalogTest, VersionsAreFrozenAndNeverRepeat) {
  EXPECT_EQ(Create("f", "1", true).version->version, "1");
  // Nothing has changed.
  EXPECT_EQ(Publish("f")->version->version, "1");
  const FunctionOutcome second = UpdateCode("f", "2", true);
  EXPECT_EQ(second.version->version, "2");
  VersionPublication publication;
  publication.code_sha256_base64 = CodeSha256Base64(Store("1").code);
  EXPECT_EQ(Publish("f", publication).status().code(), StatusCode::kInvalidArgument);
  publication.code_sha256_base64 = CodeSha256Base64(Store("2").code);
  publication.revision_id = "other";
  EXPECT_EQ(Publish("f", publication).status().code(), StatusCode::kFailedPrecondition);
  ASSERT_TRUE(Configure("f", [](FunctionConfiguration* configuration) {
                configuration->description = "latest";
                return Status::Ok();
              }).ok());
  publication.revision_id.clear();
  publication.description = "third";
  const auto third = Publish("f", publication);
  ASSERT_TRUE(third.ok());
  EXPECT_EQ(third->version->version, "3");
  EXPECT_EQ(third->version->configuration.description, "third");

  const auto remove = [this](const std::string& version) {
    return Wait([&](auto done) { catalog_->DeleteVersion("f", version, nullptr, done); }).status();
  };
  EXPECT_TRUE(remove("3").ok());
  EXPECT_TRUE(remove("3").ok());
  EXPECT_EQ(remove("$LATEST").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(remove("live").code(), StatusCode::kInvalidArgument);
  Reopen();
  EXPECT_EQ(catalog_->Find("f")->versions.size(), 2u);
  EXPECT_EQ(FindVersion(*catalog_->Find("f"), "3"), nullptr);
  EXPECT_EQ(catalog_->ReadZip(FindVersion(*catalog_->Find("f"), "1")->code).value(), CodeOf("1"));
  // The last version is gone, so the same content is published again, under a new number.
  EXPECT_EQ(Publish("f")->version->version, "4");
  EXPECT_EQ(Publish("f")->version->version, "4");

  // Not even a new function of the name uses the numbers again.
  ASSERT_TRUE(Delete("f").ok());
  EXPECT_EQ(catalog_->Find("f"), nullptr);
  Reopen();
  EXPECT_EQ(catalog_->Find("f"), nullptr);
  EXPECT_EQ(Create("f", "1", true).version->version, "5");
  EXPECT_EQ(catalog_->Find("f")->versions.size(), 1u);
}

TEST_F(FunctionCatalogTest, AliasesNameVersions) {
  Create("f", "1", true);
  UpdateCode("f", "2", true);
  ASSERT_TRUE(MakeAlias("f", "live", "1").ok());
  EXPECT_EQ(MakeAlias("f", "live", "1").status().code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(MakeAlias("f", "test", "9").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(MakeAlias("f", "test", "live").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(MakeAlias("f", "7", "1").status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(MakeAlias("f", "test", "$LATEST", "1", 0.5).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(MakeAlias("f", "test", "1", "1", 0.5).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(MakeAlias("f", "test", "1", "2", 1.5).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(MakeAlias("f", "test", "1", "3", 0.5).status().code(), StatusCode::kNotFound);
  ASSERT_TRUE(MakeAlias("f", "both", "1", "2", 0.25).ok());
  EXPECT_EQ(
      Wait([&](auto done) { catalog_->DeleteVersion("f", "2", nullptr, done); }).status().code(),
      StatusCode::kAlreadyExists);

  const std::string revision = catalog_->Find("f")->aliases.at("live").revision_id;
  const auto update = [&](const std::string& alias, const std::string& guard) {
    return Wait([&](auto done) {
      catalog_->UpdateAlias(
          "f", alias, guard,
          [](Alias* changed) {
            changed->version = "2";
            return Status::Ok();
          },
          nullptr, done);
    });
  };
  EXPECT_EQ(update("live", "other").status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(update("none", "").status().code(), StatusCode::kNotFound);
  ASSERT_TRUE(update("live", revision).ok());
  Reopen();
  const FunctionPointer function = catalog_->Find("f");
  EXPECT_EQ(function->aliases.at("live").version, "2");
  EXPECT_NE(function->aliases.at("live").revision_id, revision);
  EXPECT_EQ(FindVersion(*function, "live")->version, "2");
  EXPECT_EQ(function->aliases.at("both").additional_weight, 0.25);

  // Chance decides between the two versions of an alias with weights.
  int second = 0;
  for (int index = 0; index < 4000; ++index) {
    second += catalog_->Resolve("f", "both")->version == "2" ? 1 : 0;
  }
  EXPECT_NEAR(second, 1000, 150);
  ASSERT_TRUE(Wait([&](auto done) { catalog_->DeleteAlias("f", "both", nullptr, done); }).ok());
  EXPECT_EQ(catalog_->Resolve("f", "both"), nullptr);
}

TEST_F(FunctionCatalogTest, WhatIsRunFollowsChanges) {
  Create("f");
  const RunnableFunctionPointer first = catalog_->Resolve("f", "");
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first, catalog_->Resolve("f", "$LATEST"));
  EXPECT_EQ(first->timeout_ms, 3000);
  EXPECT_EQ(first->log_group, "/aws/lambda/f");
  EXPECT_TRUE(first->ready);
  UpdateCode("f", "2");
  const RunnableFunctionPointer second = catalog_->Resolve("f", "");
  EXPECT_NE(first->revision_id, second->revision_id);
  // Who still has the first one can run it.
  EXPECT_EQ(ReadFile(catalog_->Prepare(*first)->task_root + "/index.py").value(), "1");
  const FunctionFiles files = catalog_->Prepare(*second).value();
  EXPECT_EQ(ReadFile(files.task_root + "/index.py").value(), "2");
  EXPECT_EQ(files.layer_root, "");

  ASSERT_TRUE(SetTag("f", "team", "x").ok());
  EXPECT_EQ(catalog_->Resolve("f", "")->revision_id, second->revision_id);
  EXPECT_EQ(SetTag("f", "millrace:executor", "http").status().code(), StatusCode::kInvalidArgument);
  ASSERT_TRUE(SetTag("f", "millrace:url", "http://127.0.0.1:1/").ok());
  ASSERT_TRUE(SetTag("f", "millrace:executor", "http").ok());
  const RunnableFunctionPointer third = catalog_->Resolve("f", "");
  EXPECT_EQ(third->executor, Executor::kHttp);
  EXPECT_EQ(third->url, "http://127.0.0.1:1/");
  EXPECT_NE(third->revision_id, second->revision_id);

  ASSERT_TRUE(Delete("f").ok());
  EXPECT_EQ(catalog_->Resolve("f", ""), nullptr);
  EXPECT_EQ(ReadFile(files.task_root + "/index.py").value(), "2");
}

TEST_F(FunctionCatalogTest, CodeThatNobodyUsesGoes) {
  const auto zips = [this] {
    size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(options_.code_dir + "/zips")) {
      ++count;
    }
    return count;
  };
  Create("f", "1", true);
  UpdateCode("f", "2");
  { const StoredCode unused = Store("3"); }
  Create("g", "2");
  Reopen();
  // Changes are made after what was found at the start has been looked through.
  Create("h", "1");
  Reopen();
  EXPECT_EQ(zips(), 2u);
  ASSERT_TRUE(Delete("f").ok());
  ASSERT_TRUE(Delete("h").ok());
  Close();
  EXPECT_EQ(zips(), 1u);
  Open();
  EXPECT_TRUE(catalog_->ReadZip(catalog_->Find("g")->latest->code).ok());
}

TEST_F(FunctionCatalogTest, NewFunctionsMayBePendingForAWhile) {
  options_.create_delay_ms = 1000;
  Reopen();
  const FunctionOutcome created = Create("f");
  EXPECT_TRUE(catalog_->IsPending(*created.version));
  EXPECT_FALSE(catalog_->Resolve("f", "")->ready);
  const auto edit = [](FunctionConfiguration*) { return Status::Ok(); };
  EXPECT_EQ(Configure("f", edit).status().code(), StatusCode::kAlreadyExists);
  clock_.AdvanceMs(1000);
  EXPECT_FALSE(catalog_->IsPending(*catalog_->Find("f")->latest));
  EXPECT_TRUE(catalog_->Resolve("f", "")->ready);
  const auto changed = Configure("f", edit);
  ASSERT_TRUE(changed.ok());
  EXPECT_FALSE(catalog_->IsPending(*changed->version));
  EXPECT_TRUE(catalog_->IsUpdating(*changed->version));
  EXPECT_TRUE(catalog_->Resolve("f", "")->ready);
  EXPECT_EQ(Publish("f").status().code(), StatusCode::kAlreadyExists);
}

TEST_F(FunctionCatalogTest, WhatCannotBeReadAgainIsNotWritten) {
  Create("f");
  const auto refused = Configure("f", [](FunctionConfiguration* configuration) {
    configuration->echoed["VpcConfig"] = std::string(300, '[') + std::string(300, ']');
    return Status::Ok();
  });
  EXPECT_EQ(refused.status().code(), StatusCode::kInvalidArgument);
  Reopen();
  EXPECT_TRUE(catalog_->Find("f")->latest->configuration.echoed.empty());
}

TEST_F(FunctionCatalogTest, AfterTheEndNothingIsChanged) {
  Create("f");
  catalog_->Stop();
  EXPECT_EQ(Delete("f").status().code(), StatusCode::kShuttingDown);
  EXPECT_EQ(TryCreate("g").status().code(), StatusCode::kShuttingDown);
  EXPECT_NE(catalog_->Find("f"), nullptr);
}

}  // namespace
}  // namespace millrace::streams
