// Parsing of the tags.
#include "streams/functions/executor_tags.h"

#include <array>
#include <utility>

#include "storage/base/digest.h"
#include "storage/base/json.h"

namespace millrace::streams {
namespace {

constexpr std::array<std::pair<std::string_view, Executor>, 4> kExecutors = {{
    {"process", Executor::kProcess},
    {"command", Executor::kCommand},
    {"attach", Executor::kAttach},
    {"http", Executor::kHttp},
}};

std::string_view Find(const FunctionTags& tags, std::string_view key) {
  const auto found = tags.find(key);
  return found == tags.end() ? std::string_view() : found->second;
}

Status Invalid(std::string_view tag, std::string_view problem) {
  return Status(StatusCode::kInvalidArgument,
                std::string("The tag ").append(tag).append(" ").append(problem));
}

std::vector<std::string> SplitWords(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const size_t end = text.find(' ');
    if (end != 0) {
      words.emplace_back(text.substr(0, end));
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return words;
}

Result<std::vector<std::string>> ParseCommand(std::string_view text) {
  std::vector<std::string> words;
  if (text.starts_with('[')) {
    std::string buffer(text);
    json::Document document;
    if (!document.Parse({buffer.data(), buffer.size()}).ok()) {
      return Invalid(kCommandTag, "is not a JSON array of strings.");
    }
    for (const json::Value word : document.root().elements()) {
      if (!word.IsString() || word.AsString().find('\0') != std::string_view::npos) {
        return Invalid(kCommandTag, "is not a JSON array of strings.");
      }
      words.emplace_back(word.AsString());
    }
  } else {
    words = SplitWords(text);
  }
  if (words.empty() || words[0].empty()) {
    return Invalid(kCommandTag, "names no program.");
  }
  return words;
}

bool IsHttpUrl(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  return text.size() > kScheme.size() && text.starts_with(kScheme) && text[kScheme.size()] != '/' &&
         text.find_first_of(std::string_view(" \t\r\n\0", 5)) == std::string_view::npos;
}

}  // namespace

Result<ExecutorSettings> ReadExecutorTags(const FunctionTags& tags, Executor otherwise) {
  ExecutorSettings settings;
  settings.executor = otherwise;
  if (const std::string_view name = Find(tags, kExecutorTag); !name.empty()) {
    bool known = false;
    for (const auto& [executor_name, executor] : kExecutors) {
      if (executor_name == name) {
        settings.executor = executor;
        known = true;
      }
    }
    if (!known) {
      return Invalid(kExecutorTag, "must be process, command, attach or http.");
    }
  }
  if (const std::string_view url = Find(tags, kUrlTag); !url.empty()) {
    if (!IsHttpUrl(url)) {
      return Invalid(kUrlTag, "must be a URL that begins with http://.");
    }
    settings.url = url;
  }
  if (const std::string_view command = Find(tags, kCommandTag); !command.empty()) {
    ASSIGN_OR_RETURN(settings.command, ParseCommand(command));
  }
  // Only what was asked for by name has to be complete: a default may come after the function.
  const bool by_name = !Find(tags, kExecutorTag).empty();
  if (by_name && settings.executor == Executor::kHttp && settings.url.empty()) {
    return Invalid(kUrlTag, "is needed by the executor http.");
  }
  if (by_name && settings.executor == Executor::kCommand && settings.command.empty()) {
    return Invalid(kCommandTag, "is needed by the executor command.");
  }
  return settings;
}

std::string ExecutorDigest(const ExecutorSettings& settings) {
  if (settings == ExecutorSettings()) {
    return {};
  }
  std::string text = std::to_string(static_cast<int>(settings.executor)) + settings.url;
  for (const std::string& word : settings.command) {
    text.append(1, '\0').append(word);
  }
  const auto hash = Sha256(text);
  return ToHex({reinterpret_cast<const char*>(hash.data()), 8});
}

}  // namespace millrace::streams
