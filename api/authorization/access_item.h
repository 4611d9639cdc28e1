// One thing that a call wants: an action on a resource. Some calls want several.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/operations/statement_request.h"
#include "storage/base/json.h"

namespace millrace::api {

// The part of a request from which the condition keys of items come.
struct ItemPart {
  enum class Form : uint8_t {
    kNone,
    kItem,         // the parameters of one item: Key or Item, and expressions
    kBatchKeys,    // one table of a BatchGetItem
    kBatchWrites,  // one table of a BatchWriteItem: a list
    kPage,         // a Query or a Scan
    kStatement,
  };
  Form form = Form::kNone;
  bool returns_items = false;  // kItem: it is a read
  bool is_put = false;         // kItem: it has a whole item, not a key
  json::Value input;
  std::string_view table;                             // as the client named it
  std::string_view index;                             // empty: the table itself
  std::shared_ptr<const StatementRequest> statement;  // kStatement
};

struct AccessItem {
  std::string action;    // "dynamodb:PutItem"
  std::string resource;  // an ARN, or "*"
  ItemPart part = {};
  std::string_view enclosing_operation = {};  // empty: none
  // Values of keys of the functions service; empty: none.
  std::string function_arn = {};
  std::string_view function_url_auth_type = {};
};

using AccessItems = std::vector<AccessItem>;

}  // namespace millrace::api
