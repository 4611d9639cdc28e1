// Reading flags from the command line, the environment and a file.
#include "server/flags/flag_reader.h"

#include <algorithm>
#include <fstream>
#include <utility>

namespace millrace::server {
namespace {

constexpr std::string_view kEnvironmentPrefix = "MILLRACE_";

const google::CommandLineFlagInfo* FindFlag(const std::vector<google::CommandLineFlagInfo>& flags,
                                            std::string_view name) {
  const auto found = std::find_if(flags.begin(), flags.end(),
                                  [name](const auto& flag) { return flag.name == name; });
  return found == flags.end() ? nullptr : &*found;
}

Status UsageError(const std::string& text) { return Status(StatusCode::kInvalidArgument, text); }

std::string EnvironmentName(std::string_view flag) {
  std::string name(kEnvironmentPrefix);
  for (const char c : flag) {
    name.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return name;
}

}  // namespace

FlagReader::FlagReader(std::vector<google::CommandLineFlagInfo> flags) : flags_(std::move(flags)) {
  for (const google::CommandLineFlagInfo& flag : flags_) {
    google::SetCommandLineOption(flag.name.c_str(), flag.default_value.c_str());
  }
}

Status FlagReader::ReadCommandLine(int count, const char* const* arguments) {
  for (int i = 1; i < count; ++i) {
    std::string_view argument = arguments[i];
    if (argument == "--help" || argument == "-h" || argument == "-help") {
      help_ = true;
      continue;
    }
    if (argument == "--version") {
      version_ = true;
      continue;
    }
    const bool has_value = argument.find('=') != std::string_view::npos;
    const google::CommandLineFlagInfo* const flag =
        argument.starts_with("--") && !has_value ? FindFlag(flags_, argument.substr(2)) : nullptr;
    // A value may also be the next word, except for switches.
    if ((argument == "--flagfile" || (flag != nullptr && flag->type != "bool")) && i + 1 < count) {
      RETURN_IF_ERROR(Add(std::string(argument) + "=" + arguments[++i], "", &command_line_));
      continue;
    }
    RETURN_IF_ERROR(Add(argument, "", &command_line_));
  }
  return Status::Ok();
}

Status FlagReader::ReadEnvironment(const EnvironmentLookup& environment) {
  for (const google::CommandLineFlagInfo& flag : flags_) {
    if (const char* const value = environment(EnvironmentName(flag.name).c_str())) {
      environment_.push_back({flag.name, value, "environment: "});
    }
  }
  const char* const file = environment("MILLRACE_FLAGFILE");
  if (file_.empty() && file != nullptr) {
    file_ = file;
  }
  return Status::Ok();
}

Status FlagReader::ReadFile() {
  if (file_.empty()) {
    return Status::Ok();
  }
  std::ifstream stream(file_);
  if (!stream) {
    return UsageError("cannot read the flag file " + file_);
  }
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    const size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string::npos || line[begin] == '#') {
      continue;
    }
    const size_t end = line.find_last_not_of(" \t\r");
    RETURN_IF_ERROR(Add(line.substr(begin, end - begin + 1),
                        file_ + ":" + std::to_string(number) + ": ", &file_settings_));
  }
  return Status::Ok();
}

Status FlagReader::Apply() const {
  for (const std::vector<Setting>* source : {&file_settings_, &environment_, &command_line_}) {
    for (const Setting& setting : *source) {
      if (google::SetCommandLineOption(setting.name.c_str(), setting.value.c_str()).empty()) {
        return UsageError(setting.where + "bad value for --" + setting.name + ": '" +
                          setting.value + "'");
      }
    }
  }
  return Status::Ok();
}

std::string FlagReader::HelpText() const {
  std::string text =
      "millrace: a DynamoDB-compatible storage server.\n\n"
      "Every flag is written --name=value. Flags may also come from the environment, as\n"
      "MILLRACE_NAME, and from a file with one flag per line, --flagfile=FILE. The command line\n"
      "wins over the environment, the environment over the file.\n\n";
  for (const google::CommandLineFlagInfo& flag : flags_) {
    const std::string value =
        flag.type == "string" ? "\"" + flag.default_value + "\"" : flag.default_value;
    text += "  --" + flag.name + " (" + value + ")\n      " + flag.description + "\n";
  }
  text += "  --version\n      Print the version and exit.\n";
  return text;
}

Status FlagReader::Add(std::string_view text, const std::string& where,
                       std::vector<Setting>* settings) {
  if (!text.starts_with("--")) {
    return UsageError(where + "not a flag: '" + std::string(text) + "'");
  }
  text.remove_prefix(2);
  const size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  if (name == "flagfile" && equals != std::string_view::npos && settings == &command_line_) {
    file_ = text.substr(equals + 1);
    return Status::Ok();
  }
  const google::CommandLineFlagInfo* flag = FindFlag(flags_, name);
  if (flag != nullptr && equals != std::string_view::npos) {
    settings->push_back({flag->name, std::string(text.substr(equals + 1)), where});
    return Status::Ok();
  }
  if (flag != nullptr && flag->type == "bool") {
    settings->push_back({flag->name, "true", where});
    return Status::Ok();
  }
  if (flag != nullptr) {
    return UsageError(where + "--" + flag->name + " needs a value");
  }
  flag = name.starts_with("no") ? FindFlag(flags_, name.substr(2)) : nullptr;
  if (flag != nullptr && flag->type == "bool" && equals == std::string_view::npos) {
    settings->push_back({flag->name, "false", where});
    return Status::Ok();
  }
  return UsageError(where + "unknown flag --" + std::string(name));
}

}  // namespace millrace::server
