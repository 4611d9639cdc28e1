// Which operation is which action on what.
#include "api/authorization/table_accesses.h"

#include <string>
#include <utility>

#include "api/operations/batch_request.h"
#include "api/operations/shard_iterator.h"
#include "api/wire/arn.h"

namespace millrace::api {
namespace {

using Form = ItemPart::Form;

// No statement that is accepted has more bytes.
constexpr size_t kStatementBytesMax = 3 * kStatementSizeMax;

std::string Action(std::string_view name) { return "dynamodb:" + std::string(name); }

std::string_view TextOf(json::Value input, std::string_view name) {
  const json::Value value = input.IsObject() ? input.Find(name) : json::Value();
  return value.present() && value.IsString() ? value.AsString() : std::string_view();
}

// A table, or one of its indexes.
std::string TableResource(const Services& services, std::string_view table,
                          std::string_view index = {}) {
  std::string resource =
      ParseTableArn(table).has_value() ? std::string(table) : FormatTableArn(services, table);
  if (!index.empty()) {
    resource.append("/index/").append(index);
  }
  return resource;
}

class Reader {
 public:
  Reader(const Services& services, const Operation& operation, const Call& call)
      : services_(services), operation_(operation), input_(call.input) {}

  AccessItems Read();

 private:
  using Step = void (*)(Reader*);
  struct Row {
    std::string_view operation;
    Step step;
  };
  static const Row kRows[];

  template <void (Reader::*kMethod)()>
  static void Take(Reader* reader) {
    (reader->*kMethod)();
  }

  void AddTable();
  void AddCreateTable();
  void AddAccount();
  void AddList();
  void AddResource();
  void AddItem();
  void AddPage();
  void AddBatchGet();
  void AddBatchWrite();
  void AddTransaction();
  void AddStatement();
  void AddBatchStatements();
  void AddTransactStatements();
  void AddStream();
  void AddStreamList();
  void AddIterator();

  AccessItem& Add(std::string action, std::string resource) {
    AccessItem& item = items_.emplace_back();
    item.action = std::move(action);
    item.resource = std::move(resource);
    return item;
  }
  void AddPart(std::string_view action, std::string_view table, Form form, json::Value input,
               std::string_view enclosing);
  void AddOneStatement(json::Value request, bool in_transaction);

