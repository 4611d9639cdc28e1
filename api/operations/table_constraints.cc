// Constraint entries that table operations share, in AWS's order.
#include "api/operations/table_constraints.h"

#include <array>

#include "storage/model/limits.h"

namespace millrace::api {
namespace {

// The key schemas of tables and local indexes; global ones may have more.
constexpr size_t kSimpleKeySchemaMax = 2;
constexpr size_t kGlobalKeySchemaMax = 2 * limits::kIndexKeyPartsMax;

void CheckNotEmptyList(json::Value list, const std::string& path,
                       ConstraintCollector* constraints) {
  if (list.present() && list.size() == 0) {
    constraints->AddValue("[]", path, "Member must have length greater than or equal to 1");
  }
}

// "KeySchemaElement(attributeName=a, keyType=HASH)".
std::string PrintElement(json::Value element) {
  const auto text = [&](std::string_view member) {
    const json::Value value = element.Find(member);
    return value.present() ? std::string(value.AsString()) : std::string("null");
  };
  return "KeySchemaElement(attributeName=" + text("AttributeName") +
         ", keyType=" + text("KeyType") + ")";
}

std::string PrintKeySchema(json::Value key_schema) {
  std::string printed("[");
  for (const json::Value element : key_schema.elements()) {
    if (printed.size() > 1) {
      printed.append(", ");
    }
    printed.append(PrintElement(element));
  }
  return printed + "]";
}

void CheckKeyAttributeName(json::Value name, const std::string& path,
                           ConstraintCollector* constraints) {
  constraints->RequirePresent(name, path);
  constraints->CheckLength(name, path, 1, limits::kKeyAttributeNameSizeMax);
}

}  // namespace

std::string ElementPath(std::string_view path, size_t position) {
  return std::string(path) + "." + std::to_string(position) + ".member.";
}

void CheckThroughputConstraints(json::Value throughput, const std::string& path,
                                ConstraintCollector* constraints) {
  if (!throughput.present()) {
    return;
  }
  const json::Value write = throughput.Find("WriteCapacityUnits");
  constraints->RequirePresent(write, path + ".writeCapacityUnits");
  constraints->CheckIntegerMin(write, path + ".writeCapacityUnits", 1);
  const json::Value read = throughput.Find("ReadCapacityUnits");
  constraints->RequirePresent(read, path + ".readCapacityUnits");
  constraints->CheckIntegerMin(read, path + ".readCapacityUnits", 1);
}

void CheckKeySchemaConstraints(json::Value key_schema, const std::string& path, size_t elements_max,
                               ConstraintCollector* constraints) {
  constexpr std::array<std::string_view, 2> kKeyTypes = {"HASH", "RANGE"};
  constraints->RequirePresent(key_schema, path);
  if (!key_schema.present()) {
    return;
  }
  CheckNotEmptyList(key_schema, path, constraints);
  if (key_schema.size() > elements_max) {
    constraints->AddValue(
        PrintKeySchema(key_schema), path,
        "Member must have length less than or equal to " + std::to_string(elements_max));
  }
  size_t position = 0;
  for (const json::Value element : key_schema.elements()) {
    const std::string prefix = ElementPath(path, ++position);
    CheckKeyAttributeName(element.Find("AttributeName"), prefix + "attributeName", constraints);
    const json::Value type = element.Find("KeyType");
    constraints->RequirePresent(type, prefix + "keyType");
    constraints->CheckEnum(type, prefix + "keyType", "[HASH, RANGE]", kKeyTypes);
  }
}

void CheckDefinitionConstraints(json::Value definitions, ConstraintCollector* constraints) {
  constexpr std::array<std::string_view, 3> kTypes = {"B", "N", "S"};
  constexpr std::string_view kPath = "attributeDefinitions";
  constraints->RequirePresent(definitions, kPath);
  if (!definitions.present()) {
    return;
  }
  size_t position = 0;
  for (const json::Value definition : definitions.elements()) {
    const std::string prefix = ElementPath(kPath, ++position);
    CheckKeyAttributeName(definition.Find("AttributeName"), prefix + "attributeName", constraints);
    const json::Value type = definition.Find("AttributeType");
    constraints->RequirePresent(type, prefix + "attributeType");
    constraints->CheckEnum(type, prefix + "attributeType", "[B, N, S]", kTypes);
  }
}

void CheckIndexNameConstraints(json::Value name, const std::string& path,
                               ConstraintCollector* constraints) {
  constraints->RequirePresent(name, path);
  constraints->CheckNamePattern(name, path);
  constraints->CheckLength(name, path, limits::kTableNameSizeMin, limits::kTableNameSizeMax);
}

void CheckProjectionConstraints(json::Value projection, const std::string& path,
                                ConstraintCollector* constraints) {
  constexpr std::array<std::string_view, 3> kTypes = {"ALL", "INCLUDE", "KEYS_ONLY"};
  constraints->RequirePresent(projection, path);
  if (!projection.present()) {
    return;
  }
  constraints->CheckEnum(projection.Find("ProjectionType"), path + ".projectionType",
                         "[ALL, INCLUDE, KEYS_ONLY]", kTypes);
  CheckNotEmptyList(projection.Find("NonKeyAttributes"), path + ".nonKeyAttributes", constraints);
}

void CheckLocalIndexConstraints(json::Value indexes, ConstraintCollector* constraints) {
  if (!indexes.present()) {
    return;
  }
  size_t position = 0;
  for (const json::Value index : indexes.elements()) {
    const std::string prefix = ElementPath("localSecondaryIndexes", ++position);
    CheckIndexNameConstraints(index.Find("IndexName"), prefix + "indexName", constraints);
    CheckKeySchemaConstraints(index.Find("KeySchema"), prefix + "keySchema", kSimpleKeySchemaMax,
                              constraints);
    CheckProjectionConstraints(index.Find("Projection"), prefix + "projection", constraints);
  }
}

void CheckGlobalIndexConstraints(json::Value indexes, ConstraintCollector* constraints) {
  if (!indexes.present()) {
    return;
  }
  size_t position = 0;
  for (const json::Value index : indexes.elements()) {
    const std::string prefix = ElementPath("globalSecondaryIndexes", ++position);
    CheckKeySchemaConstraints(index.Find("KeySchema"), prefix + "keySchema", kGlobalKeySchemaMax,
                              constraints);
    CheckProjectionConstraints(index.Find("Projection"), prefix + "projection", constraints);
    CheckIndexNameConstraints(index.Find("IndexName"), prefix + "indexName", constraints);
    CheckThroughputConstraints(index.Find("ProvisionedThroughput"),
                               prefix + "provisionedThroughput", constraints);
  }
}

void CheckBillingModeConstraint(json::Value input, ConstraintCollector* constraints) {
  constexpr std::array<std::string_view, 2> kModes = {"PROVISIONED", "PAY_PER_REQUEST"};
  constraints->CheckEnum(input.Find("BillingMode"), "billingMode", "[PROVISIONED, PAY_PER_REQUEST]",
                         kModes);
}

void CheckTableClassConstraint(json::Value input, ConstraintCollector* constraints) {
  constexpr std::array<std::string_view, 2> kClasses = {"STANDARD", "STANDARD_INFREQUENT_ACCESS"};
  constraints->CheckEnum(input.Find("TableClass"), "tableClass",
                         "[STANDARD, STANDARD_INFREQUENT_ACCESS]", kClasses);
}

void CheckStreamAndEncryptionConstraints(json::Value input, ConstraintCollector* constraints) {
  constexpr std::array<std::string_view, 4> kViewTypes = {"NEW_IMAGE", "OLD_IMAGE",
                                                          "NEW_AND_OLD_IMAGES", "KEYS_ONLY"};
  constexpr std::array<std::string_view, 2> kEncryptionTypes = {"AES256", "KMS"};
  const json::Value stream = input.Find("StreamSpecification");
  if (stream.present()) {
    constraints->CheckEnum(stream.Find("StreamViewType"), "streamSpecification.streamViewType",
                           "[NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, KEYS_ONLY]", kViewTypes);
  }
  const json::Value encryption = input.Find("SSESpecification");
  if (encryption.present()) {
    constraints->CheckEnum(encryption.Find("SSEType"), "sSESpecification.sSEType", "[AES256, KMS]",
                           kEncryptionTypes);
  }
}

void CheckTagConstraints(json::Value tags, ConstraintCollector* constraints) {
  if (!tags.present()) {
    return;
  }
  size_t position = 0;
  for (const json::Value tag : tags.elements()) {
    const std::string prefix = ElementPath("tags", ++position);
    const json::Value key = tag.Find("Key");
    constraints->RequirePresent(key, prefix + "key");
    constraints->CheckLength(key, prefix + "key", 1, limits::kTagKeySizeMax);
    const json::Value value = tag.Find("Value");
    constraints->RequirePresent(value, prefix + "value");
    constraints->CheckLength(value, prefix + "value", 0, limits::kTagValueSizeMax);
  }
}

}  // namespace millrace::api
