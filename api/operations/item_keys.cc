// Key checks and their sentences.
#include "api/operations/item_keys.h"

#include <algorithm>
#include <string>

#include "storage/model/limits.h"

namespace millrace::api {
namespace {

constexpr std::string_view kKeyDoesNotMatch = "The provided key element does not match the schema";

ApiStatus MissingKey(const std::string& name) {
  return ValidationError("One or more parameter values were invalid: Missing the key " + name +
                         " in the item");
}

ApiStatus WrongType(const KeyAttribute& attribute, ValueView value) {
  return ValidationError("One or more parameter values were invalid: Type mismatch for key " +
                         attribute.name +
                         " expected: " + std::string(AttributeTypeName(attribute.type)) +
                         " actual: " + std::string(AttributeTypeName(value.type())));
}

ApiStatus CheckNotEmpty(std::string_view name, ValueView value) {
  if (value.IsNumber() || !value.payload().empty()) {
    return ApiStatus::Ok();
  }
  return ValidationError(
      std::string("One or more parameter values are not valid. The AttributeValue for a key "
                  "attribute cannot contain an empty ") +
      (value.IsString() ? "string" : "binary") + " value. Key: " + std::string(name));
}

ApiStatus FindTypedKey(const ItemView& item, const KeyAttribute& attribute, ValueView* value) {
  *value = item.Find(attribute.name);
  if (!value->present()) {
    return MissingKey(attribute.name);
  }
  if (value->type() != attribute.type) {
    return WrongType(attribute, *value);
  }
  return ApiStatus::Ok();
}

}  // namespace

ApiStatus CheckPartitionKeyValue(std::string_view name, ValueView value) {
  RETURN_IF_API_ERROR(CheckNotEmpty(name, value));
  if (!value.IsNumber() && value.payload().size() > limits::kPartitionKeySizeMax) {
    // The missing space is AWS's.
    return ValidationError(
        "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size "
        "limit of2048 bytes");
  }
  return ApiStatus::Ok();
}

ApiStatus CheckSortKeyValue(std::string_view name, ValueView value) {
  RETURN_IF_API_ERROR(CheckNotEmpty(name, value));
  if (!value.IsNumber() && value.payload().size() > limits::kSortKeySizeMax) {
    return ValidationError(
        "One or more parameter values were invalid: Aggregated size of all range keys has exceeded "
        "the size limit of 1024 bytes");
  }
  return ApiStatus::Ok();
}

ApiStatus KeyOfItem(const ItemView& item, const KeySchema& schema, ItemKey* key) {
  const KeyAttribute& partition = schema.partition_key();
  RETURN_IF_API_ERROR(FindTypedKey(item, partition, &key->partition));
  RETURN_IF_API_ERROR(CheckPartitionKeyValue(partition.name, key->partition));
  if (const KeyAttribute* sort = schema.sort_key(); sort != nullptr) {
    RETURN_IF_API_ERROR(FindTypedKey(item, *sort, &key->sort));
    RETURN_IF_API_ERROR(CheckSortKeyValue(sort->name, key->sort));
  }
  return ApiStatus::Ok();
}

ApiStatus KeyOfBatchItem(const ItemView& item, const KeySchema& schema, ItemKey* key) {
  const KeyAttribute& partition = schema.partition_key();
  key->partition = item.Find(partition.name);
  if (!key->partition.present() || key->partition.type() != partition.type) {
    return ValidationError(kKeyDoesNotMatch);
  }
  RETURN_IF_API_ERROR(CheckPartitionKeyValue(partition.name, key->partition));
  if (const KeyAttribute* sort = schema.sort_key(); sort != nullptr) {
    key->sort = item.Find(sort->name);
    if (!key->sort.present() || key->sort.type() != sort->type) {
      return ValidationError(kKeyDoesNotMatch);
    }
    RETURN_IF_API_ERROR(CheckSortKeyValue(sort->name, key->sort));
  }
  return ApiStatus::Ok();
}

bool FirstKeyProblemIsEmptyValue(const ItemView& item, const KeySchema& schema) {
  const auto is_empty = [&item](const KeyAttribute& attribute) {
    const ValueView value = item.Find(attribute.name);
    return value.present() && value.type() == attribute.type && !value.IsNumber() &&
           value.payload().empty();
  };
  const KeyAttribute* const sort = schema.sort_key();
  if (is_empty(schema.partition_key())) {
    return true;
  }
  if (sort == nullptr || !is_empty(*sort)) {
    return false;
  }
  // The sort key is looked at only when nothing is wrong with the partition key.
  const ValueView partition = item.Find(schema.partition_key().name);
  return partition.present() && partition.type() == schema.partition_key().type &&
         CheckPartitionKeyValue(schema.partition_key().name, partition).ok();
}

bool HasFormOfKey(const ItemView& parameter, const KeySchema& schema) {
  const auto has_type = [&parameter](const KeyAttribute& attribute) {
    const ValueView value = parameter.Find(attribute.name);
    return value.present() && value.type() == attribute.type;
  };
  return parameter.attributes().count() == schema.attribute_count() &&
         has_type(schema.partition_key()) &&
         (schema.sort_key() == nullptr || has_type(*schema.sort_key()));
}

ApiStatus KeyOfKeyParameter(const ItemView& parameter, const KeySchema& schema, ItemKey* key) {
  if (parameter.attributes().count() != schema.attribute_count()) {
    return ValidationError(kKeyDoesNotMatch);
  }
  const KeyAttribute& partition = schema.partition_key();
  key->partition = parameter.Find(partition.name);
  if (!key->partition.present() || key->partition.type() != partition.type) {
    return ValidationError(kKeyDoesNotMatch);
  }
  const KeyAttribute* sort = schema.sort_key();
  if (sort != nullptr) {
    key->sort = parameter.Find(sort->name);
    if (!key->sort.present() || key->sort.type() != sort->type) {
      return ValidationError(kKeyDoesNotMatch);
    }
  }
  RETURN_IF_API_ERROR(CheckPartitionKeyValue(partition.name, key->partition));
  return sort == nullptr ? ApiStatus::Ok() : CheckSortKeyValue(sort->name, key->sort);
}

bool IsKeyAttribute(const KeySchema& schema, std::string_view name) {
  const auto is_it = [name](const KeyAttribute& attribute) { return attribute.name == name; };
  return std::any_of(schema.partition.begin(), schema.partition.end(), is_it) ||
         std::any_of(schema.sort.begin(), schema.sort.end(), is_it);
}

}  // namespace millrace::api
