// DescribeStream.
#include "api/operations/describe_stream.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "api/operations/description_parts.h"
#include "api/operations/stream_request.h"
#include "api/wire/arn.h"
#include "api/wire/constraints.h"
#include "streams/change_json.h"
#include "streams/sequence_number.h"

namespace millrace::api {
namespace {

constexpr size_t kShardsPageMax = 100;

constexpr std::array<ShapeMember, 2> kFilterMembers = {{
    {"Type", &kStringShape},
    {"ShardId", &kStringShape},
}};
constexpr Shape kFilterShape = {ShapeKind::kStructure, "ShardFilter", nullptr, kFilterMembers};

constexpr std::array<ShapeMember, 4> kMembers = {{
    {"StreamArn", &kStringShape},
    {"Limit", &kIntegerShape},
    {"ExclusiveStartShardId", &kStringShape},
    {"ShardFilter", &kFilterShape},
}};

// A shard beside its id, by which pages go.
using NamedShard = std::pair<std::string, const ShardDescriptor*>;

ApiStatus CheckConstraints(json::Value input) {
  constexpr std::array<std::string_view, 1> kFilterTypes = {"CHILD_SHARDS"};
  ConstraintCollector constraints;
  CheckStreamArnConstraint(input.Find("StreamArn"), &constraints);
  constraints.CheckLength(input.Find("ExclusiveStartShardId"), "exclusiveStartShardId",
                          kShardIdSizeMin, kShardIdSizeMax);
  constraints.CheckIntegerMin(input.Find("Limit"), "limit", 1);
  constraints.CheckIntegerMax(input.Find("Limit"), "limit", kShardsPageMax);
  if (const json::Value filter = input.Find("ShardFilter"); filter.present()) {
    constraints.CheckEnum(filter.Find("Type"), "shardFilter.type", "[CHILD_SHARDS]", kFilterTypes);
    constraints.CheckLength(filter.Find("ShardId"), "shardFilter.shardId", kShardIdSizeMin,
                            kShardIdSizeMax);
  }
  return constraints.Finish();
}

bool IsChildOf(const ShardDescriptor& parent, const ShardDescriptor& shard) {
  return shard.hash_range == parent.hash_range &&
         shard.parent_start_sequence == parent.start_sequence;
}

// Leaves only the children of the shard that the filter names, if there is a filter.
ApiStatus ApplyFilter(json::Value filter, const tables::Stream& stream,
                      std::vector<const ShardDescriptor*>* shards) {
  if (!filter.present() || (!filter.Find("Type").present() && !filter.Find("ShardId").present())) {
    return ApiStatus::Ok();
  }
  for (const std::string_view member : {"Type", "ShardId"}) {
    if (!filter.Find(member).present()) {
      return ValidationError(
          std::string("Missing required parameter \"ShardFilter.").append(member).append("\""));
    }
  }
  const std::string_view parent_id = filter.Find("ShardId").AsString();
  const ShardDescriptor* const parent = tables::FindShard(stream, parent_id);
  if (parent == nullptr) {
    return ValidationError(std::string("Invalid ShardFilter.ShardId value - shard ")
                               .append(parent_id)
                               .append(" not found"));
  }
  std::erase_if(*shards, [&](const ShardDescriptor* shard) { return !IsChildOf(*parent, *shard); });
  return ApiStatus::Ok();
}

// In order of their ids, those behind `start_id` only. That one need not be there any more.
std::vector<NamedShard> ShardsBehind(const tables::Stream& stream,
                                     const std::vector<const ShardDescriptor*>& shards,
                                     std::string_view start_id) {
  std::vector<NamedShard> behind;
  for (const ShardDescriptor* const shard : shards) {
    std::string id = tables::ShardId(stream, *shard);
    if (id > start_id) {
      behind.emplace_back(std::move(id), shard);
    }
  }
  std::sort(behind.begin(), behind.end());
  return behind;
}

// Nothing if the shard has no parent, or one whose records have all been trimmed.
const ShardDescriptor* FindParent(const tables::Stream& stream, const ShardDescriptor& shard) {
  if (shard.parent_start_sequence == 0) {
    return nullptr;
  }
  const auto parent =
      std::find_if(stream.shards.begin(), stream.shards.end(),
                   [&](const ShardDescriptor& other) { return IsChildOf(other, shard); });
  return parent == stream.shards.end() ? nullptr : &*parent;
}

void WriteShard(const tables::Stream& stream, const NamedShard& named, json::Writer* writer) {
  const ShardDescriptor& shard = *named.second;
  writer->BeginObject();
  writer->Member("ShardId", named.first);
  const ShardBounds bounds = BoundsOf(stream, shard);
  writer->Key("SequenceNumberRange");
  writer->BeginObject();
  writer->Member("StartingSequenceNumber", streams::FormatSequenceNumber(bounds.start));
  if (!bounds.open()) {
    writer->Member("EndingSequenceNumber", streams::FormatSequenceNumber(bounds.end));
  }
  writer->EndObject();
  if (const ShardDescriptor* const parent = FindParent(stream, shard); parent != nullptr) {
    writer->Member("ParentShardId", tables::ShardId(stream, *parent));
  }
  writer->EndObject();
}

void WriteStream(const Services& services, const tables::Stream& stream,
                 const std::vector<NamedShard>& shards, size_t limit, json::Writer* writer) {
  const StreamDescriptor& descriptor = stream.descriptor;
  writer->BeginObject();
  writer->Key("StreamDescription");
  writer->BeginObject();
  writer->Member("StreamArn", FormatStreamArn(services, descriptor.table_name, descriptor.label));
  writer->Member("StreamLabel", descriptor.label);
  writer->Member("StreamStatus", descriptor.open() ? "ENABLED" : "DISABLED");
  writer->Member("StreamViewType", streams::ViewTypeName(descriptor.view_type));
  WriteTimestamp("CreationRequestDateTime", descriptor.creation_ms, writer);
  writer->Member("TableName", descriptor.table_name);
  WriteKeySchema(descriptor.key_schema, writer);
  const size_t count = std::min(limit, shards.size());
  writer->Key("Shards");
  writer->BeginArray();
  for (size_t index = 0; index < count; ++index) {
    WriteShard(stream, shards[index], writer);
  }
  writer->EndArray();
  if (count < shards.size()) {
    writer->Member("LastEvaluatedShardId", shards[count - 1].first);
  }
  writer->EndObject();
  writer->EndObject();
}

ApiStatus DescribeStream(const Services& services, Call* call) {
  const json::Value input = call->input;
  RETURN_IF_API_ERROR(CheckConstraints(input));
  tables::StreamPointer stream;
  RETURN_IF_API_ERROR(FindStream(services, input.Find("StreamArn").AsString(), &stream));
  std::vector<const ShardDescriptor*> shards;
  for (const ShardDescriptor& shard : stream->shards) {
    shards.push_back(&shard);
  }
  RETURN_IF_API_ERROR(ApplyFilter(input.Find("ShardFilter"), *stream, &shards));
  const json::Value start = input.Find("ExclusiveStartShardId");
  const json::Value limit = input.Find("Limit");
  json::Writer writer(&call->body);
  WriteStream(
      services, *stream,
      ShardsBehind(*stream, shards, start.present() ? start.AsString() : std::string_view()),
      limit.present() ? static_cast<size_t>(limit.AsInt64()) : kShardsPageMax, &writer);
  return ApiStatus::Ok();
}

}  // namespace

const Shape kDescribeStreamShape = {ShapeKind::kStructure, "DescribeStreamInput", nullptr,
                                    kMembers};

void RunDescribeStream(const Services& services, Call* call) {
  const ApiStatus status = DescribeStream(services, call);
  if (status.ok()) {
    call->Finish();
  } else {
    call->Fail(status);
  }
}

}  // namespace millrace::api
