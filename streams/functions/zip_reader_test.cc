// Zips of clients: sound ones are read as they are, hostile and broken ones are refused, and
// nothing of them gets outside.
#include "streams/functions/zip_reader.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "storage/engine/test_support.h"
#include "streams/functions/disk_files.h"
#include "streams/functions/test_support.h"
#include "streams/functions/zip_unpacker.h"

namespace millrace::streams {
namespace {

constexpr uint32_t kLink = 0120777;
constexpr uint32_t kFolder = 0040755;

// Notes entries as "path kind permissions" with their content.
class Collector final : public ZipVisitor {
 public:
  Status Begin(const ZipEntry& entry) override {
    path_ = entry.path;
    contents_[path_] = entry.target;
    permissions_[path_] = entry.permissions;
    return Status::Ok();
  }
  Status Data(std::string_view bytes) override {
    contents_[path_].append(bytes);
    return Status::Ok();
  }
  Status End() override { return Status::Ok(); }

  std::map<std::string, std::string> contents_;
  std::map<std::string, int> permissions_;

 private:
  std::string path_;
};

Status Check(const std::vector<ZipPart>& parts, int64_t unzipped_max = kUnzippedSizeMax) {
  return ReadZip(MakeZip(parts), unzipped_max, nullptr).status();
}

TEST(ZipReader, SoundZipsAreRead) {
  Collector collector;
  const auto summary = ReadZip(MakeZip({
                                   {"index.py", "print()"},
                                   {"lib/", "", kFolder},
                                   {"lib/big.txt", std::string(300'000, 'a'), 0100644, true},
                                   {"./lib//run.sh", "#!", 0100755},
                                   {"dos.txt", "dos", 0},
                                   {"no_mode.txt", "x", 0100000},
                                   {"setuid", "s", 0104755},
                                   {"lib/link", "../index.py", kLink},
                                   {"gr\xC3\xBC\xC3\x9F.txt", "hallo"},
                               }),
                               kUnzippedSizeMax, &collector);
  ASSERT_TRUE(summary.ok()) << summary.status().ToString();
  EXPECT_EQ(summary->entry_count, 9);
  EXPECT_EQ(summary->unzipped_bytes, 7 + 300'000 + 2 + 3 + 1 + 1 + 5);
  EXPECT_EQ(collector.contents_["index.py"], "print()");
  EXPECT_EQ(collector.contents_["lib/big.txt"], std::string(300'000, 'a'));
  EXPECT_EQ(collector.contents_["lib/link"], "../index.py");
  EXPECT_EQ(collector.contents_["gr\xC3\xBC\xC3\x9F.txt"], "hallo");
  EXPECT_EQ(collector.permissions_["lib/run.sh"], 0755);
  EXPECT_EQ(collector.permissions_["no_mode.txt"], 0644);
  EXPECT_EQ(collector.permissions_["setuid"], 0755);
}

TEST(ZipReader, WhatWouldGetOutIsRefused) {
  const std::vector<std::vector<ZipPart>> hostile = {
      {{"/etc/passwd", "x"}},
      {{"../x", "x"}},
      {{"a/../../x", "x"}},
      {{"a/..", "x"}},
      {{"..", "x"}},
      {{".", "x"}},
      {{"link", "/etc/passwd", kLink}},
      {{"link", "..", kLink}},
      {{"a/link", "../..", kLink}},
      {{"a/link", "b/../../..", kLink}},
      // Lexically inside, but not where the first link leads.
      {{"a/b/", "", kFolder}, {"a/b/up", "../..", kLink}, {"out", "a/b/up/../x", kLink}},
      // Through a link, whatever it points to.
      {{"link", "a", kLink}, {"link/x", "x"}},
      {{"link/x", "x"}, {"link", "a", kLink}},
      {{"file", "x"}, {"file/x", "x"}},
      {{"folder/x", "x"}, {"folder", "x"}},
      {{"device", "", 0020644}},
      {{"socket", "", 0140644}},
      {{std::string(256, 'a'), "x"}},
      {{std::string(5000, 'a'), "x"}},
      {{"empty_link", "", kLink}},
  };
  for (const std::vector<ZipPart>& parts : hostile) {
    const Status status = Check(parts);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << parts[0].name;
    EXPECT_EQ(status.message(), kBadZip) << parts[0].name;
  }
  std::string deep;
  for (int depth = 0; depth < 200; ++depth) {
    deep.append("d/");
  }
  EXPECT_EQ(Check({{deep + "x", "x"}}).message(), kBadZip);
}

TEST(ZipReader, BrokenZipsAreRefused) {
  const std::string zip = MakeZip({{"index.py", "print()"}, {"b", std::string(1000, 'b')}});
  EXPECT_EQ(ReadZip("", kUnzippedSizeMax, nullptr).status().message(), kBadZip);
  EXPECT_EQ(ReadZip("no zip", kUnzippedSizeMax, nullptr).status().message(), kBadZip);
  EXPECT_EQ(ReadZip(MakeZip({}), kUnzippedSizeMax, nullptr).status().message(), kEmptyZip);
  for (size_t size = 0; size < zip.size(); size += 7) {
    EXPECT_FALSE(ReadZip(zip.substr(0, size), kUnzippedSizeMax, nullptr).ok()) << size;
  }
  ZipPart part{"index.py", "print()"};
  part.breaks_checksum = true;
  EXPECT_EQ(Check({part}).message(), kBadZip);
}

TEST(ZipReader, BombsAreStoppedWhileTheyInflate) {
  ZipPart bomb{"zeros", std::string(2'000'000, '\0'), 0100644, true};
  EXPECT_TRUE(Check({bomb}, 2'000'000).ok());
  EXPECT_EQ(Check({bomb}, 1'999'999).message(), kUnzippedTooLarge);
  // One that lies about its size.
  bomb.claimed_size = 10;
  EXPECT_FALSE(Check({bomb}, 1'999'999).ok());
  // Many that are small each.
  std::vector<ZipPart> parts;
  for (int index = 0; index < 100; ++index) {
    parts.push_back({"f" + std::to_string(index), std::string(100, 'x')});
  }
  EXPECT_EQ(Check(parts, 9'999).message(), kUnzippedTooLarge);
}

TEST(ZipReader, FoldersCountToo) {
  // Few entries, but each makes a hundred folders of its own.
  std::vector<ZipPart> parts;
  for (int index = 0; index < 2'100; ++index) {
    std::string path = std::to_string(index) + "/";
    for (int depth = 0; depth < 100; ++depth) {
      path.append("d/");
    }
    parts.push_back({path + "x", ""});
  }
  EXPECT_EQ(Check(parts).message(), kBadZip);
}

TEST(ZipUnpacker, LaterZipsWin) {
  const engine::TemporaryDirectory directory;
  const std::string root = directory.path() + "/root";
  ASSERT_TRUE(MakeFolder(root).ok());
  const auto unpack = [&root](const std::vector<ZipPart>& parts) {
    const Status status = UnpackZip(MakeZip(parts), kUnzippedSizeMax, root);
    EXPECT_TRUE(status.ok()) << status.ToString();
  };
  unpack({{"python/a.py", "1"},
          {"python/b.py", "1"},
          {"was_file", "1"},
          {"was_folder/x", "1"},
          {"was_link", "python", kLink},
          {"run", "1", 0106755}});
  unpack({{"python/b.py", "2"}, {"was_file/x", "2"}, {"was_folder", "2"}, {"was_link/x", "2"}});
  EXPECT_EQ(ReadFile(root + "/python/a.py").value(), "1");
  EXPECT_EQ(ReadFile(root + "/python/b.py").value(), "2");
  EXPECT_EQ(ReadFile(root + "/was_file/x").value(), "2");
  EXPECT_EQ(ReadFile(root + "/was_folder").value(), "2");
  EXPECT_EQ(ReadFile(root + "/was_link/x").value(), "2");
  EXPECT_FALSE(std::filesystem::exists(root + "/python/x"));

  struct stat status {};
  ASSERT_EQ(stat((root + "/run").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0555u);
  ASSERT_EQ(stat((root + "/python/a.py").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0444u);
  ASSERT_TRUE(ProtectFolders(root).ok());
  ASSERT_EQ(stat((root + "/python").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0555u);
  EXPECT_TRUE(RemoveTree(root).ok());
  EXPECT_FALSE(std::filesystem::exists(root));
}

TEST(ZipUnpacker, NothingGetsOutOfAFolderThatIsALink) {
  const engine::TemporaryDirectory directory;
  ASSERT_TRUE(MakeFolder(directory.path() + "/target").ok());
  std::filesystem::create_symlink("target", directory.path() + "/link");
  EXPECT_FALSE(UnpackZip(MakeZip({{"x", "x"}}), kUnzippedSizeMax, directory.path() + "/link").ok());
  EXPECT_FALSE(std::filesystem::exists(directory.path() + "/target/x"));
}

}  // namespace
}  // namespace millrace::streams
