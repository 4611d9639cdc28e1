// Resource policies of tables and of their streams: the document as it was sent, and the checks
// that the operations on them share.
#pragma once

#include <string>
#include <string_view>

#include "api/wire/error.h"
#include "api/wire/services.h"
#include "storage/base/json.h"
#include "storage/model/table_descriptor.h"

namespace millrace::api {

// What a policy belongs to.
struct PolicyHolder {
  std::string arn;  // as the client sent it
  std::string table_name;
  std::string stream_label;  // empty: the table itself
};

// Reads the member ResourceArn, which must be the ARN of a table or of a stream.
ApiStatus ReadPolicyHolder(const Services& services, json::Value input, PolicyHolder* holder);

// Checks the text of a policy; ValidationException says what is wrong with it.
ApiStatus CheckResourcePolicy(std::string_view text);

// The policy of the holder within a table's descriptor, empty if it has none; nullptr if the table
// has no such stream.
const std::string* FindResourcePolicy(const TableDescriptor& table, std::string_view stream_label);
std::string* FindResourcePolicy(TableDescriptor* table, std::string_view stream_label);

// What tells one policy from another: digits that depend on the text only. Thread-safe.
std::string PolicyRevision(std::string_view text);

// Whether the change may be made: `expected` is the member ExpectedRevisionId, which may be absent.
// PolicyNotFoundException if the present policy is another one.
ApiStatus CheckExpectedRevision(json::Value expected, std::string_view present,
                                const PolicyHolder& holder);

ApiStatus PolicyNotFound(const PolicyHolder& holder);
ApiStatus PolicyHolderNotFound(const PolicyHolder& holder);

}  // namespace millrace::api
