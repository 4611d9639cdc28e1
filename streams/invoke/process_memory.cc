// Reads /proc.
#include "streams/invoke/process_memory.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::streams {
namespace {

constexpr size_t kProcessesMax = 256;
constexpr int64_t kBytesPerKilobyte = 1024;

// A whole small file; empty if it cannot be read.
std::string_view ReadSmall(const std::string& path, std::array<char, 4096>* buffer) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return {};
  }
  const ssize_t size = read(descriptor, buffer->data(), buffer->size() - 1);
  close(descriptor);
  (*buffer)[size > 0 ? static_cast<size_t>(size) : 0] = '\0';
  return {buffer->data(), size > 0 ? static_cast<size_t>(size) : 0};
}

int64_t ResidentBytes(const std::string& folder) {
  std::array<char, 4096> buffer;
  const std::string_view text = ReadSmall(folder + "/statm", &buffer);
  const size_t space = text.find(' ');
  if (space == std::string_view::npos) {
    return 0;
  }
  static const int64_t page_size = sysconf(_SC_PAGESIZE);
  return std::strtoll(text.data() + space, nullptr, 10) * page_size;
}

// Any thread of a process may have started others.
void AppendChildren(const std::string& folder, std::vector<pid_t>* processes) {
  DIR* const threads = opendir((folder + "/task").c_str());
  if (threads == nullptr) {
    return;
  }
  std::array<char, 4096> buffer;
  while (const dirent* const thread = readdir(threads)) {
    if (thread->d_name[0] == '.') {
      continue;
    }
    const std::string_view text =
        ReadSmall(folder + "/task/" + thread->d_name + "/children", &buffer);
    const char* place = text.data();
    while (!text.empty() && processes->size() < kProcessesMax) {
      char* end = nullptr;
      const int64_t child = std::strtoll(place, &end, 10);
      if (end == place) {
        break;
      }
      processes->push_back(static_cast<pid_t>(child));
      place = end;
    }
  }
  closedir(threads);
}

}  // namespace

int64_t TreeResidentBytes(pid_t process) {
  std::vector<pid_t> processes = {process};
  int64_t total = 0;
  for (size_t index = 0; index < processes.size(); ++index) {
    const std::string folder = "/proc/" + std::to_string(processes[index]);
    total += ResidentBytes(folder);
    AppendChildren(folder, &processes);
  }
  return total;
}

int64_t PeakResidentBytes(pid_t process) {
  std::array<char, 4096> buffer;
  const std::string_view text = ReadSmall("/proc/" + std::to_string(process) + "/status", &buffer);
  constexpr std::string_view kName = "VmHWM:";
  const size_t place = text.find(kName);
  return place == std::string_view::npos
             ? 0
             : std::strtoll(text.data() + place + kName.size(), nullptr, 10) * kBytesPerKilobyte;
}

}  // namespace millrace::streams
