// Tags as sorted lists, and the resources they are attached to.
#include "api/operations/table_tags.h"

#include <algorithm>

#include "api/wire/arn.h"
#include "storage/model/limits.h"
#include "storage/tables/stream_maintenance.h"

namespace millrace::api {
namespace {

bool KeyLess(const Tag& a, const Tag& b) { return a.key < b.key; }

// Of all tags only this one means something to the server, so a mistake in it is not let pass.
ApiStatus CheckRetentionTag(const Tag& tag) {
  if (tag.key != tables::kRetentionTag || tables::ParseRetention(tag.value).has_value()) {
    return ApiStatus::Ok();
  }
  return ValidationError("One or more parameter values were invalid: The value of tag " + tag.key +
                         " must be \"forever\" or a whole number followed by s, m, h or d, at "
                         "least 1s and at most 100 years: " +
                         tag.value);
}

}  // namespace

ApiStatus ReadTags(json::Value tags, std::vector<Tag>* result) {
  if (!tags.present()) {
    return ApiStatus::Ok();
  }
  for (const json::Value tag : tags.elements()) {
    result->push_back(
        {std::string(tag.Find("Key").AsString()), std::string(tag.Find("Value").AsString())});
  }
  for (const Tag& tag : *result) {
    RETURN_IF_API_ERROR(CheckRetentionTag(tag));
  }
  std::sort(result->begin(), result->end(), KeyLess);
  const auto repeated = std::adjacent_find(
      result->begin(), result->end(), [](const Tag& a, const Tag& b) { return a.key == b.key; });
  if (repeated != result->end()) {
    return ValidationError("One or more parameter values were invalid: Duplicate tag key: " +
                           repeated->key);
  }
  return ApiStatus::Ok();
}

ApiStatus MergeTags(const std::vector<Tag>& added, std::vector<Tag>* tags) {
  for (const Tag& tag : added) {
    const auto place = std::lower_bound(tags->begin(), tags->end(), tag, KeyLess);
    if (place != tags->end() && place->key == tag.key) {
      place->value = tag.value;
    } else {
      tags->insert(place, tag);
    }
  }
  if (tags->size() > limits::kTagsMax) {
    return ApiStatus(ErrorType::kLimitExceeded,
                     "Number of Tags exceed the current limit for the provided ResourceArn");
  }
  return ApiStatus::Ok();
}

void RemoveTags(const std::vector<std::string>& keys, std::vector<Tag>* tags) {
  std::erase_if(*tags, [&](const Tag& tag) {
    return std::find(keys.begin(), keys.end(), tag.key) != keys.end();
  });
}

ApiStatus CheckTableResource(json::Value resource_arn) {
  if (!resource_arn.present() || resource_arn.AsString().empty()) {
    return ValidationError("Invalid TableArn");
  }
  if (!ParseTableArn(resource_arn.AsString()).has_value()) {
    return ValidationError("Invalid TableArn: Invalid ResourceArn provided as input " +
                           std::string(resource_arn.AsString()));
  }
  return ApiStatus::Ok();
}

tables::TablePointer FindResource(const Services& services, std::string_view resource_arn) {
  tables::TablePointer table =
      services.catalog->Find(TableNameFromParameter(services, resource_arn));
  if (table != nullptr && table->Gone(services.clock->NowMs())) {
    return nullptr;
  }
  return table;
}

}  // namespace millrace::api
