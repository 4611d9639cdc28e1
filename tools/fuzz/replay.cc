// Stands in for libFuzzer where it is not linked: runs a fuzz target over every file of the corpus
// directories given as arguments, so that each corpus is a unit test in every preset. The target
// reports a finding by aborting. Exits with 1 when there is nothing to replay.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes);

namespace {

void Run(const std::string& bytes) {
  // An exact copy on the heap lets AddressSanitizer see reads past the end.
  std::vector<uint8_t> input(bytes.begin(), bytes.end());
  input.shrink_to_fit();
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

std::vector<std::filesystem::path> FilesOf(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.is_regular_file(error)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  int replayed_count = 0;
  for (int index = 1; index < argc; ++index) {
    for (const auto& path : FilesOf(argv[index])) {
      // The last name printed is the input to blame when the target aborts.
      std::printf("%s\n", path.c_str());
      std::fflush(stdout);
      std::ifstream file(path, std::ios::binary);
      Run(std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()));
      ++replayed_count;
    }
  }
  Run("");
  std::printf("%d inputs replayed\n", replayed_count);
  return replayed_count > 0 ? 0 : 1;
}
