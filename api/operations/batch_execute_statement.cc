// BatchExecuteStatement: up to 25 statements, all reads or all writes. What is wrong with one of
// them is said in its place of the answer.
#include "api/operations/batch_execute_statement.h"

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/operations/statement_reads.h"
#include "api/operations/statement_request.h"
#include "api/operations/statement_writes.h"
#include "api/operations/table_capacity.h"
#include "api/operations/throttling.h"
#include "api/wire/capacity.h"
#include "api/wire/input_text.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 4> kStatementMembers = {{
    {"Statement", &kStringShape},
    {"Parameters", &kAttributeValueListShape},
    {"ConsistentRead", &kBooleanShape},
    {"ReturnValuesOnConditionCheckFailure", &kStringShape},
}};
constexpr Shape kStatementShape = {ShapeKind::kStructure, "BatchStatementRequest", nullptr,
                                   kStatementMembers};
constexpr Shape kStatementsShape = {ShapeKind::kList, {}, &kStatementShape, {}};
constexpr std::array<ShapeMember, 2> kMembers = {{
    {"Statements", &kStatementsShape},
    {"ReturnConsumedCapacity", &kStringShape},
}};

constexpr std::string_view kOperation = "BatchExecuteStatement";
constexpr size_t kStatementsMax = 25;
constexpr std::string_view kDuplicates = "Provided list of item keys contains duplicates";

std::string_view CodeOf(const ApiError& error) {
  switch (error.type) {
    case ErrorType::kConditionalCheckFailed:
      return "ConditionalCheckFailed";
    case ErrorType::kDuplicateItem:
      return "DuplicateItem";
    case ErrorType::kResourceNotFound:
      return "ResourceNotFound";
    case ErrorType::kItemCollectionSizeLimitExceeded:
      return "ItemCollectionSizeLimitExceeded";
    case ErrorType::kProvisionedThroughputExceeded:
      return "ProvisionedThroughputExceeded";
    case ErrorType::kThrottling:
      return "ThrottlingError";
    default:
      return "ValidationError";
  }
}

// Writes what became of a statement, without its item, into the object that is open.
void WriteOutcome(const ItemStatement& statement, json::Writer* writer) {
  bool names_table = true;
  if (!statement.failure().ok()) {
    const ApiError& error = statement.failure().error();
    // One that failed before it ran has no table, unless that is what it lacks or what has no
    // throughput left.
    names_table = statement.bound() || error.type == ErrorType::kResourceNotFound ||
                  IsThrottled(statement.failure());
    writer->Key("Error");
    writer->BeginObject();
    writer->Member("Code", CodeOf(error));
    writer->Member("Message", error.message);
    writer->EndObject();
  }
  if (names_table) {
    writer->Member("TableName", statement.table_name());
  }
}

// The tables of which at least one statement succeeded: others report no capacity.
std::set<std::string_view> SuccessfulTables(const std::vector<ItemStatement>& statements) {
  std::set<std::string_view> tables;
  for (const ItemStatement& statement : statements) {
    if (statement.failure().ok()) {
      tables.insert(statement.table_name());
    }
  }
  return tables;
}

class BatchReads final : public StatementReads {
 public:
  BatchReads(const Services& services, Call* call) : StatementReads(services, call, kOperation) {}

 private:
  ApiStatus CheckBound(std::span<const tables::ItemTarget> targets) override {
    return tables::HasDuplicateItems(targets, services().items->hash_seed())
               ? ValidationError(kDuplicates)
               : ApiStatus::Ok();
  }
  ApiStatus WriteReply(std::span<const ItemView> items) override;
};

ApiStatus BatchReads::WriteReply(std::span<const ItemView> items) {
  json::Writer writer(&call()->body);
  writer.BeginObject();
  writer.Key("Responses");
  writer.BeginArray();
  TableCapacity capacity;
  size_t next = 0;
  for (const ItemStatement& statement : statements()) {
    writer.BeginObject();
    WriteOutcome(statement, &writer);
    if (statement.bound()) {
      const ItemView& item = items[next++];
      const double units = ReadUnits(item.DynamoSize(), statement.consistent());
      capacity.Add(statement.table_name(), units);
      ChargeRead(services(), *statement.target().table, {units, {}});
      if (statement.Selects(item)) {
        writer.Key("Item");
        statement.WriteRow(item, &writer);
      }
    }
    writer.EndObject();
  }
  writer.EndArray();
  capacity.WriteBatch(ParseCapacityMode(Member("ReturnConsumedCapacity")), &writer);
  writer.EndObject();
  return ApiStatus::Ok();
}