  const Services& services_;
  const Operation& operation_;
  const json::Value input_;
  AccessItems items_;
};

const Reader::Row Reader::kRows[] = {
    {"GetItem", Take<&Reader::AddItem>},
    {"PutItem", Take<&Reader::AddItem>},
    {"UpdateItem", Take<&Reader::AddItem>},
    {"DeleteItem", Take<&Reader::AddItem>},
    {"Query", Take<&Reader::AddPage>},
    {"Scan", Take<&Reader::AddPage>},
    {"BatchGetItem", Take<&Reader::AddBatchGet>},
    {"BatchWriteItem", Take<&Reader::AddBatchWrite>},
    {"TransactGetItems", Take<&Reader::AddTransaction>},
    {"TransactWriteItems", Take<&Reader::AddTransaction>},
    {"ExecuteStatement", Take<&Reader::AddStatement>},
    {"BatchExecuteStatement", Take<&Reader::AddBatchStatements>},
    {"ExecuteTransaction", Take<&Reader::AddTransactStatements>},
    {"CreateTable", Take<&Reader::AddCreateTable>},
    {"ListTables", Take<&Reader::AddList>},
    {"DescribeEndpoints", Take<&Reader::AddAccount>},
    {"DescribeLimits", Take<&Reader::AddAccount>},
    {"TagResource", Take<&Reader::AddResource>},
    {"UntagResource", Take<&Reader::AddResource>},
    {"ListTagsOfResource", Take<&Reader::AddResource>},
    {"PutResourcePolicy", Take<&Reader::AddResource>},
    {"GetResourcePolicy", Take<&Reader::AddResource>},
    {"DeleteResourcePolicy", Take<&Reader::AddResource>},
    {"DescribeStream", Take<&Reader::AddStream>},
    {"GetShardIterator", Take<&Reader::AddStream>},
    {"GetRecords", Take<&Reader::AddIterator>},
    {"ListStreams", Take<&Reader::AddStreamList>},
};

void Reader::AddTable() {
  const std::string_view table = TextOf(input_, "TableName");
  Add(Action(operation_.name), TableResource(services_, table)).part.table = table;
}

void Reader::AddCreateTable() {
  AddTable();
  if (!TextOf(input_, "ResourcePolicy").empty()) {
    Add(Action("PutResourcePolicy"), items_.front().resource);
  }
}

void Reader::AddAccount() { Add(Action(operation_.name), "*"); }

void Reader::AddList() { Add(Action(operation_.name), TableResource(services_, "*")); }

void Reader::AddResource() {
  const std::string_view arn = TextOf(input_, "ResourceArn");
  AccessItem& item = Add(Action(operation_.name), std::string(arn));
  if (ParseTableArn(arn).has_value()) {
    item.part.table = arn;
  }
}

void Reader::AddPart(std::string_view action, std::string_view table, Form form, json::Value input,
                     std::string_view enclosing) {
  AccessItem& item = Add(Action(action), TableResource(services_, table));
  item.part.form = form;
  item.part.returns_items = action == "GetItem" || action == "BatchGetItem";
  item.part.is_put = action == "PutItem";
  item.part.input = input;
  item.part.table = table;
  item.enclosing_operation = enclosing;
}

void Reader::AddItem() {
  AddPart(operation_.name, TextOf(input_, "TableName"), Form::kItem, input_, {});
}

void Reader::AddPage() {
  AddPart(operation_.name, TextOf(input_, "TableName"), Form::kPage, input_, {});
  AccessItem& item = items_.back();
  item.part.index = TextOf(input_, "IndexName");
  item.resource = TableResource(services_, item.part.table, item.part.index);
}

void Reader::AddBatchGet() {
  for (const BatchTable& table : ListBatchTables(input_.Find("RequestItems"))) {
    if (table.value.IsObject()) {
      AddPart(operation_.name, table.name, Form::kBatchKeys, table.value, {});
    }
  }
}

void Reader::AddBatchWrite() {
  for (const BatchTable& table : ListBatchTables(input_.Find("RequestItems"))) {
    if (table.value.IsArray()) {
      AddPart(operation_.name, table.name, Form::kBatchWrites, table.value, {});
    }
  }
}

void Reader::AddTransaction() {
  constexpr std::pair<std::string_view, std::string_view> kActions[] = {
      {"Get", "GetItem"},
      {"Put", "PutItem"},
      {"Update", "UpdateItem"},
      {"Delete", "DeleteItem"},
      {"ConditionCheck", "ConditionCheckItem"},
  };
  const json::Value list = input_.Find("TransactItems");
  if (!list.present()) {
    return;
  }
  for (const json::Value element : list.elements()) {
    for (const auto& [member, action] : kActions) {
      const json::Value part = element.IsObject() ? element.Find(member) : json::Value();
      if (part.present() && part.IsObject()) {
        AddPart(action, TextOf(part, "TableName"), Form::kItem, part, operation_.name);
      }
    }
  }
}

void Reader::AddOneStatement(json::Value request, bool in_transaction) {
  const std::string_view text = TextOf(request, "Statement");
  if (text.empty() || text.size() > kStatementBytesMax) {
    return;
  }
  auto statement = std::make_shared<StatementRequest>();
  if (!statement->Parse(request, {in_transaction}).ok()) {
    return;
  }
  std::string_view action;
  switch (statement->statement().kind) {
    case partiql::StatementKind::kSelect:
    case partiql::StatementKind::kExists:
      action = "PartiQLSelect";
      break;
    case partiql::StatementKind::kInsert:
      action = "PartiQLInsert";
      break;
    case partiql::StatementKind::kUpdate:
      action = "PartiQLUpdate";
      break;
    case partiql::StatementKind::kDelete:
      action = "PartiQLDelete";
      break;
  }
  const partiql::Statement& parsed = statement->statement();
  AccessItem& item = Add(Action(action), TableResource(services_, parsed.table, parsed.index));
  item.part.form = Form::kStatement;
  item.part.table = parsed.table;
  item.part.index = parsed.index;
  item.part.statement = std::move(statement);
  if (in_transaction) {
    item.enclosing_operation = operation_.name;
  }
}

void Reader::AddStatement() { AddOneStatement(input_, false); }

void Reader::AddBatchStatements() {
  if (const json::Value list = input_.Find("Statements"); list.present()) {
    for (const json::Value request : list.elements()) {
      AddOneStatement(request, false);
    }
  }
}

void Reader::AddTransactStatements() {
  if (const json::Value list = input_.Find("TransactStatements"); list.present()) {
    for (const json::Value request : list.elements()) {
      AddOneStatement(request, true);
    }
  }
}

void Reader::AddStream() { Add(Action(operation_.name), std::string(TextOf(input_, "StreamArn"))); }

void Reader::AddStreamList() {
  const std::string_view table = TextOf(input_, "TableName");
  Add(Action(operation_.name), TableResource(services_, table.empty() ? "*" : table) + "/stream/*");
}

// The place is checked as the stream that it is in; whoever has it may not have been who asked for
// it.
void Reader::AddIterator() {
  ShardIterator iterator;
  std::string_view arn;
  if (!ParseShardIterator(TextOf(input_, "ShardIterator"), &iterator, &arn)) {
    Add(Action(operation_.name), TableResource(services_, "*") + "/stream/*");
    return;
  }
  Add(Action(operation_.name), std::string(arn));
}

AccessItems Reader::Read() {
  for (const Row& row : kRows) {
    if (row.operation == operation_.name) {
      row.step(this);
      return std::move(items_);
    }
  }
  AddTable();
  return std::move(items_);
}

}  // namespace

AccessItems TableAccesses(const Services& services, const Operation& operation, const Call& call) {
  Reader reader(services, operation, call);
  return reader.Read();
}

}  // namespace millrace::api
