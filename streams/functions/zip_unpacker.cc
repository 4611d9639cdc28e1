// Every step into a folder is made by descriptor and follows no symbolic link, so that nothing can
// be written outside whatever the entries are.
#include "streams/functions/zip_unpacker.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

#include "streams/functions/disk_files.h"
#include "streams/functions/zip_reader.h"

namespace millrace::streams {
namespace {

// While a tree is being written its folders must be open for that.
constexpr mode_t kFolderMode = 0755;
constexpr mode_t kWriteBits = 0222;

class Unpacker final : public ZipVisitor {
 public:
  explicit Unpacker(std::string folder) : folder_(std::move(folder)) {}
  ~Unpacker() override {
    CloseFile();
    Close(&root_);
  }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  Status Open() {
    root_ = open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return root_ < 0 ? SystemFailure("cannot open", folder_, errno) : Status::Ok();
  }

  Status Begin(const ZipEntry& entry) override {
    path_ = folder_ + "/" + entry.path;
    int parent = dup(root_);
    std::string_view rest = entry.path;
    Status status = parent < 0 ? Failure("cannot open") : Status::Ok();
    for (size_t end = rest.find('/'); status.ok() && end != std::string_view::npos;
         end = rest.find('/')) {
      status = Enter(std::string(rest.substr(0, end)), &parent);
      rest.remove_prefix(end + 1);
    }
    if (status.ok()) {
      status = Make(entry, parent, std::string(rest));
    }
    Close(&parent);
    return status;
  }

  Status Data(std::string_view bytes) override { return WriteAll(file_, bytes, path_); }

  Status End() override {
    if (file_ >= 0 && fchmod(file_, permissions_) != 0) {
      return Failure("cannot set the permissions of");
    }
    CloseFile();
    return Status::Ok();
  }

 private:
  static void Close(int* descriptor) {
    if (*descriptor >= 0) {
      close(*descriptor);
      *descriptor = -1;
    }
  }
  void CloseFile() { Close(&file_); }
  Status Failure(std::string_view what) const { return SystemFailure(what, path_, errno); }

  // Goes from `*folder` into the one called `name`, which is made if it is not there. A file or
  // link of an earlier zip gives way.
  Status Enter(const std::string& name, int* folder) {
    if (mkdirat(*folder, name.c_str(), kFolderMode) != 0 && errno != EEXIST) {
      return Failure("cannot make a folder of");
    }
    constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
    int next = openat(*folder, name.c_str(), kFlags);
    if (next < 0 && (errno == ENOTDIR || errno == ELOOP)) {
      if (unlinkat(*folder, name.c_str(), 0) != 0 ||
          mkdirat(*folder, name.c_str(), kFolderMode) != 0) {
        return Failure("cannot make a folder of");
      }
      next = openat(*folder, name.c_str(), kFlags);
    }
    if (next < 0) {
      return Failure("cannot open a folder of");
    }
    Close(folder);
    *folder = next;
    return Status::Ok();
  }

  Status Make(const ZipEntry& entry, int parent, const std::string& name) {
    if (entry.kind == ZipEntryKind::kFolder) {
      int folder = dup(parent);
      const Status status = folder < 0 ? Failure("cannot open") : Enter(name, &folder);
      Close(&folder);
      return status;
    }
    if (unlinkat(parent, name.c_str(), 0) != 0 && errno != ENOENT) {
      // A folder of an earlier zip.
      RETURN_IF_ERROR(RemoveTree(path_));
    }
    if (entry.kind == ZipEntryKind::kLink) {
      return symlinkat(entry.target.c_str(), parent, name.c_str()) != 0 ? Failure("cannot link")
                                                                        : Status::Ok();
    }
    file_ =
        openat(parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    permissions_ = static_cast<mode_t>(entry.permissions) & ~kWriteBits;
    return file_ < 0 ? Failure("cannot make") : Status::Ok();
  }

  const std::string folder_;
  int root_ = -1;
  int file_ = -1;  // the one being written
  mode_t permissions_ = 0;
  std::string path_;  // of the present entry, for messages
};

}  // namespace

Status UnpackZip(std::string_view zip, int64_t unzipped_max, const std::string& folder) {
  Unpacker unpacker(folder);
  RETURN_IF_ERROR(unpacker.Open());
  return ReadZip(zip, unzipped_max, &unpacker).status();
}

Status ProtectFolders(const std::string& folder) {
  namespace fs = std::filesystem;
  constexpr fs::perms kFolderPermissions = static_cast<fs::perms>(kFolderMode & ~kWriteBits);
  std::error_code error;
  std::vector<fs::path> folders;
  fs::recursive_directory_iterator entries(folder, error);
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    if (entries->symlink_status(error).type() == fs::file_type::directory) {
      folders.push_back(entries->path());
    }
  }
  for (const fs::path& path : folders) {
    if (!error) {
      fs::permissions(path, kFolderPermissions, error);
    }
  }
  return error ? SystemFailure("cannot protect", folder, error.value()) : Status::Ok();
}

}  // namespace millrace::streams
