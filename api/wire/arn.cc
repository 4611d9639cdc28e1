// Parsing and printing of ARNs.
#include "api/wire/arn.h"

#include <algorithm>
#include <array>

#include "storage/model/limits.h"

namespace millrace::api {
namespace {

constexpr std::string_view kPrefix = "arn:aws:dynamodb:";
constexpr std::string_view kTable = "table/";
constexpr std::string_view kStream = "/stream/";
constexpr size_t kAccountSize = 12;

constexpr std::array<bool, 256> kNameCharacters = [] {
  std::array<bool, 256> allowed{};
  for (const char c :
       std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")) {
    allowed[static_cast<unsigned char>(c)] = true;
  }
  return allowed;
}();

bool IsNameCharacter(char c) { return kNameCharacters[static_cast<unsigned char>(c)]; }

bool IsRegion(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool IsAccount(std::string_view text) {
  return text.size() == kAccountSize &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A label is a time of day, maybe with something behind it that makes it unique.
bool IsLabel(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return IsNameCharacter(c) || c == ':'; });
}

// Takes the text up to the next colon off the front of `text`, the colon included.
std::string_view TakeField(std::string_view* text) {
  const size_t colon = text->find(':');
  if (colon == std::string_view::npos) {
    return {};
  }
  const std::string_view field = text->substr(0, colon);
  text->remove_prefix(colon + 1);
  return field;
}

}  // namespace

bool HasNameCharacters(std::string_view text) {
  return std::all_of(text.begin(), text.end(), IsNameCharacter);
}

std::optional<TableArn> ParseTableArn(std::string_view text) {
  if (!text.starts_with(kPrefix) || text.size() > limits::kTableArnSizeMax) {
    return std::nullopt;
  }
  text.remove_prefix(kPrefix.size());
  TableArn arn;
  arn.region = TakeField(&text);
  arn.account = TakeField(&text);
  if (!IsRegion(arn.region) || !IsAccount(arn.account) || !text.starts_with(kTable)) {
    return std::nullopt;
  }
  arn.table_name = text.substr(kTable.size());
  if (arn.table_name.size() < limits::kTableNameSizeMin ||
      arn.table_name.size() > limits::kTableNameSizeMax || !HasNameCharacters(arn.table_name)) {
    return std::nullopt;
  }
  return arn;
}

std::optional<StreamArn> ParseStreamArn(std::string_view text) {
  const size_t separator = text.find(kStream);
  if (separator == std::string_view::npos || text.size() > limits::kTableArnSizeMax) {
    return std::nullopt;
  }
  const std::optional<TableArn> table = ParseTableArn(text.substr(0, separator));
  const std::string_view label = text.substr(separator + kStream.size());
  if (!table.has_value() || !IsLabel(label)) {
    return std::nullopt;
  }
  return StreamArn{*table, label};
}

bool IsLocal(const Services& services, const TableArn& arn) {
  return arn.region == services.region && arn.account == services.account;
}

std::string FormatTableArn(const Services& services, std::string_view name) {
  std::string arn(kPrefix);
  arn.append(services.region).append(":").append(services.account).append(":");
  arn.append(kTable).append(name);
  return arn;
}

std::string FormatStreamArn(const Services& services, std::string_view table_name,
                            std::string_view label) {
  return FormatTableArn(services, table_name).append(kStream).append(label);
}

std::string_view BareTableName(std::string_view parameter) {
  const std::optional<TableArn> arn = ParseTableArn(parameter);
  return arn.has_value() ? arn->table_name : parameter;
}

std::string_view TableNameFromParameter(const Services& services, std::string_view parameter) {
  const std::optional<TableArn> arn = ParseTableArn(parameter);
  if (!arn.has_value()) {
    return parameter;
  }
  return IsLocal(services, *arn) ? arn->table_name : std::string_view();
}

}  // namespace millrace::api
