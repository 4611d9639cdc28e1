// Checks of index keys, and index write units.
#include "api/operations/index_keys.h"

#include <algorithm>
#include <string>

#include "storage/model/limits.h"

namespace millrace::api {
namespace {

std::string EmptyKind(const KeyAttribute& attribute) {
  return attribute.type == AttributeType::kString ? "string" : "binary";
}

ApiStatus WrongType(const tables::TableIndex& index, const KeyAttribute& attribute,
                    ValueView value) {
  return ValidationError("One or more parameter values were invalid: Type mismatch for Index Key " +
                         attribute.name +
                         " Expected: " + std::string(AttributeTypeName(attribute.type)) +
                         " Actual: " + std::string(AttributeTypeName(value.type())) +
                         " IndexName: " + index.descriptor->name);
}

bool IsEmpty(ValueView value) { return !value.IsNumber() && value.payload().empty(); }

size_t KeySize(ValueView value) { return value.IsNumber() ? 0 : value.payload().size(); }

// One kind of the attributes of an index's key.
struct KeyPart {
  const std::vector<KeyAttribute>& attributes;
  size_t size_max;
  bool is_partition;
};

ApiStatus CheckPartOfItem(const tables::TableIndex& index, const KeyPart& part,
                          const ItemView& item, bool* is_empty) {
  size_t size = 0;
  for (const KeyAttribute& attribute : part.attributes) {
    const ValueView value = item.Find(attribute.name);
    if (!value.present()) {
      continue;
    }
    if (value.type() != attribute.type) {
      return WrongType(index, attribute, value);
    }
    if (IsEmpty(value)) {
      if (is_empty != nullptr) {
        *is_empty = true;
      }
      return ValidationError(
          "One or more parameter values are not valid. A value specified for a secondary index key "
          "is not supported. The AttributeValue for a key attribute cannot contain an empty " +
          EmptyKind(attribute) + " value. IndexName: " + index.descriptor->name +
          ", IndexKey: " + attribute.name);
    }
    size += KeySize(value);
  }
  if (size <= part.size_max) {
    return ApiStatus::Ok();
  }
  // The missing space is AWS's.
  return ValidationError(
      part.is_partition
          ? "One or more parameter values were invalid: Size of hashkey has exceeded the maximum "
            "size limit of2048 bytes"
          : "One or more parameter values were invalid: Aggregated size of all range keys has "
            "exceeded the size limit of 1024 bytes");
}

ApiStatus CheckPartOfUpdate(const tables::TableIndex& index, const KeyPart& part,
                            const ItemView& old_item, const ItemView& new_item) {
  size_t size = 0;
  bool changes = false;
  for (const KeyAttribute& attribute : part.attributes) {
    const ValueView value = new_item.Find(attribute.name);
    if (!value.present()) {
      continue;
    }
    size += KeySize(value);
    const ValueView old_value = old_item.Find(attribute.name);
    if (old_value.present() && old_value.encoded() == value.encoded()) {
      continue;
    }
    changes = true;
    if (value.type() != attribute.type) {
      return WrongType(index, attribute, value);
    }
    if (IsEmpty(value)) {
      return ValidationError(
          "One or more parameter values are not valid. The update expression attempted to update a "
          "secondary index key to a value that is not supported. The AttributeValue for a key "
          "attribute cannot contain an empty " +
          EmptyKind(attribute) + " value.");
    }
  }
  if (!changes || size <= part.size_max) {
    return ApiStatus::Ok();
  }
  return ValidationError(
      "The update expression attempted to update the secondary index key beyond allowed size "
      "limits");
}

KeyPart PartitionOf(const tables::TableIndex& index) {
  return {index.key_schema().partition, limits::kPartitionKeySizeMax, true};
}

KeyPart SortOf(const tables::TableIndex& index) {
  return {index.key_schema().sort, limits::kSortKeySizeMax, false};
}

double EntryUnits(const tables::IndexCharge& charge) {
  return charge.key_changed ? WriteUnits(charge.old_size) + WriteUnits(charge.new_size)
                            : WriteUnits(std::max(charge.old_size, charge.new_size));
}

}  // namespace

ApiStatus CheckIndexKeysOfItem(const tables::Table& table, const ItemView& item, bool* is_empty) {
  for (const tables::TableIndex& index : table.indexes()) {
    RETURN_IF_API_ERROR(CheckPartOfItem(index, PartitionOf(index), item, is_empty));
    RETURN_IF_API_ERROR(CheckPartOfItem(index, SortOf(index), item, is_empty));
  }
  return ApiStatus::Ok();
}

ApiStatus CheckIndexKeysOfUpdate(const tables::Table& table, const ItemView& old_item,
                                 const ItemView& new_item) {
  for (const tables::TableIndex& index : table.indexes()) {
    RETURN_IF_API_ERROR(CheckPartOfUpdate(index, PartitionOf(index), old_item, new_item));
    RETURN_IF_API_ERROR(CheckPartOfUpdate(index, SortOf(index), old_item, new_item));
  }
  return ApiStatus::Ok();
}

void AddIndexUnits(const tables::Table& table, std::span<const tables::IndexCharge> charges,
                   ConsumedUnits* units) {
  for (const tables::IndexCharge& charge : charges) {
    const tables::TableIndex& index = table.indexes()[charge.index];
    const std::string_view name = index.descriptor->name;
    const auto found = std::find_if(units->indexes.begin(), units->indexes.end(),
                                    [name](const IndexUnits& each) { return each.name == name; });
    if (found != units->indexes.end()) {
      found->units += EntryUnits(charge);
    } else {
      units->indexes.push_back({name, index.is_local(), EntryUnits(charge)});
    }
  }
}

}  // namespace millrace::api
