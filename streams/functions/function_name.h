// Names of functions, versions, aliases and layers, and the ARNs made of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/status.h"

namespace millrace::streams {

// What a client may write where it names a function.
struct FunctionName {
  std::string region;     // empty: not said
  std::string account;    // likewise
  std::string name;       // bare
  std::string qualifier;  // "$LATEST", a version, an alias, or empty: not said
  bool operator==(const FunctionName&) const = default;
};

// 1 to 64 letters, digits, hyphens and underscores.
bool IsFunctionName(std::string_view text);
// Digits only.
bool IsVersionNumber(std::string_view text);
// 1 to 128 characters like those of a name, not all of them digits.
bool IsAliasName(std::string_view text);
// "$LATEST", a version number or an alias.
bool IsQualifier(std::string_view text);
// The number of a version, nothing if it is not one or is too great to be one.
std::optional<uint64_t> ParseVersionNumber(std::string_view text);

// Reads "name", "name:qualifier", "account:function:name[:qualifier]" or a full ARN. Nothing for
// any other text.
std::optional<FunctionName> ParseFunctionName(std::string_view text);

// Whether the function named can be one of this region and account (kNotFound if not), and whether
// the qualifier given beside the name (empty: none) is the same as the one in it (kInvalidArgument
// if not). Fills in what was not said; the qualifier stays empty if neither says one. Messages are
// for the client.
Status CompleteFunctionName(std::string_view region, std::string_view account,
                            std::string_view qualifier, FunctionName* name);

// With an empty qualifier: the ARN of the function itself.
std::string FormatFunctionArn(std::string_view region, std::string_view account,
                              std::string_view name, std::string_view qualifier = {});

struct LayerName {
  std::string region;   // empty: not said
  std::string account;  // likewise
  std::string name;
  uint64_t version = 0;  // 0: not said
  bool operator==(const LayerName&) const = default;
};

// 1 to 140 letters, digits, hyphens and underscores.
bool IsLayerName(std::string_view text);
// Reads a bare name, or an ARN with or without a version.
std::optional<LayerName> ParseLayerName(std::string_view text);
// With version 0: the ARN of the layer itself.
std::string FormatLayerArn(std::string_view region, std::string_view account, std::string_view name,
                           uint64_t version = 0);

}  // namespace millrace::streams
