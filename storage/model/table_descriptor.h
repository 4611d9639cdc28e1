// What the catalog knows of a table: its schema, settings and state, as plain values. Item
// operations read it through storage/tables; the control plane edits copies of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/check.h"
#include "storage/model/attribute_type.h"

namespace millrace {

// One attribute of a key.
struct KeyAttribute {
  std::string name;
  AttributeType type = AttributeType::kString;
  friend bool operator==(const KeyAttribute&, const KeyAttribute&) = default;
};

// The key schema of a table (one partition attribute, at most one sort attribute) or of an index
// (up to four of each in a global one).
struct KeySchema {
  std::vector<KeyAttribute> partition;
  std::vector<KeyAttribute> sort;

  // The table forms. partition_key() CHECKs that there is one.
  const KeyAttribute& partition_key() const {
    CHECK(!partition.empty());
    return partition.front();
  }
  const KeyAttribute* sort_key() const { return sort.empty() ? nullptr : &sort.front(); }
  size_t attribute_count() const { return partition.size() + sort.size(); }
  friend bool operator==(const KeySchema&, const KeySchema&) = default;
};

// Table states. The values reach disk.
enum class TableState : uint8_t { kCreating = 1, kActive = 2, kUpdating = 3, kDeleting = 4 };

// The values reach disk.
enum class BillingMode : uint8_t { kProvisioned = 1, kPayPerRequest = 2 };

// The values reach disk.
enum class TableClass : uint8_t { kStandard = 1, kStandardInfrequentAccess = 2 };

struct ProvisionedThroughput {
  int64_t read_capacity_units = 0;
  int64_t write_capacity_units = 0;
  int64_t decreases_today = 0;
  int64_t last_increase_ms = 0;  // 0: never
  int64_t last_decrease_ms = 0;  // 0: never
  friend bool operator==(const ProvisionedThroughput&, const ProvisionedThroughput&) = default;
};

struct OnDemandThroughput {
  std::optional<int64_t> max_read_request_units;
  std::optional<int64_t> max_write_request_units;
  friend bool operator==(const OnDemandThroughput&, const OnDemandThroughput&) = default;
};

struct WarmThroughput {
  int64_t read_units_per_second = 0;
  int64_t write_units_per_second = 0;
  friend bool operator==(const WarmThroughput&, const WarmThroughput&) = default;
};

// What an index's entries hold beside the keys of the table and of the index. The values reach
// disk.
enum class ProjectionType : uint8_t { kAll = 1, kKeysOnly = 2, kInclude = 3 };

// Which indexes there are. Local ones share the table's partition key and are made with the table;
// global ones have keys of their own and come and go.
enum class IndexKind : uint8_t { kLocal, kGlobal };

// Index states. The values reach disk. kCreating: writes maintain it, reads are refused, existing
// items are still being entered. kDeleting: neither read nor maintained any more.
enum class IndexState : uint8_t { kCreating = 1, kActive = 2, kDeleting = 3 };

// A secondary index. `index_id` comes from the same allocator as the table ids and is never reused,
// so the index's entries are one key range of their own.
struct IndexDescriptor {
  uint32_t index_id = 0;  // 0: not allocated yet
  std::string name;
  IndexKind kind = IndexKind::kGlobal;
  IndexState state = IndexState::kActive;
  KeySchema key_schema;
  ProjectionType projection = ProjectionType::kAll;
  std::vector<std::string> non_key_attributes;  // kInclude only, as sent
  ProvisionedThroughput provisioned_throughput;
  OnDemandThroughput on_demand_throughput;
  std::optional<WarmThroughput> warm_throughput;
  friend bool operator==(const IndexDescriptor&, const IndexDescriptor&) = default;
};

// What a stream's records hold beside the keys. The values reach disk.
enum class StreamViewType : uint8_t {
  kKeysOnly = 1,
  kNewImage = 2,
  kOldImage = 3,
  kNewAndOldImages = 4,
};

// The latest stream of a table: the one its writes go to while `enabled`, and after that the one
// that DescribeTable still names. `stream_id` comes from the same allocator as the table ids. The
// stream itself, which may outlive the table, is a StreamDescriptor (stream_descriptor.h).
struct TableStream {
  uint32_t stream_id = 0;  // 0: not allocated yet
  bool enabled = false;
  StreamViewType view_type = StreamViewType::kNewAndOldImages;
  uint16_t hash_range_count = 1;  // items are spread over so many ranges by their partition's hash
  std::string label;              // creation time, unique per table; set by the catalog
  int64_t creation_ms = 0;        // set by the catalog
  uint64_t start_sequence = 0;    // set by the catalog: records of the stream have greater ones
  std::string policy{};           // its resource policy as sent, empty for none
  friend bool operator==(const TableStream&, const TableStream&) = default;
};

// Time to live of a table. kEnabling: writes maintain the expiry entries, those of older items are
// still being made. The values reach disk.
enum class TimeToLiveState : uint8_t { kEnabling = 1, kEnabled = 2 };

// `time_to_live_id` comes from the same allocator as the table ids, one for every time it is
// enabled: the expiry entries are a key range of their own.
struct TimeToLive {
  uint32_t time_to_live_id = 0;  // 0: not allocated yet
  TimeToLiveState state = TimeToLiveState::kEnabling;
  std::string attribute_name;
  friend bool operator==(const TimeToLive&, const TimeToLive&) = default;
};

struct Tag {
  std::string key;
  std::string value;
  friend bool operator==(const Tag&, const Tag&) = default;
};

// A table as the catalog stores it. `table_id` is never reused; `version` grows with every change,
// and a change makes a new descriptor rather than altering one in use.
struct TableDescriptor {
  uint32_t table_id = 0;
  uint64_t version = 0;
  std::string name;
  std::string uuid;  // TableId on the wire
  TableState state = TableState::kActive;
  int64_t state_until_ms = 0;  // when kCreating or kUpdating turn into kActive, kDeleting into gone
  int64_t creation_ms = 0;

  KeySchema key_schema;
  std::vector<KeyAttribute> attribute_definitions;  // as sent, in order
  std::vector<IndexDescriptor> indexes;             // the local ones first, as sent

  BillingMode billing_mode = BillingMode::kProvisioned;
  int64_t last_update_to_pay_per_request_ms = 0;  // 0: never was on demand
  ProvisionedThroughput provisioned_throughput;
  std::optional<ProvisionedThroughput> previous_throughput;  // shown while kUpdating
  OnDemandThroughput on_demand_throughput;
  std::optional<WarmThroughput> warm_throughput;
  std::optional<TableClass> table_class;
  bool deletion_protection_enabled = false;
  bool encryption_enabled = false;         // SSESpecification.Enabled was asked for
  std::string kms_key_arn;                 // set when encryption_enabled
  std::string resource_policy;             // the document as sent, empty for none
  std::vector<Tag> tags;                   // sorted by key
  std::optional<TableStream> stream;       // when there is or was one
  std::optional<TimeToLive> time_to_live;  // when enabled
  friend bool operator==(const TableDescriptor&, const TableDescriptor&) = default;
};

}  // namespace millrace
