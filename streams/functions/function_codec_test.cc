// The stored bytes of functions and layers: the registered layout, everything is read back, and
// damage is noticed.
#include "streams/functions/function_codec.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "storage/base/digest.h"

namespace millrace::streams {
namespace {

FunctionVersion FullVersion() {
  FunctionVersion version;
  version.version = "$LATEST";
  version.revision_id = "r";
  version.modified_ms = 1;
  version.active_ms = 2;
  version.updated_ms = 3;
  version.code = {"abc", 4, 5, "/home/me/app"};
  FunctionConfiguration& configuration = version.configuration;
  configuration.runtime = "python3.12";
  configuration.role = "arn:aws:iam::000000000000:role/r";
  configuration.handler = "index.handler";
  configuration.description = "\"quoted\" gr\xC3\xBC\xC3\x9F";
  configuration.timeout_s = 900;
  configuration.memory_mb = 10240;
  configuration.ephemeral_storage_mb = 1024;
  configuration.architecture = "arm64";
  configuration.environment = {{"B", "2"}, {"A", ""}};
  configuration.has_environment = true;
  configuration.layers = {{"arn:l:1", {"def", 6, 7, ""}}, {"arn:m:2", {"ghi", 8, 9, ""}}};
  configuration.dead_letter_arn = "arn:q";
  configuration.tracing_mode = "Active";
  configuration.log_format = "JSON";
  configuration.application_log_level = "DEBUG";
  configuration.system_log_level = "WARN";
  configuration.log_group = "/mine";
  configuration.kms_key_arn = "arn:k";
  configuration.echoed = {{"VpcConfig", R"({"SubnetIds":["a"],"Ipv6AllowedForDualStack":false})"},
                          {"ImageConfig", R"({"Command":[],"Size":1.50,"None":null})"}};
  return version;
}

Function FullFunction() {
  Function function;
  function.name = "f";
  function.latest = std::make_shared<FunctionVersion>(FullVersion());
  function.last_version = 7;
  function.last_published = 6;
  function.last_published_digest = "d";
  function.aliases["live"] = {"live", "6", "text", "5", 0.1, "ar"};
  function.aliases["test"] = {"test", "$LATEST", "", "", 0, "br"};
  function.reserved_concurrency = 0;
  function.event_invoke_configs["$LATEST"] = {0, std::nullopt, "arn:s", "arn:f", 9};
  function.event_invoke_configs["live"] = {std::nullopt, 60, "", "", 10};
  function.urls["live"] = {"u", "NONE", "RESPONSE_STREAM", R"({"AllowOrigins":["*"]})", 11, 12};
  function.policies["$LATEST"] = {{{"s", R"({"Sid":"s"})"}, {"t", "{}"}}, "pr"};
  function.provisioned["6"] = {3, 13};
  function.tags = {{"a", "b"}, {"millrace:executor", "attach"}};
  function.recursion_allowed = true;
  return function;
}

TEST(FunctionCodec, FunctionsAreReadBack) {
  const Function function = FullFunction();
  std::string bytes;
  EncodeFunction(function, &bytes);
  const auto read = DecodeFunction(bytes);
  ASSERT_TRUE(read.ok()) << bytes;
  EXPECT_EQ(read->name, function.name);
  EXPECT_EQ(*read->latest, *function.latest);
  EXPECT_EQ(read->last_version, function.last_version);
  EXPECT_EQ(read->last_published, function.last_published);
  EXPECT_EQ(read->last_published_digest, function.last_published_digest);
  EXPECT_EQ(read->aliases, function.aliases);
  EXPECT_EQ(read->reserved_concurrency, function.reserved_concurrency);
  EXPECT_EQ(read->event_invoke_configs, function.event_invoke_configs);
  EXPECT_EQ(read->urls, function.urls);
  EXPECT_EQ(read->policies, function.policies);
  EXPECT_EQ(read->provisioned, function.provisioned);
  EXPECT_EQ(read->tags, function.tags);
  EXPECT_TRUE(read->recursion_allowed);
  std::string again;
  EncodeFunction(*read, &again);
  EXPECT_EQ(again, bytes);
}

TEST(FunctionCodec, VersionsHaveTheRegisteredLayout) {
  FunctionVersion version;
  version.version = "7";
  version.revision_id = "r";
  version.modified_ms = 1;
  version.active_ms = 2;
  version.updated_ms = 3;
  version.code = {"abc", 4, 5, ""};
  version.configuration.runtime = "nodejs20.x";
  version.configuration.role = "arn";
  version.configuration.handler = "h";
  version.configuration.architecture = "x86_64";
  version.configuration.environment = {{"K", "v"}};
  version.configuration.has_environment = true;
  std::string bytes;
  EncodeVersion(version, &bytes);
  EXPECT_EQ(bytes,
            "\x01"
            R"({"Version":"7","RevisionId":"r","Modified":1,"Active":2,"Updated":3,)"
            R"("Code":{"Sha256":"abc","Size":4,"UnzippedSize":5},)"
            R"("Configuration":{"Runtime":"nodejs20.x","Role":"arn","Handler":"h",)"
            R"("PackageType":"Zip","Timeout":3,"MemorySize":128,"EphemeralStorage":512,)"
            R"("Architecture":"x86_64","Environment":{"K":"v"},"TracingMode":"PassThrough",)"
            R"("LogFormat":"Text"}})");
  EXPECT_EQ(DecodeVersion(bytes).value(), version);
}

TEST(FunctionCodec, KeysHaveTheRegisteredLayout) {
  EXPECT_EQ(ToHex(FunctionRowKey("f")), "2066");
  EXPECT_EQ(ToHex(VersionRowKey("f", 258)), "2166000000000000000102");
  EXPECT_EQ(ToHex(FormerFunctionKey("f")), "2266");
  EXPECT_EQ(ToHex(LayerRowKey("l")), "236c");
  EXPECT_EQ(ToHex(LayerVersionKey("l", 1)), "246c000000000000000001");
  std::string name;
  uint64_t version = 0;
  ASSERT_TRUE(ParseFunctionKey(VersionRowKey("f", 258), kVersionRow, &name, &version));
  EXPECT_EQ(name, "f");
  EXPECT_EQ(version, 258u);
  ASSERT_TRUE(ParseFunctionKey(FunctionRowKey("f"), kFunctionRow, &name, &version));
  EXPECT_FALSE(ParseFunctionKey(FunctionRowKey("f"), kVersionRow, &name, &version));
  EXPECT_FALSE(ParseFunctionKey("\x21short", kVersionRow, &name, &version));
  EXPECT_FALSE(ParseFunctionKey("\x20", kFunctionRow, &name, &version));
  std::string bytes;
  EncodeLastVersion(9, &bytes);
  EXPECT_EQ(bytes, "\x01{\"LastVersion\":9}");
  EXPECT_EQ(DecodeLastVersion(bytes).value(), 9u);
}

TEST(FunctionCodec, LayersAreReadBack) {
  LayerVersion layer;
  layer.layer = "l";
  layer.version = 3;
  layer.arn = "arn:l:3";
  layer.description = "d";
  layer.license = "MIT";
  layer.runtimes = {"python3.12", "python3.13"};
  layer.architectures = {"arm64"};
  layer.code = {"abc", 1, 2, ""};
  layer.creation_ms = 4;
  std::string bytes;
  EncodeLayerVersion(layer, &bytes);
  EXPECT_EQ(DecodeLayerVersion(bytes).value(), layer);
}

TEST(FunctionCodec, DamageIsNoticed) {
  std::string bytes;
  EncodeFunction(FullFunction(), &bytes);
  for (size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_FALSE(DecodeFunction(bytes.substr(0, size)).ok()) << size;
  }
  std::string version_bytes;
  EncodeVersion(FullVersion(), &version_bytes);
  EXPECT_TRUE(DecodeVersion(version_bytes).ok());
  version_bytes[0] = 2;
  EXPECT_FALSE(DecodeVersion(version_bytes).ok());
  for (const std::string text :
       {"[]", "{}", "1", R"({"Name":1})", R"({"Name":"f","Latest":1})",
        R"({"Name":"f","Latest":{"Version":"$LATEST","Code":{},"Configuration":[]}})",
        R"({"LastVersion":0})", R"({"LastVersion":"1"})"}) {
    EXPECT_FALSE(DecodeFunction("\x01" + text).ok()) << text;
    EXPECT_FALSE(DecodeVersion("\x01" + text).ok()) << text;
    EXPECT_FALSE(DecodeLayerVersion("\x01" + text).ok()) << text;
    EXPECT_FALSE(DecodeLastVersion("\x01" + text).ok()) << text;
  }
}

TEST(FunctionCodec, DigestsAreOfWhatIsRun) {
  FunctionVersion version = FullVersion();
  const std::string digest = VersionDigest(version);
  version.revision_id = "other";
  version.modified_ms = 99;
  version.version = "8";
  EXPECT_EQ(VersionDigest(version), digest);
  version.configuration.environment[0].second = "3";
  EXPECT_NE(VersionDigest(version), digest);
}

}  // namespace
}  // namespace millrace::streams
