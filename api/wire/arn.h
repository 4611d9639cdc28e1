// Amazon resource names of tables and their streams, and the TableName parameter, which may hold a
// name or the ARN of a table.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/wire/services.h"
#include "storage/tables/table.h"

namespace millrace::api {

// The parts of arn:aws:dynamodb:<region>:<account>:table/<name>; views into the text that was
// parsed.
struct TableArn {
  std::string_view region;
  std::string_view account;
  std::string_view table_name;
};

// The parts of `text` if it has exactly the form of a table ARN (not of an index or a stream). The
// name satisfies the rules of table names. Thread-safe.
std::optional<TableArn> ParseTableArn(std::string_view text);

// <table arn>/stream/<label>; views into the text that was parsed.
struct StreamArn {
  TableArn table;
  std::string_view label;
};

// The parts of `text` if it has exactly that form. Thread-safe.
std::optional<StreamArn> ParseStreamArn(std::string_view text);

// Whether the ARN is of this server's account and region.
bool IsLocal(const Services& services, const TableArn& arn);

// The ARN of the table called `name` on this server.
std::string FormatTableArn(const Services& services, std::string_view name);

// The ARN of a stream of that table.
std::string FormatStreamArn(const Services& services, std::string_view table_name,
                            std::string_view label);

// Whether all characters are of a-z A-Z 0-9 _ . - (true for the empty text).
bool HasNameCharacters(std::string_view text);

// The table name that a TableName parameter means: the parameter itself, or the name in a table
// ARN, whatever account it is of. For messages.
std::string_view BareTableName(std::string_view parameter);

// Like BareTableName, but empty for the ARN of another account or region: no table is called that,
// so looking it up finds nothing, which is the answer wanted.
std::string_view TableNameFromParameter(const Services& services, std::string_view parameter);

}  // namespace millrace::api
