// libarchive finds and inflates the entries; whether they may be is decided here.
#include "streams/functions/zip_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <sys/stat.h>

#include <array>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace millrace::streams {
namespace {

constexpr size_t kPathSizeMax = 4096;
constexpr size_t kNameSizeMax = 255;
constexpr size_t kDepthMax = 128;
// Entries, and the folders that they are in.
constexpr size_t kNodesMax = 2 * kZipEntriesMax;
constexpr size_t kPieceSize = 64 * 1024;

Status BadZip() { return Status(StatusCode::kInvalidArgument, kBadZip); }

struct ArchiveFree {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
using ArchivePointer = std::unique_ptr<archive, ArchiveFree>;

// libarchive converts names to the character set of the thread's locale; they shall stay UTF-8.
class Utf8Locale {
 public:
  Utf8Locale() : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (locale_ != nullptr) {
      previous_ = uselocale(locale_);
    }
  }
  ~Utf8Locale() {
    if (locale_ != nullptr) {
      uselocale(previous_);
      freelocale(locale_);
    }
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t locale_;
  locale_t previous_ = nullptr;
};

// The names of a relative path, without those that are empty or "."; nothing (false) if it is
// absolute, or climbs other than at its beginning, or is longer than paths can be. `climbs`: how
// often it does.
bool SplitPath(std::string_view path, size_t* climbs, std::vector<std::string_view>* names) {
  *climbs = 0;
  names->clear();
  if (path.empty() || path.size() > kPathSizeMax || path.front() == '/' ||
      path.find('\0') != std::string_view::npos) {
    return false;
  }
  while (!path.empty()) {
    const size_t end = path.find('/');
    const std::string_view name = path.substr(0, end);
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
    if (name == "..") {
      if (!names->empty()) {
        return false;
      }
      ++*climbs;
    } else if (!name.empty() && name != ".") {
      if (name.size() > kNameSizeMax || names->size() == kDepthMax) {
        return false;
      }
      names->push_back(name);
    }
  }
  return true;
}

// The tree that the entries make: no entry may lie below a file or a link.
class Tree {
 public:
  // False if the entry does not fit.
  bool Add(const std::vector<std::string_view>& names, ZipEntryKind kind) {
    uint32_t folder = 0;
    for (size_t depth = 0; depth < names.size(); ++depth) {
      const bool last = depth + 1 == names.size();
      std::string key(reinterpret_cast<const char*>(&folder), sizeof(folder));
      key.append(names[depth]);
      const auto [node, is_new] =
          nodes_.try_emplace(std::move(key), Node{next_id_, last ? kind : ZipEntryKind::kFolder});
      if (is_new) {
        ++next_id_;
        if (nodes_.size() > kNodesMax) {
          return false;
        }
      } else if ((node->second.kind == ZipEntryKind::kFolder) !=
                 (!last || kind == ZipEntryKind::kFolder)) {
        return false;
      } else if (last) {
        node->second.kind = kind;
      }
      folder = node->second.id;
    }
    return true;
  }

 private:
  struct Node {
    uint32_t id;
    ZipEntryKind kind;
  };
  // By the id of the folder and the name in it; the root has the id 0.
  std::unordered_map<std::string, Node> nodes_;
  uint32_t next_id_ = 1;
};

class Reader {
 public:
  Reader(int64_t unzipped_max, ZipVisitor* visitor)
      : unzipped_max_(unzipped_max), visitor_(visitor) {}

  Result<ZipSummary> Read(std::string_view zip) {
    const Utf8Locale locale;
    const ArchivePointer reader(archive_read_new());
    if (reader == nullptr) {
      return Status(StatusCode::kResourceExhausted, "no memory for reading a zip");
    }
    // By the zip's directory, which alone has the permissions.
    if (archive_read_support_format_zip_seekable(reader.get()) != ARCHIVE_OK ||
        archive_read_open_memory(reader.get(), zip.data(), zip.size()) != ARCHIVE_OK) {
      return BadZip();
    }
    while (true) {
      archive_entry* entry = nullptr;
      const int code = archive_read_next_header(reader.get(), &entry);
      if (code == ARCHIVE_EOF) {
        break;
      }
      // A warning is about what was repaired; what came of it is checked like everything else.
      if ((code != ARCHIVE_OK && code != ARCHIVE_WARN) || summary_.entry_count == kZipEntriesMax) {
        return BadZip();
      }
      ++summary_.entry_count;
      RETURN_IF_ERROR(ReadEntry(reader.get(), entry));
    }
    if (summary_.entry_count == 0) {
      return Status(StatusCode::kInvalidArgument, kEmptyZip);
    }
    return summary_;
  }

