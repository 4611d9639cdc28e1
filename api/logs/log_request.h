// What requests about logs have in common: names and ARNs, limits, tokens, and reads on workers.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "api/logs/log_error.h"
#include "api/wire/call.h"
#include "api/wire/services.h"
#include "storage/base/json.h"
#include "storage/model/log_group.h"
#include "streams/logs/log_store.h"

namespace millrace::api {

// The text of a member, empty if it is absent.
std::string_view LogTextOf(json::Value input, std::string_view member);

// The names that the members give, which must be there: letters, digits and `.-_/#` for groups,
// all but `:` and `*` for streams, 1 to 512 of them.
LogStatus ReadLogGroupName(json::Value input, std::string* name);
LogStatus ReadLogStreamName(json::Value input, std::string_view member, std::string* name);
// The group that logGroupName or logGroupIdentifier (a name or an ARN) means; one of them.
LogStatus ReadLogGroupIdentifier(const Services& services, json::Value input, std::string* name);
// The name in an ARN of this account's groups, with or without `:*`.
std::optional<std::string_view> LogGroupOfArn(const Services& services, std::string_view arn);
// Without `:*`.
std::string LogGroupArn(const Services& services, std::string_view name);

// A whole number in a member, which may be absent.
LogStatus ReadLogRange(json::Value input, std::string_view member, int64_t least, int64_t most,
                       int64_t* value);

// A tag list of a map of texts; refuses keys and values that are too long.
LogStatus ReadLogTags(json::Value tags, std::vector<Tag>* read);

// Positions as tokens of pages.
std::string FormatLogPosition(const LogPosition& position);
std::optional<LogPosition> ParseLogPosition(std::string_view text);
LogStatus LogTokenInvalid();

// Runs `read` on a worker, which may write call->body and use call->input, and ends the call with
// what it returns.
void ReadLogOnWorker(const Services& services, Call* call, std::function<LogStatus()> read);

}  // namespace millrace::api
