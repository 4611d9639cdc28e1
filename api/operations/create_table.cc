// CreateTable: shape and run; the checks are in create_table_validation.cc.
#include "api/operations/create_table.h"

#include <array>
#include <string>
#include <utility>

#include "api/operations/create_table_validation.h"
#include "api/operations/table_description.h"
#include "api/operations/table_shapes.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 3> kLocalIndexMembers = {{
    {"IndexName", &kStringShape},
    {"KeySchema", &kKeySchemaShape},
    {"Projection", &kProjectionShape},
}};
constexpr Shape kLocalIndexShape = {ShapeKind::kStructure, "LocalSecondaryIndex", nullptr,
                                    kLocalIndexMembers};
constexpr Shape kLocalIndexListShape = {ShapeKind::kList, {}, &kLocalIndexShape, {}};

constexpr std::array<ShapeMember, 6> kGlobalIndexMembers = {{
    {"IndexName", &kStringShape},
    {"KeySchema", &kKeySchemaShape},
    {"Projection", &kProjectionShape},
    {"ProvisionedThroughput", &kProvisionedThroughputShape},
    {"OnDemandThroughput", &kOnDemandThroughputShape},
    {"WarmThroughput", &kWarmThroughputShape},
}};
constexpr Shape kGlobalIndexShape = {ShapeKind::kStructure, "GlobalSecondaryIndex", nullptr,
                                     kGlobalIndexMembers};
constexpr Shape kGlobalIndexListShape = {ShapeKind::kList, {}, &kGlobalIndexShape, {}};

constexpr std::array<ShapeMember, 15> kMembers = {{
    {"AttributeDefinitions", &kAttributeDefinitionsShape},
    {"TableName", &kStringShape},
    {"KeySchema", &kKeySchemaShape},
    {"LocalSecondaryIndexes", &kLocalIndexListShape},
    {"GlobalSecondaryIndexes", &kGlobalIndexListShape},
    {"BillingMode", &kStringShape},
    {"ProvisionedThroughput", &kProvisionedThroughputShape},
    {"StreamSpecification", &kStreamSpecificationShape},
    {"SSESpecification", &kEncryptionShape},
    {"Tags", &kTagListShape},
    {"TableClass", &kStringShape},
    {"DeletionProtectionEnabled", &kBooleanShape},
    {"WarmThroughput", &kWarmThroughputShape},
    {"ResourcePolicy", &kStringShape},
    {"OnDemandThroughput", &kOnDemandThroughputShape},
}};

void Answer(const Services& services, Call* call, const std::string& name,
            const Result<tables::TablePointer>& created) {
  if (!created.ok()) {
    if (created.status().code() == StatusCode::kAlreadyExists) {
      call->Fail(ApiStatus(ErrorType::kResourceInUse, "Table already exists: " + name));
    } else {
      call->Fail(FromStorage(created.status()));
    }
    return;
  }
  TableDescriptionInput input;
  input.table = &created.value()->descriptor();
  input.state = TableState::kCreating;
  input.now_ms = services.clock->NowMs();
  json::Writer writer(&call->body);
  writer.BeginObject();
  writer.Key("TableDescription");
  WriteTableDescription(services, input, &writer);
  writer.EndObject();
  call->Finish();
}

}  // namespace

const Shape kCreateTableShape = {ShapeKind::kStructure, "CreateTableInput", nullptr, kMembers};

void RunCreateTable(const Services& services, Call* call) {
  TableDescriptor descriptor;
  const ApiStatus status = MakeTableDescriptor(services, call->input, &descriptor);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  std::string name = descriptor.name;
  services.catalog->Create(
      std::move(descriptor), call->home,
      [&services, call, name = std::move(name)](const Result<tables::TablePointer>& created) {
        Answer(services, call, name, created);
      });
}

}  // namespace millrace::api