 private:
  Status ReadEntry(archive* reader, archive_entry* header) {
    ZipEntry entry;
    bool is_root = false;
    if (!Check(header, &entry, &is_root)) {
      return BadZip();
    }
    if (is_root) {
      return Status::Ok();
    }
    if (visitor_ != nullptr) {
      RETURN_IF_ERROR(visitor_->Begin(entry));
    }
    if (entry.kind == ZipEntryKind::kFile) {
      RETURN_IF_ERROR(ReadData(reader));
    }
    return visitor_ == nullptr ? Status::Ok() : visitor_->End();
  }

  // Fills `entry`; false if it may not be. `is_root`: it is the folder that everything is in.
  bool Check(archive_entry* header, ZipEntry* entry, bool* is_root) {
    const char* const path = archive_entry_pathname(header);
    size_t climbs = 0;
    if (path == nullptr || archive_entry_hardlink(header) != nullptr ||
        archive_entry_is_encrypted(header) || !SplitPath(path, &climbs, &names_) || climbs > 0) {
      return false;
    }
    const mode_t type = archive_entry_filetype(header);
    if (type == AE_IFDIR) {
      entry->kind = ZipEntryKind::kFolder;
    } else if (type == AE_IFREG) {
      entry->kind = ZipEntryKind::kFile;
    } else if (type == AE_IFLNK) {
      entry->kind = ZipEntryKind::kLink;
    } else {
      return false;
    }
    *is_root = names_.empty() && entry->kind == ZipEntryKind::kFolder;
    if (*is_root) {
      return true;
    }
    if (names_.empty() || !tree_.Add(names_, entry->kind)) {
      return false;
    }
    for (const std::string_view name : names_) {
      entry->path.append(entry->path.empty() ? "" : "/").append(name);
    }
    entry->permissions = static_cast<int>(archive_entry_perm(header)) & 0777;
    if (entry->permissions == 0) {
      entry->permissions = entry->kind == ZipEntryKind::kFolder ? 0755 : 0644;
    }
    return entry->kind != ZipEntryKind::kLink || CheckLink(header, entry);
  }

  // A target may climb only at its beginning, where the folders on the way are folders for certain:
  // behind the name of another link, ".." would lead to wherever that link points.
  bool CheckLink(archive_entry* header, ZipEntry* entry) {
    const size_t depth = names_.size() - 1;
    const char* const target = archive_entry_symlink(header);
    size_t climbs = 0;
    if (target == nullptr || !SplitPath(target, &climbs, &names_) || climbs > depth) {
      return false;
    }
    entry->target = target;
    return true;
  }

  Status ReadData(archive* reader) {
    while (true) {
      const la_ssize_t count = archive_read_data(reader, piece_.data(), piece_.size());
      if (count == 0) {
        return Status::Ok();
      }
      if (count < 0) {
        return BadZip();
      }
      summary_.unzipped_bytes += count;
      if (summary_.unzipped_bytes > unzipped_max_) {
        return Status(StatusCode::kInvalidArgument, kUnzippedTooLarge);
      }
      if (visitor_ != nullptr) {
        RETURN_IF_ERROR(visitor_->Data({piece_.data(), static_cast<size_t>(count)}));
      }
    }
  }

  const int64_t unzipped_max_;
  ZipVisitor* const visitor_;
  ZipSummary summary_;
  Tree tree_;
  std::vector<std::string_view> names_;
  std::array<char, kPieceSize> piece_;
};

}  // namespace

Result<ZipSummary> ReadZip(std::string_view zip, int64_t unzipped_max, ZipVisitor* visitor) {
  // A zip of nothing is only the end of its directory, and no zip to libarchive.
  if (zip.starts_with("PK\x05\x06")) {
    return Status(StatusCode::kInvalidArgument, kEmptyZip);
  }
  const auto reader = std::make_unique<Reader>(unzipped_max, visitor);
  return reader->Read(zip);
}

}  // namespace millrace::streams
