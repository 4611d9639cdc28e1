// Reading and checking of key schemas, attribute definitions and projections.
#include "api/operations/key_schema_request.h"

#include <algorithm>

#include "storage/model/limits.h"

namespace millrace::api {
namespace {

constexpr std::string_view kInvalidValues = "One or more parameter values were invalid: ";

ApiStatus Invalid(std::string_view sentence) {
  return ValidationError(std::string(kInvalidValues).append(sentence));
}

template <typename Named>
std::string PrintNamesOf(std::span<const Named> named) {
  std::string text("[");
  for (const Named& element : named) {
    if (text.size() > 1) {
      text.append(", ");
    }
    text.append(element.name);
  }
  return text + "]";
}

bool AllDefined(std::span<const KeyElement> elements, std::span<const KeyAttribute> definitions) {
  return std::all_of(elements.begin(), elements.end(), [&](const KeyElement& element) {
    return FindDefinition(definitions, element.name) != nullptr;
  });
}

bool HasRepeatedName(std::span<const KeyElement> elements) {
  for (size_t index = 1; index < elements.size(); ++index) {
    for (size_t earlier = 0; earlier < index; ++earlier) {
      if (elements[earlier].name == elements[index].name) {
        return true;
      }
    }
  }
  return false;
}

ApiStatus CheckFirstIsHash(std::span<const KeyElement> elements) {
  if (elements.empty() || !elements.front().is_hash) {
    return ValidationError("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  }
  return ApiStatus::Ok();
}

ApiStatus RefuseSameName() {
  return ValidationError(
      "Both the Hash Key and the Range Key element in the KeySchema have the same name");
}

}  // namespace

std::vector<KeyElement> ReadKeySchema(json::Value key_schema) {
  std::vector<KeyElement> elements;
  if (!key_schema.present()) {
    return elements;
  }
  for (const json::Value element : key_schema.elements()) {
    elements.push_back(
        {element.Find("AttributeName").AsString(), element.Find("KeyType").AsString() == "HASH"});
  }
  return elements;
}

std::vector<KeyAttribute> ReadAttributeDefinitions(json::Value definitions) {
  std::vector<KeyAttribute> attributes;
  if (!definitions.present()) {
    return attributes;
  }
  for (const json::Value definition : definitions.elements()) {
    const auto type = ParseAttributeTypeName(definition.Find("AttributeType").AsString());
    attributes.push_back({std::string(definition.Find("AttributeName").AsString()),
                          type.value_or(AttributeType::kString)});
  }
  return attributes;
}

const KeyAttribute* FindDefinition(std::span<const KeyAttribute> definitions,
                                   std::string_view name) {
  for (const KeyAttribute& definition : definitions) {
    if (definition.name == name) {
      return &definition;
    }
  }
  return nullptr;
}

KeySchema MakeKeySchema(std::span<const KeyElement> elements,
                        std::span<const KeyAttribute> definitions) {
  KeySchema schema;
  for (const KeyElement& element : elements) {
    const KeyAttribute* definition = FindDefinition(definitions, element.name);
    CHECK(definition != nullptr);
    (element.is_hash ? schema.partition : schema.sort).push_back(*definition);
  }
  return schema;
}

ApiStatus CheckTableKeysDefined(std::span<const KeyElement> elements,
                                std::span<const KeyAttribute> definitions) {
  const bool too_few = definitions.size() < elements.size();
  if (!too_few && AllDefined(elements, definitions)) {
    return ApiStatus::Ok();
  }
  if (too_few || elements.size() == 2) {
    return ValidationError("Invalid KeySchema: Some index key attribute have no definition");
  }
  return CheckIndexKeysDefined(elements, definitions);
}

ApiStatus CheckIndexKeysDefined(std::span<const KeyElement> elements,
                                std::span<const KeyAttribute> definitions) {
  if (AllDefined(elements, definitions)) {
    return ApiStatus::Ok();
  }
  return Invalid("Some index key attributes are not defined in AttributeDefinitions. Keys: " +
                 PrintNames(elements) + ", AttributeDefinitions: " + PrintNames(definitions));
}

ApiStatus CheckSimpleKeySchema(std::span<const KeyElement> elements) {
  RETURN_IF_API_ERROR(CheckFirstIsHash(elements));
  if (HasRepeatedName(elements)) {
    return RefuseSameName();
  }
  if (elements.size() > 1 && elements[1].is_hash) {
    return ValidationError(
        "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  }
  return ApiStatus::Ok();
}

ApiStatus CheckGlobalKeySchema(std::span<const KeyElement> elements, std::string_view index_name) {
  RETURN_IF_API_ERROR(CheckFirstIsHash(elements));
  if (HasRepeatedName(elements)) {
    return RefuseSameName();
  }
  const auto is_hash = [](const KeyElement& element) { return element.is_hash; };
  if (!std::is_partitioned(elements.begin(), elements.end(), is_hash)) {
    return Invalid("KeySchema has a HASH key type after a RANGE key type for index: " +
                   std::string(index_name));
  }
  const auto hash_count = std::count_if(elements.begin(), elements.end(), is_hash);
  const auto range_count = static_cast<std::ptrdiff_t>(elements.size()) - hash_count;
  if (hash_count > limits::kIndexKeyPartsMax || range_count > limits::kIndexKeyPartsMax) {
    return Invalid("KeySchema has more than 4 elements of one key type for index: " +
                   std::string(index_name));
  }
  return ApiStatus::Ok();
}

ApiStatus CheckProjection(json::Value projection, size_t* included_count) {
  const json::Value type = projection.Find("ProjectionType");
  if (!type.present()) {
    return Invalid("Unknown ProjectionType: null");
  }
  const json::Value attributes = projection.Find("NonKeyAttributes");
  if (type.AsString() == "INCLUDE") {
    if (!attributes.present()) {
      return Invalid("ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
    }
    *included_count += attributes.size();
  } else if (attributes.present()) {
    return Invalid("ProjectionType is " + std::string(type.AsString()) +
                   ", but NonKeyAttributes is specified");
  }
  if (*included_count > limits::kIncludedAttributesMax) {
    return Invalid("Number of projected attributes " + std::to_string(*included_count) +
                   " exceeds limit of 100");
  }
  return ApiStatus::Ok();
}

std::string PrintNames(std::span<const KeyElement> elements) { return PrintNamesOf(elements); }
std::string PrintNames(std::span<const KeyAttribute> definitions) {
  return PrintNamesOf(definitions);
}

}  // namespace millrace::api
