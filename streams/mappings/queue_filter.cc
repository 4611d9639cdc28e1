// Compiling and matching filters of queue messages.
#include "streams/mappings/queue_filter.h"

#include <algorithm>
#include <utility>

#include "storage/base/json.h"

namespace millrace::streams {
namespace {

// Whether a pattern, or an alternative of it, wants the body to be an object.
bool WantsJsonBody(json::Value pattern) {
  if (!pattern.present() || !pattern.IsObject()) {
    return false;
  }
  const json::Value body = pattern.Find("body");
  if (body.present() && body.IsObject()) {
    return true;
  }
  const json::Value alternatives = pattern.Find("$or");
  if (!alternatives.present() || !alternatives.IsArray()) {
    return false;
  }
  for (const json::Value alternative : alternatives.elements()) {
    if (WantsJsonBody(alternative)) {
      return true;
    }
  }
  return false;
}

bool AnyMatches(const std::vector<Pattern>& patterns, std::string record) {
  json::Document document;
  return document.Parse({record.data(), record.size()}).ok() &&
         std::any_of(patterns.begin(), patterns.end(),
                     [&](const Pattern& pattern) { return pattern.Matches(document.root()); });
}

bool IsJson(std::string text) {
  json::Document document;
  return document.Parse({text.data(), text.size()}).ok();
}

}  // namespace

Result<QueueFilter> QueueFilter::Compile(const MappingSettings& settings) {
  PatternOptions options;
  options.numeric_attributes = settings.numeric_attributes;
  QueueFilter filter;
  for (const std::string& text : settings.filters) {
    ASSIGN_OR_RETURN(Pattern pattern, Pattern::Compile(text, options));
    std::string copy = text;
    json::Document document;
    RETURN_IF_ERROR(document.Parse({copy.data(), copy.size()}));
    (WantsJsonBody(document.root()) ? filter.json_patterns_ : filter.text_patterns_)
        .push_back(std::move(pattern));
  }
  return filter;
}

bool QueueFilter::Matches(const QueueRecordWriter& writer, const QueueMessage& message,
                          const std::string& record) const {
  if (text_patterns_.empty() && json_patterns_.empty()) {
    return true;
  }
  if (!text_patterns_.empty() && AnyMatches(text_patterns_, record)) {
    return true;
  }
  if (json_patterns_.empty() || !IsJson(message.body)) {
    return false;
  }
  std::string json_record;
  writer.AppendWithJsonBody(message, &json_record);
  return AnyMatches(json_patterns_, std::move(json_record));
}

}  // namespace millrace::streams
