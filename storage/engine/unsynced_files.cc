// Two views of the names, the current and the synced one, and the way from the one to the other.
#include "storage/engine/unsynced_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "storage/base/random.h"

namespace millrace::engine {
namespace {

Status ToStatus(const std::error_code& error, const std::string& path) {
  return error ? Status(StatusCode::kIoError, path + ": " + error.message()) : Status::Ok();
}

std::string FolderOf(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

std::string WithoutSlash(std::string_view folder) {
  while (folder.size() > 1 && folder.back() == '/') {
    folder.remove_suffix(1);
  }
  return std::string(folder);
}

}  // namespace

void UnsyncedFiles::Apply(const Change& change, Names* names) {
  if (!change.gone.empty()) {
    names->erase(change.gone);
  }
  if (!change.name.empty()) {
    (*names)[change.name] = change.file;
  }
}

UnsyncedFiles::FilePointer UnsyncedFiles::Find(const std::string& path) {
  const auto found = current_.find(path);
  if (found != current_.end()) {
    return found->second;
  }
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(path, error);
  if (error) {
    return nullptr;
  }
  const FilePointer file = std::make_shared<File>(File{path, size, size});
  current_[path] = file;
  synced_[path] = file;
  return file;
}

// Moves the bytes of the file at `path` out of the way: a power cut may bring them back.
Status UnsyncedFiles::Hide(const std::string& path) {
  const FilePointer file = Find(path);
  if (file == nullptr) {
    return Status(StatusCode::kNotFound, path);
  }
  const std::string folder = FolderOf(path) + "/" + std::string(kFolderName);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  RETURN_IF_ERROR(ToStatus(error, folder));
  folders_.insert(folder);
  const std::string place = folder + "/" + std::to_string(++hidden_count_);
  std::filesystem::rename(path, place, error);
  RETURN_IF_ERROR(ToStatus(error, path));
  file->place = place;
  hidden_.push_back(file);
  current_.erase(path);
  return Status::Ok();
}

Result<UnsyncedFiles::FilePointer> UnsyncedFiles::Create(const std::string& path) {
  if (Find(path) != nullptr) {
    RETURN_IF_ERROR(Hide(path));
  }
  const FilePointer file = std::make_shared<File>(File{path, 0, 0});
  current_[path] = file;
  changes_.push_back({FolderOf(path), "", path, file});
  return file;
}

Status UnsyncedFiles::Remove(const std::string& path) {
  RETURN_IF_ERROR(Hide(path));
  changes_.push_back({FolderOf(path), path, "", nullptr});
  return Status::Ok();
}

Status UnsyncedFiles::Rename(const std::string& from, const std::string& to) {
  const FilePointer file = Find(from);
  if (file == nullptr) {
    return Status(StatusCode::kNotFound, from);
  }
  if (Find(to) != nullptr) {
    RETURN_IF_ERROR(Hide(to));
  }
  std::error_code error;
  std::filesystem::rename(from, to, error);
  RETURN_IF_ERROR(ToStatus(error, from));
  file->place = to;
  current_.erase(from);
  current_[to] = file;
  changes_.push_back({FolderOf(to), from, to, file});
  return Status::Ok();
}

void UnsyncedFiles::SyncFolder(std::string_view folder) {
  const std::string name = WithoutSlash(folder);
  std::vector<Change> others;
  for (Change& change : changes_) {
    if (change.folder == name) {
      Apply(change, &synced_);
    } else {
      others.push_back(std::move(change));
    }
  }
  changes_ = std::move(others);
  DeleteUnreachable();
}

// Deletes the hidden files that no power cut can bring back.
void UnsyncedFiles::DeleteUnreachable() {
  std::set<const File*> reachable;
  for (const auto& [path, file] : synced_) {
    reachable.insert(file.get());
  }
  for (const Change& change : changes_) {
    reachable.insert(change.file.get());
  }
  std::erase_if(hidden_, [&reachable](const FilePointer& file) {
    if (reachable.contains(file.get())) {
      return false;
    }
    std::error_code ignored;
    std::filesystem::remove(file->place, ignored);
    return true;
  });
}

// Puts the first `size` bytes of the file at `path`.
Status UnsyncedFiles::Stage(const File& file, uint64_t size, const std::string& path) const {
  std::error_code error;
  if (size == file.written) {
    std::filesystem::create_hard_link(file.place, path, error);
    return ToStatus(error, file.place + " as " + path);
  }
  // A copy, because the file may be open: who has it may still change its length on closing it.
  std::filesystem::copy_file(file.place, path, error);
  if (!error) {
    std::filesystem::resize_file(path, size, error);
  }
  return ToStatus(error, path);
}

Status UnsyncedFiles::CutPower(uint64_t seed) {
  SeededRandom random(seed);
  Names left = synced_;
  const size_t kept_changes = seed == 0 ? 0 : random.Next64() % (changes_.size() + 1);
  for (size_t index = 0; index < kept_changes; ++index) {
    Apply(changes_[index], &left);
  }
  std::error_code error;
  std::vector<std::pair<std::string, std::string>> staged;
  for (const auto& [path, file] : left) {
    const std::string folder = FolderOf(path) + "/" + std::string(kFolderName);
    std::filesystem::create_directories(folder, error);
    folders_.insert(folder);
    uint64_t size = file->synced;
    if (seed != 0) {
      size += random.Next64() % (file->written - file->synced + 1);
    }
    staged.emplace_back(folder + "/left" + std::to_string(staged.size()), path);
    RETURN_IF_ERROR(Stage(*file, size, staged.back().first));
  }
  for (const auto& [path, file] : current_) {
    std::filesystem::remove(path, error);
    RETURN_IF_ERROR(ToStatus(error, path));
  }
  for (const auto& [place, path] : staged) {
    std::filesystem::rename(place, path, error);
    RETURN_IF_ERROR(ToStatus(error, path));
  }
  for (const std::string& folder : folders_) {
    std::filesystem::remove_all(folder, error);
  }
  return Status::Ok();
}

}  // namespace millrace::engine
