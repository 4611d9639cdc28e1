// Stands in for libFuzzer where it is not linked: runs a fuzz target over every file of the corpus
// directories given as arguments, and over a few hundred variations of them that are the same in
// every run, so that each corpus is a unit test in every preset. The target reports a finding by
// aborting; with --last=FILE the input to blame is in that file. --seed=N and --variations=N ask
// for other variations. Exits with 1 when there is nothing to replay.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <system_error>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes);

namespace {

struct Options {
  std::vector<std::string> directories;
  std::string last_path;  // each input is written to it before it is run; empty: nowhere
  unsigned seed = 1;
  int variations = 400;
};

void Run(const Options& options, const std::string& bytes) {
  if (!options.last_path.empty()) {
    std::ofstream(options.last_path, std::ios::binary | std::ios::trunc) << bytes;
  }
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

// Changes a few bytes, cuts, repeats, or goes on with another file from somewhere.
std::string Vary(const std::vector<std::string>& files, std::minstd_rand* random) {
  const auto below = [random](size_t bound) { return (*random)() % bound; };
  std::string bytes = files[below(files.size())];
  for (size_t count = 1 + below(4); count > 0; --count) {
    const size_t at = below(bytes.size() + 1);
    const std::string& other = files[below(files.size())];
    switch (below(5)) {
      case 0:
        bytes = bytes.substr(0, at) + other.substr(below(other.size() + 1));
        break;
      case 1:
        bytes.erase(at, below(8));
        break;
      case 2:
        bytes.insert(at, bytes.substr(at, below(64)));
        break;
      default:
        if (at < bytes.size()) {
          bytes[at] = static_cast<char>(below(2) == 0 ? below(256) : bytes[at] ^ 1 << below(8));
        }
        break;
    }
  }
  return bytes;
}

// Variations of all files; the number printed last is the one to blame.
void RunVariations(const Options& options, const std::vector<std::string>& files) {
  constexpr size_t kSizeMax = 64 * 1024;
  std::minstd_rand random(options.seed);
  for (int index = 0; index < options.variations; ++index) {
    std::printf("variation %d\n", index);
    std::fflush(stdout);
    Run(options, Vary(files, &random).substr(0, kSizeMax));
  }
}

Options ReadOptions(int argc, char** argv) {
  Options options;
  for (int index = 1; index < argc; ++index) {
    const std::string argument = argv[index];
    const std::string value = argument.substr(argument.find('=') + 1);
    if (argument.starts_with("--last=")) {
      options.last_path = value;
    } else if (argument.starts_with("--seed=")) {
      options.seed = static_cast<unsigned>(std::stoul(value));
    } else if (argument.starts_with("--variations=")) {
      options.variations = std::stoi(value);
    } else {
      options.directories.push_back(argument);
    }
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = ReadOptions(argc, argv);
  std::vector<std::string> files;
  for (const std::string& directory : options.directories) {
    for (const auto& path : FilesOf(directory)) {
      // The last name printed is the input to blame when the target aborts.
      std::printf("%s\n", path.c_str());
      std::fflush(stdout);
      std::ifstream file(path, std::ios::binary);
      files.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
      Run(options, files.back());
    }
  }
  Run(options, "");
  if (files.empty()) {
    return 1;
  }
  RunVariations(options, files);
  std::printf("%zu inputs replayed\n", files.size());
  return 0;
}
