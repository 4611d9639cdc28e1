// Matching JSON documents.
#include "streams/pattern/pattern.h"

#include "streams/pattern/pattern_match.h"

namespace millrace::streams {
namespace {

class JsonNode {
 public:
  JsonNode() = default;
  explicit JsonNode(json::Value value) : value_(value) {}

  NodeKind kind() const {
    if (!value_.present()) {
      return NodeKind::kMissing;
    }
    switch (value_.type()) {
      case json::Type::kNull:
        return NodeKind::kNull;
      case json::Type::kFalse:
        return NodeKind::kFalse;
      case json::Type::kTrue:
        return NodeKind::kTrue;
      case json::Type::kNumber:
        return NodeKind::kNumber;
      case json::Type::kString:
        return NodeKind::kString;
      case json::Type::kArray:
        return NodeKind::kArray;
      case json::Type::kObject:
        return NodeKind::kObject;
    }
    return NodeKind::kMissing;
  }
  JsonNode Find(std::string_view name) const { return JsonNode(value_.FindRaw(name)); }
  std::string_view text() const {
    return value_.IsString() ? value_.AsString() : value_.NumberText();
  }
  template <typename Visit>
  bool AnyElement(Visit visit) const {
    for (const json::Value element : value_.elements()) {
      if (visit(JsonNode(element))) {
        return true;
      }
    }
    return false;
  }

 private:
  json::Value value_;
};

}  // namespace

bool Pattern::Matches(json::Value event) const { return ObjectMatches(*root_, JsonNode(event)); }

}  // namespace millrace::streams
