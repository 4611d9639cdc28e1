// Files of the run directory.
#include "streams/invoke/run_directory.h"

#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

#include "streams/invoke/bootstrap_text.h"

namespace millrace::streams {
namespace {

namespace fs = std::filesystem;

Status MakePrivate(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) {
    fs::permissions(folder, fs::perms::owner_all, error);
  }
  return error ? Status(StatusCode::kIoError, "cannot make " + folder + ": " + error.message())
               : Status::Ok();
}

Status WriteText(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  return file ? Status::Ok() : Status(StatusCode::kIoError, "cannot write " + path);
}

}  // namespace

Status RunDirectory::Create() {
  RETURN_IF_ERROR(MakePrivate(path_));
  RemoveFolder(folders());
  RETURN_IF_ERROR(MakePrivate(folders()));
  RETURN_IF_ERROR(WriteText(python_bootstrap(), PythonBootstrapText()));
  return WriteText(node_bootstrap(), NodeBootstrapText());
}

void RunDirectory::Remove() {
  RemoveFolder(folders());
  // What cannot be removed now is by the next start.
  std::error_code ignored;
  fs::remove(python_bootstrap(), ignored);
  fs::remove(node_bootstrap(), ignored);
  fs::remove(path_, ignored);
}

Result<std::string> RunDirectory::MakeFolder(const std::string& id) const {
  std::string folder = folders() + "/" + id;
  RETURN_IF_ERROR(MakePrivate(folder));
  return folder;
}

void RunDirectory::RemoveFolder(const std::string& folder) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

}  // namespace millrace::streams
