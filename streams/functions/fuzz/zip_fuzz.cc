// Reads arbitrary bytes as a zip. Whatever is taken must have sound paths and keep to the limit,
// and reading without a visitor must come to the same end.
#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/check.h"
#include "streams/functions/zip_reader.h"

namespace {

constexpr int64_t kUnzippedMax = 1 << 20;

class Checker final : public millrace::streams::ZipVisitor {
 public:
  millrace::Status Begin(const millrace::streams::ZipEntry& entry) override {
    CHECK(!entry.path.empty() && entry.path.front() != '/' && entry.path.back() != '/');
    const std::string framed = "/" + entry.path + "/";
    CHECK(framed.find("/../") == std::string::npos && framed.find("/./") == std::string::npos);
    CHECK(framed.find("//") == std::string::npos && framed.find('\0') == std::string::npos);
    CHECK(entry.permissions > 0 && entry.permissions <= 0777);
    CHECK((entry.kind == millrace::streams::ZipEntryKind::kLink) == !entry.target.empty());
    CHECK(entry.target.empty() || entry.target.front() != '/');
    return millrace::Status::Ok();
  }
  millrace::Status Data(std::string_view bytes) override {
    size_bytes_ += static_cast<int64_t>(bytes.size());
    CHECK(size_bytes_ <= kUnzippedMax);
    return millrace::Status::Ok();
  }
  millrace::Status End() override { return millrace::Status::Ok(); }
  int64_t size_bytes() const { return size_bytes_; }

 private:
  int64_t size_bytes_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  const std::string_view zip(reinterpret_cast<const char*>(data), size_bytes);
  Checker checker;
  const auto read = millrace::streams::ReadZip(zip, kUnzippedMax, &checker);
  const auto checked = millrace::streams::ReadZip(zip, kUnzippedMax, nullptr);
  CHECK(read.ok() == checked.ok());
  if (read.ok()) {
    CHECK(read->unzipped_bytes == checker.size_bytes());
    CHECK(read->entry_count > 0);
  } else {
    CHECK(!read.status().message().empty());
  }
  return 0;
}
