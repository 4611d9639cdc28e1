// Parsing of names and ARNs by hand: the forms differ in their number of parts.
#include "streams/functions/function_name.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace millrace::streams {
namespace {

constexpr size_t kFunctionNameSizeMax = 64;
constexpr size_t kAliasNameSizeMax = 128;
constexpr size_t kLayerNameSizeMax = 140;
constexpr size_t kAccountSize = 12;
constexpr std::string_view kLatest = "$LATEST";

bool IsDigit(char character) { return character >= '0' && character <= '9'; }

bool IsNameCharacter(char character) {
  return IsDigit(character) || (character >= 'a' && character <= 'z') ||
         (character >= 'A' && character <= 'Z') || character == '-' || character == '_';
}

bool IsName(std::string_view text, size_t size_max) {
  return !text.empty() && text.size() <= size_max &&
         std::all_of(text.begin(), text.end(), IsNameCharacter);
}

bool IsAccount(std::string_view text) {
  return text.size() == kAccountSize && std::all_of(text.begin(), text.end(), IsDigit);
}

// "aws", or one of the partitions whose names begin so.
bool IsPartition(std::string_view text) {
  return text == "aws" || (text.starts_with("aws-") && IsName(text, kAliasNameSizeMax));
}

std::vector<std::string_view> SplitAtColons(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t colon = text.find(':');
    parts.push_back(text.substr(0, colon));
    if (colon == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(colon + 1);
  }
}

// Whether the first five parts are those of an ARN of a function or layer; `kind` is the sixth.
bool BeginsLikeArn(const std::vector<std::string_view>& parts, std::string_view kind) {
  return parts.size() >= 7 && parts[0] == "arn" && IsPartition(parts[1]) && parts[2] == "lambda" &&
         IsName(parts[3], kAliasNameSizeMax) && IsAccount(parts[4]) && parts[5] == kind;
}

std::string FormatArn(std::string_view region, std::string_view account, std::string_view kind,
                      std::string_view name) {
  std::string arn = "arn:aws:lambda:";
  for (const std::string_view part : {region, std::string_view(":"), account, std::string_view(":"),
                                      kind, std::string_view(":"), name}) {
    arn.append(part);
  }
  return arn;
}

}  // namespace

bool IsFunctionName(std::string_view text) { return IsName(text, kFunctionNameSizeMax); }

bool IsVersionNumber(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit);
}

bool IsAliasName(std::string_view text) {
  return IsName(text, kAliasNameSizeMax) && !IsVersionNumber(text);
}

bool IsQualifier(std::string_view text) {
  return text == kLatest || IsVersionNumber(text) || IsAliasName(text);
}

std::optional<uint64_t> ParseVersionNumber(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!IsVersionNumber(text) || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

std::optional<FunctionName> ParseFunctionName(std::string_view text) {
  const std::vector<std::string_view> parts = SplitAtColons(text);
  FunctionName name;
  size_t next = 0;
  if (BeginsLikeArn(parts, "function")) {
    name.region = parts[3];
    name.account = parts[4];
    next = 6;
  } else if (parts.size() >= 3 && IsAccount(parts[0]) && parts[1] == "function") {
    name.account = parts[0];
    next = 2;
  }
  const size_t left = parts.size() - next;
  if (left > 2 || !IsFunctionName(parts[next]) || (left == 2 && !IsQualifier(parts[next + 1]))) {
    return std::nullopt;
  }
  name.name = parts[next];
  if (left == 2) {
    name.qualifier = parts[next + 1];
  }
  return name;
}

Status CompleteFunctionName(std::string_view region, std::string_view account,
                            std::string_view qualifier, FunctionName* name) {
  if (!qualifier.empty() && !name->qualifier.empty() && qualifier != name->qualifier) {
    return Status(StatusCode::kInvalidArgument,
                  "The derived qualifier from the function name does not match the specified "
                  "qualifier.");
  }
  if (name->qualifier.empty()) {
    name->qualifier = qualifier;
  }
  if ((!name->region.empty() && name->region != region) ||
      (!name->account.empty() && name->account != account)) {
    return Status(
        StatusCode::kNotFound,
        "Function not found: " + FormatFunctionArn(name->region.empty() ? region : name->region,
                                                   name->account, name->name, name->qualifier));
  }
  name->region = region;
  name->account = account;
  return Status::Ok();
}

std::string FormatFunctionArn(std::string_view region, std::string_view account,
                              std::string_view name, std::string_view qualifier) {
  std::string arn = FormatArn(region, account, "function", name);
  if (!qualifier.empty()) {
    arn.append(":").append(qualifier);
  }
  return arn;
}

bool IsLayerName(std::string_view text) { return IsName(text, kLayerNameSizeMax); }

std::optional<LayerName> ParseLayerName(std::string_view text) {
  const std::vector<std::string_view> parts = SplitAtColons(text);
  LayerName layer;
  if (parts.size() == 1) {
    layer.name = parts[0];
  } else if (BeginsLikeArn(parts, "layer") && parts.size() <= 8) {
    layer.region = parts[3];
    layer.account = parts[4];
    layer.name = parts[6];
    if (parts.size() == 8) {
      layer.version = ParseVersionNumber(parts[7]).value_or(0);
      if (layer.version == 0) {
        return std::nullopt;
      }
    }
  }
  return IsLayerName(layer.name) ? std::optional<LayerName>(std::move(layer)) : std::nullopt;
}

std::string FormatLayerArn(std::string_view region, std::string_view account, std::string_view name,
                           uint64_t version) {
  std::string arn = FormatArn(region, account, "layer", name);
  if (version != 0) {
    arn.append(":").append(std::to_string(version));
  }
  return arn;
}

}  // namespace millrace::streams
