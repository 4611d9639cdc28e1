// The members of requests about event source mappings: shapes, ranges, and which of them a kind of
// source has.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "api/functions/mapping_source.h"
#include "api/functions/rest_error.h"
#include "api/wire/constraints.h"
#include "api/wire/shape.h"
#include "storage/base/json.h"
#include "streams/mappings/mapping.h"

namespace millrace::api {

// Shapes of nested members.
extern const Shape kFilterCriteriaShape;
extern const Shape kDestinationConfigShape;
extern const Shape kMetricsConfigShape;
extern const Shape kScalingConfigShape;
extern const Shape kProvisionedPollerConfigShape;
extern const Shape kAnyStructureListShape;  // not looked into

// A member that is a number, and where it goes.
struct NumberMember {
  std::string_view structure;  // that it is a member of; empty: of the request itself
  std::string_view name;
  std::string_view path;  // in messages
  int64_t least;
  int64_t most;
  int64_t streams::MappingSettings::*setting;
};
std::span<const NumberMember> MappingNumbers();

// The member of a structure that may be absent.
json::Value FindIn(json::Value input, std::string_view structure, std::string_view member);

// The constraints of the members that can be updated. Any of them may be absent.
void CheckMappingMembers(json::Value input, ConstraintCollector* constraints);
// Refuses members that a source of this kind does not have.
RestStatus CheckMembersOfSource(json::Value input, SourceKind kind);

}  // namespace millrace::api
