// Zips made byte by byte, also such as no tool would make, and a catalog over a database of its
// own. Used by tests only.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/base/clock.h"
#include "storage/base/digest.h"
#include "storage/base/random.h"
#include "storage/engine/test_support.h"
#include "streams/functions/executor_tags.h"
#include "streams/functions/function_catalog.h"

namespace millrace::streams {

// One entry of a zip. What is not said is as a Unix tool would write it.
struct ZipPart {
  std::string name;
  std::string content;
  uint32_t unix_mode = 0100644;  // 0: made by a system that has none
  bool deflates = false;         // else stored
  int64_t claimed_size = -1;     // what the zip says the size is; -1: the truth
  bool breaks_checksum = false;
};

inline std::string Deflate(std::string_view bytes) {
  z_stream stream{};
  CHECK(deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline void AppendLittleEndian16(std::string* out, uint32_t value) {
  out->push_back(static_cast<char>(value & 0xFF));
  out->push_back(static_cast<char>(value >> 8 & 0xFF));
}
inline void AppendZipNumber(std::string* out, uint32_t value) {
  AppendLittleEndian16(out, value & 0xFFFF);
  AppendLittleEndian16(out, value >> 16);
}

inline std::string MakeZip(const std::vector<ZipPart>& parts) {
  std::string zip;
  std::string directory;
  for (const ZipPart& part : parts) {
    const std::string data = part.deflates ? Deflate(part.content) : part.content;
    const auto size = static_cast<uint32_t>(
        part.claimed_size < 0 ? static_cast<int64_t>(part.content.size()) : part.claimed_size);
    // What both headers have: version needed, flags (names are UTF-8), method, time, date,
    // checksum, sizes, sizes of name and extra field.
    std::string common;
    AppendLittleEndian16(&common, 20);
    AppendLittleEndian16(&common, 1 << 11);
    AppendLittleEndian16(&common, part.deflates ? 8 : 0);
    AppendZipNumber(&common, 0x58210000);
    AppendZipNumber(&common, Crc32(part.content) ^ (part.breaks_checksum ? 1 : 0));
    AppendZipNumber(&common, static_cast<uint32_t>(data.size()));
    AppendZipNumber(&common, size);
    AppendLittleEndian16(&common, static_cast<uint32_t>(part.name.size()));
    AppendLittleEndian16(&common, 0);
    directory.append("PK\x01\x02");
    AppendLittleEndian16(&directory, (part.unix_mode == 0 ? 0 : 3) << 8 | 20);
    directory.append(common);
    AppendLittleEndian16(&directory, 0);  // comment
    AppendLittleEndian16(&directory, 0);  // disk
    AppendLittleEndian16(&directory, 0);  // internal attributes
    AppendZipNumber(&directory, part.unix_mode << 16);
    AppendZipNumber(&directory, static_cast<uint32_t>(zip.size()));
    directory.append(part.name);
    zip.append("PK\x03\x04").append(common).append(part.name).append(data);
  }
  const auto directory_at = static_cast<uint32_t>(zip.size());
  zip.append(directory).append("PK\x05\x06");
  AppendZipNumber(&zip, 0);
  AppendLittleEndian16(&zip, static_cast<uint32_t>(parts.size()));
  AppendLittleEndian16(&zip, static_cast<uint32_t>(parts.size()));
  AppendZipNumber(&zip, static_cast<uint32_t>(directory.size()));
  AppendZipNumber(&zip, directory_at);
  AppendLittleEndian16(&zip, 0);
  return zip;
}

class FunctionCatalogTest : public testing::Test {
 protected:
  FunctionCatalogTest() {
    options_.code_dir = directory_.path() + "/functions";
    Open();
  }
  ~FunctionCatalogTest() override { Close(); }

  void Open() {
    engine::Options options;
    options.data_dir = directory_.path() + "/data";
    options.clock = &clock_;
    auto opened = engine::Engine::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    engine_ = std::move(opened).value();
    engine_->Start();
    catalog_ = std::make_unique<FunctionCatalog>(engine_.get(), &clock_, &random_, options_);
    catalog_->OnChange([this](const std::string& name) { changed_.push_back(name); });
    const Status loaded = catalog_->Load();
    ASSERT_TRUE(loaded.ok()) << loaded.ToString();
    catalog_->Start();
  }
  void Close() {
    catalog_->Stop();
    engine_->Stop();
    catalog_.reset();
    engine_.reset();
  }
  void Reopen() {
    Close();
    Open();
  }

  // Waits for the callback of a change.
  static Result<FunctionOutcome> Wait(const std::function<void(FunctionCatalog::Done)>& call) {
    std::promise<Result<FunctionOutcome>> promise;
    call([&promise](Result<FunctionOutcome> result) { promise.set_value(std::move(result)); });
    return promise.get_future().get();
  }

  static std::string CodeOf(const std::string& text) { return MakeZip({{"index.py", text}}); }
  StoredCode Store(const std::string& text) {
    auto stored = catalog_->StoreZip(CodeOf(text));
    EXPECT_TRUE(stored.ok()) << stored.status().ToString();
    return stored.value();
  }

  static FunctionConfiguration SomeConfiguration() {
    FunctionConfiguration configuration;
    configuration.runtime = "python3.12";
    configuration.role = "arn:aws:iam::000000000000:role/r";
    configuration.handler = "index.handler";
    return configuration;
  }
  Result<FunctionOutcome> TryCreate(const std::string& name, const std::string& text = "1",
                                    bool publish = false, FunctionTags tags = {}) {
    FunctionCreation creation;
    creation.name = name;
    creation.configuration = SomeConfiguration();
    creation.code = Store(text);
    creation.publish = publish;
    creation.tags.assign(tags.begin(), tags.end());
    return Wait([&](auto done) { catalog_->Create(std::move(creation), nullptr, done); });
  }
  FunctionOutcome Create(const std::string& name, const std::string& text = "1",
                         bool publish = false) {
    auto created = TryCreate(name, text, publish);
    EXPECT_TRUE(created.ok()) << created.status().ToString();
    return created.value();
  }
  FunctionOutcome UpdateCode(const std::string& name, const std::string& text,
                             bool publish = false) {
    FunctionCodeUpdate update;
    update.code = Store(text);
    update.publish = publish;
    auto updated =
        Wait([&](auto done) { catalog_->UpdateCode(name, std::move(update), nullptr, done); });
    EXPECT_TRUE(updated.ok()) << updated.status().ToString();
    return updated.value();
  }
  Result<FunctionOutcome> Configure(const std::string& name,
                                    FunctionCatalog::ConfigurationEdit edit,
                                    const std::string& revision_id = "") {
    return Wait([&](auto done) {
      catalog_->UpdateConfiguration(name, revision_id, std::move(edit), nullptr, done);
    });
  }
  Result<FunctionOutcome> Publish(const std::string& name, VersionPublication publication = {}) {
    return Wait([&](auto done) { catalog_->PublishVersion(name, publication, nullptr, done); });
  }
  Result<FunctionOutcome> Delete(const std::string& name) {
    return Wait([&](auto done) { catalog_->Delete(name, nullptr, done); });
  }
  Result<FunctionOutcome> MakeAlias(const std::string& name, const std::string& alias,
                                    const std::string& version,
                                    const std::string& additional_version = "", double weight = 0) {
    Alias made;
    made.name = alias;
    made.version = version;
    made.additional_version = additional_version;
    made.additional_weight = weight;
    return Wait([&](auto done) { catalog_->CreateAlias(name, made, nullptr, done); });
  }
  Result<FunctionOutcome> SetTag(const std::string& name, const std::string& key,
                                 const std::string& value) {
    return Wait([&](auto done) { catalog_->Tag(name, {{key, value}}, nullptr, done); });
  }
  Result<LayerVersionPointer> PublishLayer(const std::string& layer,
                                           const std::vector<ZipPart>& parts) {
    LayerPublication publication;
    publication.version.layer = layer;
    publication.code = catalog_->StoreZip(MakeZip(parts)).value();
    std::promise<Result<LayerVersionPointer>> promise;
    catalog_->PublishLayer(std::move(publication), nullptr,
                           [&](auto result) { promise.set_value(std::move(result)); });
    return promise.get_future().get();
  }
  Status DeleteLayer(const std::string& layer, uint64_t version) {
    std::promise<Status> promise;
    catalog_->DeleteLayerVersion(layer, version, nullptr,
                                 [&](const Status& status) { promise.set_value(status); });
    return promise.get_future().get();
  }

  engine::TemporaryDirectory directory_;
  ManualClock clock_{1'700'000'000'000};
  SeededRandom random_{1};
  FunctionCatalogOptions options_;
  std::vector<std::string> changed_;  // written by the catalog's thread before the callback
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<FunctionCatalog> catalog_;
};

}  // namespace millrace::streams
