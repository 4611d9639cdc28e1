// Paths and queries of the functions service: taken apart, decoded, compared with templates.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::api {

// Undoes percent-encoding; nothing if it is broken, or the result is not UTF-8. `plus_is_space` as
// in queries. Thread-safe.
std::optional<std::string> DecodePercent(std::string_view text, bool plus_is_space);

// Whether `path` begins with a date as all paths of the service do: "/2015-03-31/...".
bool IsRestPath(std::string_view path);

// Whether `path` (still encoded) has the form of `pattern`, a template such as
// "/2015-03-31/functions/{FunctionName}/code". A slash at the end does not matter. The segments
// that the template leaves open are put into `*segments`, decoded; with nullptr they are not
// decoded. Thread-safe.
bool MatchRestPath(std::string_view pattern, std::string_view path,
                   std::vector<std::string>* segments);

// The parameters of a query in their order; those with broken encoding are left out. Thread-safe.
std::vector<std::pair<std::string, std::string>> ParseRestQuery(std::string_view query);

}  // namespace millrace::api
