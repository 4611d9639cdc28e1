// A change record as a tree of nodes, shaped like its event.
#include "streams/change_filter.h"

#include <algorithm>
#include <utility>

#include "storage/base/base64.h"
#include "storage/codec/value_json.h"
#include "storage/codec/value_view.h"
#include "storage/model/number.h"
#include "streams/pattern/pattern_match.h"
#include "streams/sequence_number.h"

namespace millrace::streams {
namespace {

// The record that nodes are parts of, and the one text that is made at a time.
struct Event {
  const tables::LoggedChange& change;
  const ChangeJson& json;
  std::string text;
};

class RecordNode {
 public:
  RecordNode() = default;
  explicit RecordNode(Event* event) : event_(event), part_(Part::kRecord) {}

  NodeKind kind() const;
  RecordNode Find(std::string_view name) const;
  std::string_view text() const;
  template <typename Visit>
  bool AnyElement(Visit visit) const;

 private:
  enum class Part : uint8_t {
    kMissing,
    kRecord,
    kChange,      // the member dynamodb
    kIdentity,    // of the remover
    kKeys,        // of the item
    kAttributes,  // map_: names and values of attributes
    kAttribute,   // value_: an object of one member, which is named for the type
    kContent,     // value_: what that member holds
    kNumber,      // text_: in the sortable form
    kBinary,      // text_
    kText,        // text_
    kInteger,     // integer_
    kEventId,
    kSequence,
  };

  RecordNode Of(Part part) const {
    RecordNode node;
    node.event_ = event_;
    node.part_ = part;
    return node;
  }
  RecordNode OfText(std::string_view text, Part part = Part::kText) const {
    RecordNode node = Of(part);
    node.text_ = text;
    return node;
  }
  RecordNode OfInteger(int64_t integer) const {
    RecordNode node = Of(Part::kInteger);
    node.integer_ = integer;
    return node;
  }
  RecordNode OfValue(Part part, ValueView value) const {
    if (!value.present()) {
      return {};
    }
    RecordNode node = Of(part);
    node.value_ = value;
    return node;
  }
  RecordNode OfMap(const MapView& map) const {
    RecordNode node = Of(Part::kAttributes);
    node.map_ = map;
    return node;
  }
  RecordNode FindInRecord(std::string_view name) const;
  RecordNode FindInChange(std::string_view name) const;
  NodeKind KindOfContent() const;

