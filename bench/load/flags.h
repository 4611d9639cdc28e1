// Command-line flags of the benchmark programs. Only the server may link gflags; a dozen
// `--name=value` settings do not need it.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace millrace::bench {

/// Flags of one program. Ask for every flag once, with its default and its help text, then call
/// Finish. Wrong usage ends the program with status 2 and a message; `--help` ends it with 0.
class Flags {
 public:
  /// Takes the arguments of main. `summary` is the first line of the help text.
  Flags(int argc, char** argv, std::string summary);

  /// The text after `--name=`, or `value` when the flag is absent.
  std::string Text(const std::string& name, const std::string& value, const std::string& help);

  /// A whole number.
  int64_t Integer(const std::string& name, int64_t value, const std::string& help);

  /// A decimal number.
  double Number(const std::string& name, double value, const std::string& help);

  /// `--name`, `--name=true` or `--name=false`.
  bool Boolean(const std::string& name, bool value, const std::string& help);

  /// Words separated by commas; an empty text is an empty list.
  std::vector<std::string> Words(const std::string& name, const std::string& value,
                                 const std::string& help);

  /// Whole numbers separated by commas.
  std::vector<int64_t> Integers(const std::string& name, const std::string& value,
                                const std::string& help);

  /// Prints the help if it was asked for and refuses arguments that no call above has claimed.
  void Finish();

 private:
  struct Argument {
    std::string name;
    std::string value;
    bool has_value = false;
    bool is_claimed = false;
  };

  Argument* Claim(const std::string& name, const std::string& value, const std::string& help);

  std::string summary_;
  std::string help_;
  bool wants_help_ = false;
  std::vector<Argument> arguments_;
};

/// Prints `message` on standard error and ends the program with status 1. For failures after which
/// a benchmark has nothing to measure.
[[noreturn]] void Fail(const std::string& message);

}  // namespace millrace::bench
