// The stored form of functions, versions and layers (column family `functions`): the version 01 and
// a JSON text. FORMAT.md is normative. Decoders answer kCorruption for anything else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/status.h"
#include "streams/functions/function.h"

namespace millrace::streams {

// Keys of the family `functions` begin with one of these (and others, of other folders).
inline constexpr char kFunctionRow = 0x20;
inline constexpr char kVersionRow = 0x21;
inline constexpr char kFormerFunctionRow = 0x22;
inline constexpr char kLayerRow = 0x23;
inline constexpr char kLayerVersionRow = 0x24;

std::string FunctionRowKey(std::string_view name);
// The highest version number that a function that was deleted has used: a new one of the name goes
// on from there.
std::string FormerFunctionKey(std::string_view name);
std::string LayerRowKey(std::string_view layer);
std::string VersionRowKey(std::string_view function, uint64_t version);
std::string LayerVersionKey(std::string_view layer, uint64_t version);
// The keys of one kind are those from the kind itself to the one behind it.
std::string FunctionKindBegin(char kind);
std::string FunctionKindEnd(char kind);
// Reads the name, and the number if the kind has one; false for keys that are not of the kind.
bool ParseFunctionKey(std::string_view key, char kind, std::string* name, uint64_t* version);

// Without the published versions, which have rows of their own, and without the ARN.
void EncodeFunction(const Function& function, std::string* out);
Result<Function> DecodeFunction(std::string_view bytes);
void EncodeVersion(const FunctionVersion& version, std::string* out);
Result<FunctionVersion> DecodeVersion(std::string_view bytes);
void EncodeLayerVersion(const LayerVersion& layer, std::string* out);
Result<LayerVersion> DecodeLayerVersion(std::string_view bytes);
// Layer rows and those of former functions.
void EncodeLastVersion(uint64_t version, std::string* out);
Result<uint64_t> DecodeLastVersion(std::string_view bytes);

// A text that is the same for versions that are run in the same way: a hash of code and
// configuration.
std::string VersionDigest(const FunctionVersion& version);

}  // namespace millrace::streams
