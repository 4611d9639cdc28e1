// Reading zips that clients upload: every entry is checked before anybody sees it, so that what
// unpacks a zip cannot be led out of its folder, nor made to write more than it may.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/status.h"

namespace millrace::streams {

inline constexpr int64_t kZipEntriesMax = 100'000;

// What the client is told about a zip that cannot be used.
inline constexpr std::string_view kBadZip =
    "Could not unzip uploaded file. Please check your file, then try to upload again.";
inline constexpr std::string_view kEmptyZip = "Uploaded file must be a non-empty zip";
inline constexpr std::string_view kUnzippedTooLarge =
    "Unzipped size must be smaller than 262144000 bytes";

enum class ZipEntryKind { kFolder, kFile, kLink };

struct ZipEntry {
  ZipEntryKind kind = ZipEntryKind::kFile;
  // Relative, names joined by single slashes, none of them "." or "..". No name on the way is that
  // of a file or link of the zip.
  std::string path;
  int permissions = 0;  // rwxrwxrwx bits only; those that are usual if the zip gives none
  std::string target;   // of a link: relative, stays inside wherever links on its way lead
};

// Takes the content of a zip, entry by entry: Begin, Data for files (any number of times), End. A
// failure ends the reading.
class ZipVisitor {
 public:
  virtual ~ZipVisitor() = default;
  virtual Status Begin(const ZipEntry& entry) = 0;
  virtual Status Data(std::string_view bytes) = 0;
  virtual Status End() = 0;
};

struct ZipSummary {
  int64_t entry_count = 0;
  int64_t unzipped_bytes = 0;
};

// Reads all of a zip; `visitor` may be nullptr: it is only checked. kInvalidArgument, with one of
// the texts above, for what is not a sound zip, has too many entries or inflates to more than
// `unzipped_max`; else the failure of the visitor. Entries that were read before it have been seen
// by the visitor. Thread-safe.
Result<ZipSummary> ReadZip(std::string_view zip, int64_t unzipped_max, ZipVisitor* visitor);

}  // namespace millrace::streams
