// The stored form of mappings and discards (column family `functions`) and of checkpoints
// (`checkpoints`). FORMAT.md is normative. Decoders answer kCorruption for anything else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/status.h"
#include "streams/mappings/mapping.h"

namespace millrace::streams {

// Keys of the family `functions` begin with one of these (and others, of other folders).
inline constexpr char kMappingRow = 0x10;
inline constexpr char kDiscardRow = 0x11;
inline constexpr char kOutgoingRow = 0x12;

std::string MappingKey(std::string_view uuid);
std::string MappingKeysBegin();
std::string MappingKeysEnd();

// Discards sort by mapping and then by id.
std::string DiscardKey(std::string_view uuid, uint64_t id);
std::string DiscardKeysBegin(std::string_view uuid);
std::string DiscardKeysEnd(std::string_view uuid);

// Checkpoints of a mapping are a key range.
std::string CheckpointKey(const LaneName& lane);
std::string CheckpointKeysBegin(std::string_view uuid);
std::string CheckpointKeysEnd(std::string_view uuid);
bool ParseCheckpointKey(std::string_view key, LaneName* lane);

void EncodeMapping(const Mapping& mapping, std::string* out);
Result<Mapping> DecodeMapping(std::string_view bytes);
void EncodeCheckpoint(const LaneCheckpoint& checkpoint, std::string* out);
Result<LaneCheckpoint> DecodeCheckpoint(std::string_view bytes);
void EncodeDiscard(const Discard& discard, std::string* out);
Result<Discard> DecodeDiscard(std::string_view bytes);

}  // namespace millrace::streams