class BatchWrites final : public StatementWrites {
 public:
  BatchWrites(const Services& services, Call* call)
      : StatementWrites(services, call, kOperation, Unit::kEach) {}

 private:
  ApiStatus CheckBound() override {
    return HasDuplicateKeys() ? ValidationError(kDuplicates) : ApiStatus::Ok();
  }
  // Each statement fails on its own.
  ApiStatus Refusal() override { return ApiStatus::Ok(); }
  void Reply() override;
};

void BatchWrites::Reply() {
  json::Writer writer(&call()->body);
  writer.BeginObject();
  writer.Key("Responses");
  writer.BeginArray();
  TableCapacity capacity;
  const std::set<std::string_view> charged = SuccessfulTables(statements());
  for (const ItemStatement& statement : statements()) {
    writer.BeginObject();
    WriteOutcome(statement, &writer);
    if (statement.has_returned_row()) {
      writer.Key("Item");
      statement.WriteReturnedRow(&writer);
    }
    writer.EndObject();
    // What has failed while running is charged for the attempt.
    if (statement.bound() && charged.contains(statement.table_name())) {
      capacity.Add(statement.table_name(),
                   WriteUnits(std::max(statement.old_size(), statement.new_size())));
      capacity.AddIndexes(statement.table_name(), *statement.target().table, statement.charges());
    }
  }
  writer.EndArray();
  capacity.WriteBatch(ParseCapacityMode(Member("ReturnConsumedCapacity")), &writer);
  writer.EndObject();
  call()->Finish();
}

void CheckStatements(json::Value statements, ConstraintCollector* constraints) {
  constraints->RequirePresent(statements, "statements");
  if (!statements.present()) {
    return;
  }
  if (statements.size() > kStatementsMax) {
    std::string text;
    AppendInputText(kStatementsShape, statements, &text);
    constraints->AddValue(text, "statements", "Member must have length less than or equal to 25");
    return;
  }
  constraints->CheckLength(statements, "statements", 1, kStatementsMax);
  int index = 0;
  for (const json::Value statement : statements.elements()) {
    const std::string path = "statements." + std::to_string(++index) + ".member";
    if (statement.IsNull()) {
      constraints->AddNull(path);
    } else {
      CheckStatementConstraints(statement, path + ".", constraints);
    }
  }
}

ApiStatus Check(json::Value input, std::vector<ItemStatement>* statements, bool* writes) {
  ConstraintCollector constraints;
  CheckStatements(input.Find("Statements"), &constraints);
  CheckReturnConsumedCapacity(input.Find("ReturnConsumedCapacity"), &constraints);
  RETURN_IF_API_ERROR(constraints.Finish());
  bool reads = false;
  *writes = false;
  for (const json::Value element : input.Find("Statements").elements()) {
    auto request = std::make_unique<StatementRequest>();
    if (ApiStatus status = request->Parse(element, {}); !status.ok()) {
      statements->emplace_back(std::move(status));
      continue;
    }
    const bool is_write = request->statement().is_write();
    reads = reads || !is_write;
    *writes = *writes || is_write;
    statements->emplace_back(std::move(request));
  }
  return reads && *writes ? ValidationError(
                                "Read and write requests together in the same batch is not "
                                "supported.")
                          : ApiStatus::Ok();
}

}  // namespace

const Shape kBatchExecuteStatementShape = {ShapeKind::kStructure, "BatchExecuteStatementInput",
                                           nullptr, kMembers};

void RunBatchExecuteStatement(const Services& services, Call* call) {
  std::vector<ItemStatement> statements;
  bool writes = false;
  if (const ApiStatus status = Check(call->input, &statements, &writes); !status.ok()) {
    call->Fail(status);
    return;
  }
  if (writes) {
    auto batch = std::make_unique<BatchWrites>(services, call);
    BatchWrites* const started = batch.get();
    call->state = std::move(batch);
    started->Start(std::move(statements));
  } else {
    auto batch = std::make_unique<BatchReads>(services, call);
    BatchReads* const started = batch.get();
    call->state = std::move(batch);
    started->Start(std::move(statements));
  }
}

}  // namespace millrace::api
