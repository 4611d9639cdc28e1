// ExecuteTransaction: up to 100 statements, all reads or all writes, carried out together or not at
// all.
#include "api/operations/execute_transaction.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/expr/projection.h"
#include "api/operations/batch_request.h"
#include "api/operations/statement_reads.h"
#include "api/operations/statement_request.h"
#include "api/operations/statement_writes.h"
#include "api/operations/table_capacity.h"
#include "api/operations/throttling.h"
#include "api/operations/transact_request.h"
#include "api/wire/canonical_input.h"
#include "api/wire/capacity.h"
#include "storage/base/digest.h"
#include "storage/model/limits.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 3> kStatementMembers = {{
    {"Statement", &kStringShape},
    {"Parameters", &kAttributeValueListShape},
    {"ReturnValuesOnConditionCheckFailure", &kStringShape},
}};
constexpr Shape kStatementShape = {ShapeKind::kStructure, "ParameterizedStatement", nullptr,
                                   kStatementMembers};
constexpr Shape kStatementsShape = {ShapeKind::kList, {}, &kStatementShape, {}};
constexpr std::array<ShapeMember, 3> kMembers = {{
    {"TransactStatements", &kStatementsShape},
    {"ClientRequestToken", &kStringShape},
    {"ReturnConsumedCapacity", &kStringShape},
}};

constexpr std::string_view kOperation = "ExecuteTransaction";

// A missing table fails the whole request.
ApiStatus CheckTables(const std::vector<ItemStatement>& statements) {
  for (const ItemStatement& statement : statements) {
    if (!statement.failure().ok() &&
        statement.failure().error().type == ErrorType::kResourceNotFound) {
      return ApiStatus(statement.failure().error());
    }
  }
  return ApiStatus::Ok();
}

ApiStatus Canceled(const std::vector<ItemStatement>& statements) {
  std::vector<CancellationReason> reasons;
  reasons.reserve(statements.size());
  for (const ItemStatement& statement : statements) {
    reasons.push_back({&statement.failure(), statement.refused_item()});
  }
  return TransactionCanceled(reasons);
}

class TransactionReads final : public StatementReads {
 public:
  TransactionReads(const Services& services, Call* call)
      : StatementReads(services, call, kOperation) {}

 private:
  ApiStatus CheckBound(std::span<const tables::ItemTarget> targets) override;
  ApiStatus WriteReply(std::span<const ItemView> items) override;
};

ApiStatus TransactionReads::CheckBound(std::span<const tables::ItemTarget> targets) {
  RETURN_IF_API_ERROR(CheckTables(statements()));
  if (tables::HasDuplicateItems(targets, services().items->hash_seed())) {
    return ValidationError(kDuplicateTransactionItems);
  }
  return targets.size() == statements().size() ? ApiStatus::Ok() : Canceled(statements());
}

// Whether there is anything to show of a row that a SELECT has found.
bool HasColumns(const ItemStatement& statement, const ItemView& item) {
  const std::vector<expr::DocumentPath>& columns = statement.statement().projection;
  return columns.empty() || expr::AnySelected(columns, item);
}

ApiStatus TransactionReads::WriteReply(std::span<const ItemView> items) {
  json::Writer writer(&call()->body);
  writer.BeginObject();
  writer.Key("Responses");
  writer.BeginArray();
  TableCapacity capacity;
  uint64_t bytes = 0;
  for (size_t index = 0; index < items.size(); ++index) {
    const ItemStatement& statement = statements()[index];
    const ItemView& item = items[index];
    bytes += item.DynamoSize();
    if (bytes > limits::kTransactionSizeMax) {
      return ValidationError(kTransactionTooLarge);
    }
    const double units = 2 * ReadUnits(item.DynamoSize(), true);
    capacity.Add(statement.table_name(), units);
    ChargeRead(services(), *statement.target().table, {units, {}});
    writer.BeginObject();
    if (statement.Selects(item) && HasColumns(statement, item)) {
      writer.Key("Item");
      statement.WriteRow(item, &writer);
    }
    writer.EndObject();
  }
  writer.EndArray();
  capacity.WriteTransaction(ParseCapacityMode(Member("ReturnConsumedCapacity")), UnitKind::kRead,
                            &writer);
  writer.EndObject();
  return ApiStatus::Ok();
}

class TransactionWrites final : public StatementWrites {
 public:
  TransactionWrites(const Services& services, Call* call)
      : StatementWrites(services, call, kOperation, Unit::kTransaction) {}

 private:
  ApiStatus CheckBound() override;
  void PrepareMore() override;
  std::string_view TokenPayload() override;
  ApiStatus Refusal() override;
  void Reply() override;
  void WriteReply(UnitKind kind, TableCapacity* capacity);

  bool has_parameters_hash_ = false;
  ParametersHash parameters_hash_ = {};
  std::string payload_;  // written on the committer thread
};

ApiStatus TransactionWrites::CheckBound() {
  RETURN_IF_API_ERROR(CheckTables(statements()));
  if (HasDuplicateKeys()) {
    return ValidationError(kDuplicateTransactionItems);
  }
  uint64_t total = 0;
  for (const ItemStatement& statement : statements()) {
    total += statement.insert_size();
  }
  if (total > limits::kTransactionSizeMax) {
    return ValidationError(kTransactionTooLarge);
  }
  for (const ItemStatement& statement : statements()) {
    if (!statement.bound() && statement.has_empty_key()) {
      return ApiStatus(statement.failure().error());
    }
  }
  return ApiStatus::Ok();
}