  Event* event_ = nullptr;
  Part part_ = Part::kMissing;
  ValueView value_;
  MapView map_;
  std::string_view text_;
  int64_t integer_ = 0;
};

NodeKind RecordNode::kind() const {
  switch (part_) {
    case Part::kMissing:
      return NodeKind::kMissing;
    case Part::kRecord:
    case Part::kChange:
    case Part::kIdentity:
    case Part::kKeys:
    case Part::kAttributes:
    case Part::kAttribute:
      return NodeKind::kObject;
    case Part::kContent:
      return KindOfContent();
    case Part::kInteger:
      return NodeKind::kNumber;
    default:
      return NodeKind::kString;
  }
}

NodeKind RecordNode::KindOfContent() const {
  switch (value_.type()) {
    case AttributeType::kBool:
      return value_.AsBool() ? NodeKind::kTrue : NodeKind::kFalse;
    case AttributeType::kNull:
      return NodeKind::kTrue;
    case AttributeType::kMap:
      return NodeKind::kObject;
    case AttributeType::kList:
    case AttributeType::kStringSet:
    case AttributeType::kNumberSet:
    case AttributeType::kBinarySet:
      return NodeKind::kArray;
    default:
      return NodeKind::kString;
  }
}

RecordNode RecordNode::Find(std::string_view name) const {
  switch (part_) {
    case Part::kRecord:
      return FindInRecord(name);
    case Part::kChange:
      return FindInChange(name);
    case Part::kIdentity:
      return name == "type"          ? OfText("Service")
             : name == "principalId" ? OfText("dynamodb.amazonaws.com")
                                     : RecordNode();
    case Part::kKeys:
      return event_->json.IsKey(name)
                 ? OfValue(Part::kAttribute, event_->change.record.key_source().Find(name))
                 : RecordNode();
    case Part::kAttributes:
      return OfValue(Part::kAttribute, map_.Find(name));
    case Part::kAttribute:
      return name == AttributeTypeName(value_.type()) ? OfValue(Part::kContent, value_)
                                                      : RecordNode();
    case Part::kContent:
      return value_.type() == AttributeType::kMap
                 ? OfValue(Part::kAttribute, value_.AsMap().Find(name))
                 : RecordNode();
    default:
      return {};
  }
}

RecordNode RecordNode::FindInRecord(std::string_view name) const {
  const ChangeRecord& record = event_->change.record;
  if (name == "dynamodb") {
    return Of(Part::kChange);
  }
  if (name == "eventName") {
    return OfText(ChangeTypeName(record.type));
  }
  if (name == "eventID") {
    return Of(Part::kEventId);
  }
  if (name == "eventVersion") {
    return OfText("1.1");
  }
  if (name == "eventSource") {
    return OfText("aws:dynamodb");
  }
  if (name == "awsRegion") {
    return OfText(event_->json.region());
  }
  if (name == "eventSourceARN") {
    return OfText(event_->json.stream_arn());
  }
  return name == "userIdentity" && record.by_time_to_live ? Of(Part::kIdentity) : RecordNode();
}

RecordNode RecordNode::FindInChange(std::string_view name) const {
  const ChangeRecord& record = event_->change.record;
  if (name == "Keys") {
    return Of(Part::kKeys);
  }
  if (name == "NewImage" || name == "OldImage") {
    const ItemView& image = name == "NewImage" ? record.new_image : record.old_image;
    return image.present() ? OfMap(image.attributes()) : RecordNode();
  }
  if (name == "SequenceNumber") {
    return Of(Part::kSequence);
  }
  if (name == "SizeBytes") {
    return OfInteger(static_cast<int64_t>(event_->json.SizeBytes(record)));
  }
  if (name == "ApproximateCreationDateTime") {
    return OfInteger(ChangeJson::CreationSeconds(record));
  }
  return name == "StreamViewType" ? OfText(event_->json.view_type()) : RecordNode();
}

std::string_view RecordNode::text() const {
  std::string* const text = &event_->text;
  text->clear();
  switch (part_) {
    case Part::kContent:
      switch (value_.type()) {
        case AttributeType::kNumber:
          Number::AppendSortableAsText(value_.payload(), text);
          return *text;
        case AttributeType::kBinary:
          EncodeBase64(value_.payload(), text);
          return *text;
        default:
          return value_.payload();
      }
    case Part::kNumber:
      Number::AppendSortableAsText(text_, text);
      return *text;
    case Part::kBinary:
      EncodeBase64(text_, text);
      return *text;
    case Part::kInteger:
      text->append(std::to_string(integer_));
      return *text;
    case Part::kEventId:
      event_->json.AppendEventId(event_->change.sequence, text);
      return *text;
    case Part::kSequence:
      AppendSequenceNumber(event_->change.sequence, text);
      return *text;
    default:
      return text_;
  }
}

template <typename Visit>
bool RecordNode::AnyElement(Visit visit) const {
  if (value_.type() == AttributeType::kList) {
    for (const ValueView element : value_.AsList()) {
      if (visit(OfValue(Part::kAttribute, element))) {
        return true;
      }
    }
    return false;
  }
  const Part part = value_.type() == AttributeType::kNumberSet   ? Part::kNumber
                    : value_.type() == AttributeType::kBinarySet ? Part::kBinary
                                                                 : Part::kText;
  for (const std::string_view member : value_.AsSet()) {
    if (visit(OfText(member, part))) {
      return true;
    }
  }
  return false;
}

}  // namespace

Result<ChangeFilter> ChangeFilter::Compile(std::span<const std::string> patterns,
                                           const PatternOptions& options) {
  ChangeFilter filter;
  for (const std::string& text : patterns) {
    ASSIGN_OR_RETURN(Pattern pattern, Pattern::Compile(text, options));
    filter.patterns_.push_back(std::move(pattern));
  }
  return filter;
}

bool ChangeFilter::Matches(const tables::LoggedChange& change, const ChangeJson& json) const {
  if (patterns_.empty()) {
    return true;
  }
  Event event = {change, json, {}};
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
    return ObjectMatches(pattern.root(), RecordNode(&event));
  });
}

}  // namespace millrace::streams
