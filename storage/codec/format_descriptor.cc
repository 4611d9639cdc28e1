// The vectors of table descriptors, whose lines set one field each.
#include <functional>
#include <map>
#include <sstream>
#include <string>

#include "storage/base/digest.h"
#include "storage/codec/descriptor_codec.h"
#include "storage/codec/format_vector.h"

namespace millrace {
namespace {

KeyAttribute KeyAttributeFromText(const std::string& text) {
  return {text.substr(2), ParseAttributeTypeName(text.substr(0, 1)).value()};
}

ProvisionedThroughput ThroughputFromText(const std::string& text) {
  ProvisionedThroughput result;
  std::istringstream(text) >> result.read_capacity_units >> result.write_capacity_units >>
      result.decreases_today >> result.last_increase_ms >> result.last_decrease_ms;
  return result;
}

// How each line of a descriptor vector changes the descriptor.
using Setter = std::function<void(const std::string&, TableDescriptor*)>;

const std::map<std::string, Setter>& IdentitySetters() {
  static const std::map<std::string, Setter> setters = {
      {"table-id", [](auto& v, auto* d) { d->table_id = std::stoul(v); }},
      {"version", [](auto& v, auto* d) { d->version = std::stoull(v); }},
      {"name", [](auto& v, auto* d) { d->name = v; }},
      {"uuid", [](auto& v, auto* d) { d->uuid = v; }},
      {"state", [](auto& v, auto* d) { d->state = static_cast<TableState>(std::stoi(v)); }},
      {"state-until", [](auto& v, auto* d) { d->state_until_ms = std::stoll(v); }},
      {"creation", [](auto& v, auto* d) { d->creation_ms = std::stoll(v); }},
      {"partition-key",
       [](auto& v, auto* d) { d->key_schema.partition.push_back(KeyAttributeFromText(v)); }},
      {"sort-key", [](auto& v, auto* d) { d->key_schema.sort.push_back(KeyAttributeFromText(v)); }},
      {"definition",
       [](auto& v, auto* d) { d->attribute_definitions.push_back(KeyAttributeFromText(v)); }},
      {"table-class",
       [](auto& v, auto* d) { d->table_class = static_cast<TableClass>(std::stoi(v)); }},
      {"deletion-protection", [](auto& v, auto* d) { d->deletion_protection_enabled = v == "1"; }},
      {"encryption", [](auto& v, auto* d) { d->encryption_enabled = v == "1"; }},
      {"kms-key", [](auto& v, auto* d) { d->kms_key_arn = v; }},
      {"policy", [](auto& v, auto* d) { d->resource_policy = v; }},
      {"tag",
       [](auto& v, auto* d) {
         d->tags.push_back({v.substr(0, v.find('=')), v.substr(v.find('=') + 1)});
       }},
  };
  return setters;
}

const std::map<std::string, Setter>& ThroughputSetters() {
  static const std::map<std::string, Setter> setters = {
      {"billing-mode",
       [](auto& v, auto* d) { d->billing_mode = static_cast<BillingMode>(std::stoi(v)); }},
      {"last-on-demand",
       [](auto& v, auto* d) { d->last_update_to_pay_per_request_ms = std::stoll(v); }},
      {"provisioned", [](auto& v, auto* d) { d->provisioned_throughput = ThroughputFromText(v); }},
      {"previous", [](auto& v, auto* d) { d->previous_throughput = ThroughputFromText(v); }},
      {"on-demand-reads",
       [](auto& v, auto* d) { d->on_demand_throughput.max_read_request_units = std::stoll(v); }},
      {"on-demand-writes",
       [](auto& v, auto* d) { d->on_demand_throughput.max_write_request_units = std::stoll(v); }},
      {"warm",
       [](auto& v, auto* d) {
         WarmThroughput& warm = d->warm_throughput.emplace();
         std::istringstream(v) >> warm.read_units_per_second >> warm.write_units_per_second;
       }},
  };
  return setters;
}

const std::map<std::string, Setter>& IndexSetters() {
  static const std::map<std::string, Setter> setters = {
      {"index",
       [](auto& v, auto* d) {
         IndexDescriptor& index = d->indexes.emplace_back();
         std::string kind;
         int state = 0;
         int projection = 0;
         std::istringstream(v) >> kind >> index.index_id >> state >> projection >> index.name;
         index.kind = kind == "local" ? IndexKind::kLocal : IndexKind::kGlobal;
         index.state = static_cast<IndexState>(state);
         index.projection = static_cast<ProjectionType>(projection);
       }},
      {"index-partition",
       [](auto& v, auto* d) {
         d->indexes.back().key_schema.partition.push_back(KeyAttributeFromText(v));
       }},
      {"index-sort",
       [](auto& v, auto* d) {
         d->indexes.back().key_schema.sort.push_back(KeyAttributeFromText(v));
       }},
      {"index-includes",
       [](auto& v, auto* d) { d->indexes.back().non_key_attributes.push_back(v); }},
      {"index-provisioned",
       [](auto& v, auto* d) { d->indexes.back().provisioned_throughput = ThroughputFromText(v); }},
      {"index-on-demand-reads",
       [](auto& v, auto* d) {
         d->indexes.back().on_demand_throughput.max_read_request_units = std::stoll(v);
       }},
      {"index-warm",
       [](auto& v, auto* d) {
         WarmThroughput& warm = d->indexes.back().warm_throughput.emplace();
         std::istringstream(v) >> warm.read_units_per_second >> warm.write_units_per_second;
       }},
  };
  return setters;
}

const std::map<std::string, Setter>& StreamSetters() {
  static const std::map<std::string, Setter> setters = {
      {"stream",
       [](auto& v, auto* d) {
         TableStream& stream = d->stream.emplace();
         int enabled = 0;
         int view_type = 0;
         std::istringstream(v) >> stream.stream_id >> enabled >> view_type >>
             stream.hash_range_count >> stream.creation_ms >> stream.start_sequence >> stream.label;
         stream.enabled = enabled == 1;
         stream.view_type = static_cast<StreamViewType>(view_type);
       }},
      {"stream-policy", [](auto& v, auto* d) { d->stream->policy = v; }},
      {"time-to-live",
       [](auto& v, auto* d) {
         TimeToLive& time_to_live = d->time_to_live.emplace();
         int state = 0;
         std::istringstream(v) >> time_to_live.time_to_live_id >> state >>
             time_to_live.attribute_name;
         time_to_live.state = static_cast<TimeToLiveState>(state);
       }},
  };
  return setters;
}

}  // namespace

void CheckDescriptor(const Vector& vector) {
  TableDescriptor descriptor;
  for (const auto& [name, value] : vector.fields) {
    const auto identity = IdentitySetters().find(name);
    const auto throughput = ThroughputSetters().find(name);
    const auto index = IndexSetters().find(name);
    const auto stream = StreamSetters().find(name);
    if (identity != IdentitySetters().end()) {
      identity->second(value, &descriptor);
    } else if (throughput != ThroughputSetters().end()) {
      throughput->second(value, &descriptor);
    } else if (index != IndexSetters().end()) {
      index->second(value, &descriptor);
    } else if (stream != StreamSetters().end()) {
      stream->second(value, &descriptor);
    } else {
      EXPECT_TRUE(name == "kind" || name == "hex") << name;
    }
  }
  std::string bytes;
  EncodeTableDescriptor(descriptor, &bytes);
  EXPECT_EQ(ToHex(bytes), ToHex(vector.Bytes("hex")));
  const Result<TableDescriptor> decoded = DecodeTableDescriptor(vector.Bytes("hex"));
  ASSERT_TRUE(decoded.ok()) << decoded.status().ToString();
  EXPECT_TRUE(decoded.value() == descriptor);
}

}  // namespace millrace
