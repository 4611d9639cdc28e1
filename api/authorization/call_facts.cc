// Where the values of condition keys come from.
#include "api/authorization/call_facts.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "api/authorization/item_facts.h"
#include "api/wire/arn.h"
#include "storage/base/iso_time.h"

namespace millrace::api {
namespace {

using access::FactKey;
using access::FactName;
using access::FactValues;

// Tags of a request: a list of keys with values, or a map.
json::Value TagsOf(json::Value input) {
  if (!input.present() || !input.IsObject()) {
    return {};
  }
  const json::Value tags = input.Find("Tags");
  return tags.present() ? tags : input.Find("tags");
}

// Names of tags in conditions are not case-sensitive, those of the tags themselves are.
bool NamesTag(const FactKey& key, std::string_view name) {
  const auto lower = [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  };
  return std::equal(key.detail.begin(), key.detail.end(), name.begin(), name.end(),
                    [lower](char one, char other) { return lower(one) == lower(other); });
}

bool AddText(std::string_view text, FactValues* values) {
  if (!text.empty()) {
    values->emplace_back(text);
  }
  return !text.empty();
}

}  // namespace

bool CallFacts::ReadOfCall(FactName name, FactValues* values) const {
  switch (name) {
    case FactName::kCurrentTime:
      return AddText(FormatIsoTime(now_ms_), values);
    case FactName::kEpochTime:
      return AddText(std::to_string(now_ms_ / 1000), values);
    case FactName::kPrincipalAccount:
      return AddText(principal_.account, values);
    case FactName::kPrincipalArn:
      return AddText(principal_.arn, values);
    case FactName::kPrincipalType:
      return AddText("User", values);
    case FactName::kReferer:
      return AddText(call_.Header("referer"), values);
    case FactName::kRequestedRegion:
      return AddText(services_.region, values);
    case FactName::kSecureTransport:
      return AddText(call_.scheme == "https" ? "true" : "false", values);
    case FactName::kSourceIp:
      return AddText(call_.PeerAddress(), values);
    case FactName::kTagKeys:
      return ReadTagKeys(values);
    case FactName::kUserAgent:
      return AddText(call_.Header("user-agent"), values);
    case FactName::kUserId:
      return AddText(call_.access_key_id, values);
    case FactName::kUserName:
      return AddText(principal_.name, values);
    case FactName::kViaAwsService:
      return AddText("false", values);
    default:
      return false;
  }
}

bool CallFacts::ReadOfItem(FactName name, FactValues* values) const {
  const ItemPart& part = item_.part;
  switch (name) {
    case FactName::kAttributes:
      return ReadAttributeNames(part, values);
    case FactName::kEnclosingOperation:
      return AddText(item_.enclosing_operation, values);
    case FactName::kFullTableScan:
      return ReadFullTableScan(services_, part, values);
    case FactName::kLeadingKeys:
      return ReadLeadingKeys(services_, part, values);
    case FactName::kReturnConsumedCapacity: {
      const json::Value capacity = call_.input.present() && part.form != ItemPart::Form::kNone
                                       ? call_.input.Find("ReturnConsumedCapacity")
                                       : json::Value();
      return part.form != ItemPart::Form::kNone &&
             AddText(capacity.present() ? capacity.AsString() : "NONE", values);
    }
    case FactName::kReturnValues:
      return ReadReturnValues(part, values);
    case FactName::kSelect:
      return ReadSelect(part, values);
    case FactName::kFunctionArn:
      return AddText(item_.function_arn, values);
    case FactName::kFunctionUrlAuthType:
      return AddText(item_.function_url_auth_type, values);
    default:
      return false;
  }
}

bool CallFacts::ReadTagKeys(FactValues* values) const {
  const json::Value tags = TagsOf(call_.input);
  if (tags.present() && tags.IsObject()) {
    for (const json::Member tag : tags.members()) {
      values->emplace_back(tag.name);
    }
  } else if (tags.present() && tags.IsArray()) {
    for (const json::Value tag : tags.elements()) {
      // UntagLogGroup has a list of keys.
      const json::Value key = tag.IsObject() ? tag.Find("Key") : tag;
      if (key.present() && key.IsString()) {
        values->emplace_back(key.AsString());
      }
    }
  }
  json::Value removed;
  if (call_.input.present() && call_.input.IsObject()) {
    removed = call_.input.Find("TagKeys");
    removed = removed.present() ? removed : call_.input.Find("tagKeys");
  }
  if (removed.present() && removed.IsArray()) {
    for (const json::Value key : removed.elements()) {
      if (key.IsString()) {
        values->emplace_back(key.AsString());
      }
    }
  }
  return !values->empty();
}

bool CallFacts::ReadTag(const FactKey& key, FactValues* values) const {
  if (key.name == FactName::kPrincipalTag && user_ != nullptr) {
    for (const auto& [name, value] : user_->tags) {
      if (NamesTag(key, name)) {
        values->push_back(value);
      }
    }
  } else if (key.name == FactName::kResourceTag && !item_.part.table.empty()) {
    const tables::TablePointer table =
        services_.catalog->FindUsable(TableNameFromParameter(services_, item_.part.table));
    if (table != nullptr) {
      for (const Tag& tag : table->descriptor().tags) {
        if (NamesTag(key, tag.key)) {
          values->push_back(tag.value);
        }
      }
    }
  } else if (key.name == FactName::kRequestTag) {
    const json::Value tags = TagsOf(call_.input);
    if (tags.present() && tags.IsObject()) {
      for (const json::Member tag : tags.members()) {
        if (NamesTag(key, tag.name) && tag.value.IsString()) {
          values->emplace_back(tag.value.AsString());
        }
      }
    } else if (tags.present() && tags.IsArray()) {
      for (const json::Value tag : tags.elements()) {
        const json::Value name = tag.IsObject() ? tag.Find("Key") : json::Value();
        const json::Value value = tag.IsObject() ? tag.Find("Value") : json::Value();
        if (name.present() && name.IsString() && NamesTag(key, name.AsString()) &&
            value.present() && value.IsString()) {
          values->emplace_back(value.AsString());
        }
      }
    }
  }
  return !values->empty();
}

bool CallFacts::Read(FactName name, FactValues* values) const {
  return ReadOfCall(name, values) || ReadOfItem(name, values);
}

const FactValues* CallFacts::Find(const FactKey& key) const {
  if (key.name == FactName::kUnknown) {
    return nullptr;
  }
  if (!key.detail.empty()) {
    for (const auto& [known, slot] : tags_) {
      if (known == key) {
        return slot.present ? &slot.values : nullptr;
      }
    }
    Slot& slot = tags_.emplace_back(key, Slot()).second;
    slot.present = ReadTag(key, &slot.values);
    return slot.present ? &slot.values : nullptr;
  }
  Slot& slot = slots_[static_cast<size_t>(key.name)];
  if (!slot.known) {
    slot.known = true;
    slot.present = Read(key.name, &slot.values);
  }
  return slot.present ? &slot.values : nullptr;
}

}  // namespace millrace::api