void TransactionWrites::PrepareMore() {
  const json::Value token = Member("ClientRequestToken");
  if (!token.present()) {
    return;
  }
  if (!has_parameters_hash_) {
    std::string text;
    AppendCanonicalInput(kStatementsShape, Member("TransactStatements"), &text);
    parameters_hash_ = Sha256(text);
    has_parameters_hash_ = true;
  }
  UseToken({TokenScope::kExecuteTransaction, token.AsString(), parameters_hash_,
            services().clock->NowMs()});
}

// The sizes by which a repeated call is charged.
std::string_view TransactionWrites::TokenPayload() {
  payload_.clear();
  for (const ItemStatement& statement : statements()) {
    AppendChargedSize(std::max(statement.old_size(), statement.new_size()), &payload_);
  }
  return payload_;
}

ApiStatus TransactionWrites::Refusal() {
  if (token_outcome() == tables::TokenOutcome::kMismatch) {
    return TokenMismatch();
  }
  return too_large() ? ValidationError(kTransactionTooLarge) : Canceled(statements());
}

void TransactionWrites::Reply() {
  TableCapacity capacity;
  if (token_outcome() == tables::TokenOutcome::kReplayed) {
    ChargedSizes sizes(replayed_payload());
    for (const ItemStatement& statement : statements()) {
      const double units = 2 * ReadUnits(sizes.Next(), true);
      capacity.Add(statement.table_name(), units);
      if (statement.bound()) {  // if not, the table has been made anew since
        ChargeRead(services(), *statement.target().table, {units, {}});
      }
    }
    if (sizes.damaged()) {
      call()->Fail(ChargedSizes::Damage());
      return;
    }
    WriteReply(UnitKind::kRead, &capacity);
    return;
  }
  for (const ItemStatement& statement : statements()) {
    capacity.Add(statement.table_name(),
                 2 * WriteUnits(std::max(statement.old_size(), statement.new_size())));
    capacity.AddIndexes(statement.table_name(), *statement.target().table, statement.charges());
  }
  WriteReply(UnitKind::kWrite, &capacity);
}

void TransactionWrites::WriteReply(UnitKind kind, TableCapacity* capacity) {
  json::Writer writer(&call()->body);
  writer.BeginObject();
  writer.Key("Responses");
  writer.BeginArray();
  for (size_t count = 0; count < statements().size(); ++count) {
    writer.BeginObject();
    writer.EndObject();
  }
  writer.EndArray();
  capacity->WriteTransaction(ParseCapacityMode(Member("ReturnConsumedCapacity")), kind, &writer);
  writer.EndObject();
  call()->Finish();
}

void CheckStatements(json::Value statements, ConstraintCollector* constraints) {
  constexpr std::string_view kPath = "transactStatements";
  constraints->RequirePresent(statements, kPath);
  if (!statements.present()) {
    return;
  }
  if (statements.size() == 0) {
    constraints->AddEntry(EmptyListEntry(kPath));
  }
  if (statements.size() > limits::kTransactionActionsMax) {
    constraints->AddEntry(
        "Value at 'transactStatements' failed to satisfy constraint: Member must have length less "
        "than or equal to 100");
    return;
  }
  int index = 0;
  for (const json::Value statement : statements.elements()) {
    const std::string path = "transactStatements." + std::to_string(++index) + ".member";
    if (statement.IsNull()) {
      constraints->AddNull(path);
    } else {
      CheckStatementConstraints(statement, path + ".", constraints);
    }
  }
}

ApiStatus CheckStatement(const partiql::Statement& statement, size_t index) {
  std::string message = "Validation failed in TransactStatements[" + std::to_string(index) + "]: ";
  if (statement.returning != partiql::Returning::kNone) {
    return ValidationError(message + "RETURNING clause is not supported in ExecuteTransaction.");
  }
  if (!statement.index.empty()) {
    return ValidationError(message + "Reads on indices are not supported within transactions.");
  }
  return ApiStatus::Ok();
}

ApiStatus Check(json::Value input, std::vector<ItemStatement>* statements) {
  ConstraintCollector constraints;
  CheckStatements(input.Find("TransactStatements"), &constraints);
  constraints.CheckLength(input.Find("ClientRequestToken"), "clientRequestToken", 1,
                          limits::kClientRequestTokenSizeMax);
  CheckReturnConsumedCapacity(input.Find("ReturnConsumedCapacity"), &constraints);
  RETURN_IF_API_ERROR(constraints.Finish());
  partiql::ParseOptions options;
  options.in_transaction = true;
  size_t writes = 0;
  for (const json::Value element : input.Find("TransactStatements").elements()) {
    auto request = std::make_unique<StatementRequest>();
    RETURN_IF_API_ERROR(request->Parse(element, options));
    RETURN_IF_API_ERROR(CheckStatement(request->statement(), statements->size()));
    writes += request->statement().is_write() ? 1 : 0;
    statements->emplace_back(std::move(request));
  }
  return writes == 0 || writes == statements->size()
             ? ApiStatus::Ok()
             : ValidationError(
                   "ExecuteTransaction API does not support both read and write operations in the "
                   "same request.");
}

}  // namespace

const Shape kExecuteTransactionShape = {ShapeKind::kStructure, "ExecuteTransactionInput", nullptr,
                                        kMembers};

void RunExecuteTransaction(const Services& services, Call* call) {
  std::vector<ItemStatement> statements;
  if (const ApiStatus status = Check(call->input, &statements); !status.ok()) {
    call->Fail(status);
    return;
  }
  if (statements.front().statement().is_write()) {
    auto writes = std::make_unique<TransactionWrites>(services, call);
    TransactionWrites* const started = writes.get();
    call->state = std::move(writes);
    started->Start(std::move(statements));
  } else {
    auto reads = std::make_unique<TransactionReads>(services, call);
    TransactionReads* const started = reads.get();
    call->state = std::move(reads);
    started->Start(std::move(statements));
  }
}

}  // namespace millrace::api
