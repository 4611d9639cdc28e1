// ExecuteStatement: a SELECT becomes a page, everything else a write of one item.
#include "api/operations/execute_statement.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/operations/index_keys.h"
#include "api/operations/select_page.h"
#include "api/operations/statement_request.h"
#include "api/operations/statement_writes.h"
#include "api/partiql/page_token.h"
#include "api/wire/attribute_json.h"
#include "api/wire/capacity.h"

namespace millrace::api {
namespace {

constexpr std::array<ShapeMember, 7> kMembers = {{
    {"Statement", &kStringShape},
    {"Parameters", &kAttributeValueListShape},
    {"ConsistentRead", &kBooleanShape},
    {"NextToken", &kStringShape},
    {"ReturnConsumedCapacity", &kStringShape},
    {"Limit", &kIntegerShape},
    {"ReturnValuesOnConditionCheckFailure", &kStringShape},
}};

constexpr std::string_view kOperation = "ExecuteStatement";
constexpr size_t kTokenSizeMax = 32768;

class StatementWrite final : public StatementWrites {
 public:
  StatementWrite(const Services& services, Call* call)
      : StatementWrites(services, call, kOperation, Unit::kSingle) {}

 private:
  ItemStatement& statement() { return statements().front(); }
  ApiStatus CheckBound() override { return Failure(); }
  ApiStatus Refusal() override;
  void Reply() override;

  ApiStatus Failure() {
    return statement().failure().ok() ? ApiStatus::Ok() : ApiStatus(statement().failure().error());
  }
};

ApiStatus StatementWrite::Refusal() {
  ApiStatus failure = Failure();
  if (const ItemView item = statement().refused_item(); item.present()) {
    failure.error().members = "\"Item\":";
    json::Writer writer(&failure.error().members);
    WriteAttributes(item.attributes(), &writer);
  }
  return failure;
}

void StatementWrite::Reply() {
  const ItemStatement& done = statement();
  json::Writer writer(&call()->body);
  writer.BeginObject();
  if (done.statement().returning != partiql::Returning::kNone) {
    writer.Key("Items");
    writer.BeginArray();
    if (done.has_returned_row()) {
      done.WriteReturnedRow(&writer);
    }
    writer.EndArray();
  }
  ConsumedUnits units = {WriteUnits(std::max(done.old_size(), done.new_size())), {}};
  AddIndexUnits(*done.target().table, done.charges(), &units);
  WriteConsumedCapacity(ParseCapacityMode(Member("ReturnConsumedCapacity")), done.table_name(),
                        units, &writer);
  writer.EndObject();
  call()->Finish();
}

ApiStatus CheckConstraints(json::Value input) {
  ConstraintCollector constraints;
  CheckStatementConstraints(input, "", &constraints);
  constraints.CheckLength(input.Find("NextToken"), "nextToken", 1, kTokenSizeMax);
  CheckReturnConsumedCapacity(input.Find("ReturnConsumedCapacity"), &constraints);
  constraints.CheckIntegerMin(input.Find("Limit"), "limit", 1);
  return constraints.Finish();
}

// A write has no pages, so a token that came with one is damaged or belongs to something else.
ApiStatus CheckNoToken(json::Value token, const StatementRequest& request) {
  if (!token.present()) {
    return ApiStatus::Ok();
  }
  std::string bytes;
  ItemView last_key;
  RETURN_IF_API_ERROR(partiql::DecodePageToken(
      token.AsString(), {request.text(), request.parameters(), 0}, &bytes, &last_key));
  return ValidationError("Invalid NextToken");
}

ApiStatus Parse(json::Value input, StatementRequest* request) {
  RETURN_IF_API_ERROR(CheckConstraints(input));
  RETURN_IF_API_ERROR(request->Parse(input, {}));
  return request->statement().is_write() ? CheckNoToken(input.Find("NextToken"), *request)
                                         : ApiStatus::Ok();
}

}  // namespace

const Shape kExecuteStatementShape = {ShapeKind::kStructure, "ExecuteStatementInput", nullptr,
                                      kMembers};

void RunExecuteStatement(const Services& services, Call* call) {
  auto request = std::make_unique<StatementRequest>();
  if (const ApiStatus status = Parse(call->input, request.get()); !status.ok()) {
    call->Fail(status);
    return;
  }
  if (!request->statement().is_write()) {
    auto page = std::make_unique<SelectPage>(services, call, std::move(request));
    SelectPage* const started = page.get();
    call->state = std::move(page);
    started->Start();
    return;
  }
  auto write = std::make_unique<StatementWrite>(services, call);
  StatementWrite* const started = write.get();
  call->state = std::move(write);
  std::vector<ItemStatement> statements;
  statements.emplace_back(std::move(request));
  started->Start(std::move(statements));
}

}  // namespace millrace::api
