// Parsing of `--name=value` arguments and the generated help text.

#include "bench/load/flags.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace millrace::bench {
namespace {

[[noreturn]] void FailUsage(const std::string& message) {
  std::fprintf(stderr, "%s (try --help)\n", message.c_str());
  std::exit(2);
}

int64_t ParseInteger(const std::string& name, const std::string& text) {
  char* end = nullptr;
  errno = 0;
  const long long value = std::strtoll(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || errno != 0) {
    FailUsage("--" + name + " takes whole numbers, not '" + text + "'");
  }
  return value;
}

}  // namespace

Flags::Flags(int argc, char** argv, std::string summary) : summary_(std::move(summary)) {
  for (int i = 1; i < argc; i++) {
    const std::string text = argv[i];
    if (text == "--help") {
      wants_help_ = true;
      continue;
    }
    if (text.rfind("--", 0) != 0) FailUsage("arguments are --name=value, not '" + text + "'");
    const size_t equals = text.find('=');
    Argument argument;
    argument.has_value = equals != std::string::npos;
    argument.name = text.substr(2, argument.has_value ? equals - 2 : std::string::npos);
    if (argument.has_value) argument.value = text.substr(equals + 1);
    arguments_.push_back(argument);
  }
}

Flags::Argument* Flags::Claim(const std::string& name, const std::string& value,
                              const std::string& help) {
  help_ += "  --" + name + "=" + value + "\n      " + help + "\n";
  Argument* found = nullptr;
  for (Argument& argument : arguments_) {
    if (argument.name != name) continue;
    argument.is_claimed = true;
    found = &argument;
  }
  return found;
}

std::string Flags::Text(const std::string& name, const std::string& value,
                        const std::string& help) {
  const Argument* argument = Claim(name, value, help);
  if (argument == nullptr) return value;
  if (!argument->has_value) FailUsage("--" + name + " needs a value");
  return argument->value;
}

int64_t Flags::Integer(const std::string& name, int64_t value, const std::string& help) {
  return ParseInteger(name, Text(name, std::to_string(value), help));
}

double Flags::Number(const std::string& name, double value, const std::string& help) {
  char rendered[32];
  std::snprintf(rendered, sizeof rendered, "%g", value);
  const std::string text = Text(name, rendered, help);
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') FailUsage("--" + name + " takes a number");
  return number;
}

bool Flags::Boolean(const std::string& name, bool value, const std::string& help) {
  const Argument* argument = Claim(name, value ? "true" : "false", help);
  if (argument == nullptr) return value;
  if (!argument->has_value || argument->value == "true") return true;
  if (argument->value != "false") FailUsage("--" + name + " takes true or false");
  return false;
}

std::vector<std::string> Flags::Words(const std::string& name, const std::string& value,
                                      const std::string& help) {
  const std::string text = Text(name, value, help);
  std::vector<std::string> words;
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = text.find(',', begin);
    if (end == std::string::npos) end = text.size();
    if (end > begin) words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

std::vector<int64_t> Flags::Integers(const std::string& name, const std::string& value,
                                     const std::string& help) {
  std::vector<int64_t> numbers;
  for (const std::string& word : Words(name, value, help)) {
    numbers.push_back(ParseInteger(name, word));
  }
  return numbers;
}

void Flags::Finish() {
  if (wants_help_) {
    std::printf("%s\n\n%s", summary_.c_str(), help_.c_str());
    std::exit(0);
  }
  for (const Argument& argument : arguments_) {
    if (!argument.is_claimed) FailUsage("unknown flag --" + argument.name);
  }
}

void Fail(const std::string& message) {
  std::fprintf(stderr, "error: %s\n", message.c_str());
  std::exit(1);
}

}  // namespace millrace::bench
