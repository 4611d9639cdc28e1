// Lines of the audit log. They have names of things, never their contents: no items, no bodies, no
// query strings, no signatures.
#include "server/audit/audit_record.h"

#include <algorithm>

#include "server/auth/authenticator.h"
#include "storage/base/iso_time.h"
#include "storage/base/json.h"
#include "storage/base/utf8.h"

namespace millrace::server {
namespace {

// Longer texts come from nobody who means well.
constexpr size_t kTextSizeMax = 512;

// What operations that change something begin with.
constexpr std::string_view kVerbs[] = {"Add",     "Create",  "Delete", "Disable", "Enable",
                                       "Import",  "Publish", "Purge",  "Put",     "Remove",
                                       "Restore", "Set",     "Tag",    "Untag",   "Update"};
// Those of them that change data only.
constexpr std::string_view kDataOperations[] = {"DeleteItem", "DeleteMessage", "DeleteMessageBatch",
                                                "PutItem",    "PutLogEvents",  "UpdateItem"};

// Members of requests that name what is changed.
constexpr std::string_view kResourceMembers[] = {
    "TableName", "ResourceArn",  "StreamArn",          "QueueUrl",
    "QueueName", "logGroupName", "logGroupIdentifier", "resourceArn"};

std::string_view ServiceText(std::string_view action) { return action.substr(0, action.find(':')); }

std::string ResourceOf(const Exchange& exchange) {
  if (exchange.denial != nullptr) {
    return exchange.denial->resource;
  }
  if (exchange.head.path() != "/" && exchange.form_operation.empty() && !exchange.input.present()) {
    return std::string(exchange.head.path());
  }
  if (exchange.input.present() && exchange.input.IsObject()) {
    for (const std::string_view member : kResourceMembers) {
      const json::Value value = exchange.input.Find(member);
      if (value.present() && value.IsString()) {
        return std::string(value.AsString());
      }
    }
  }
  return {};
}

// The name of the error that a reply is; empty for a success.
std::string_view ErrorCode(const Exchange& exchange) {
  if (exchange.http_status < 400) {
    return {};
  }
  constexpr std::string_view kHeader = "x-amzn-ErrorType: ";
  constexpr std::string_view kMember = "\"__type\":\"";
  const std::string_view headers = exchange.extra_headers;
  if (const size_t at = headers.find(kHeader); at != std::string_view::npos) {
    const std::string_view code = headers.substr(at + kHeader.size());
    return code.substr(0, code.find_first_of("\r:"));
  }
  const std::string_view body = exchange.body;
  if (const size_t at = body.find(kMember); at != std::string_view::npos) {
    std::string_view code = body.substr(at + kMember.size());
    code = code.substr(0, code.find('"'));
    return code.substr(code.find('#') + 1);
  }
  return exchange.http_status == 403 ? "AccessDenied" : "Error";
}

void WriteText(std::string_view name, std::string_view text, json::Writer* writer) {
  if (!text.empty()) {
    std::string_view shown = text.substr(0, kTextSizeMax);
    while (shown.size() < text.size() && shown.size() + 4 > kTextSizeMax && !IsValidUtf8(shown)) {
      shown.remove_suffix(1);  // of a character that was cut through
    }
    writer->Member(name, IsValidUtf8(shown) ? shown : "(not text)");
  }
}

}  // namespace

bool IsControlOperation(std::string_view name) {
  const bool changes =
      std::any_of(std::begin(kVerbs), std::end(kVerbs),
                  [name](std::string_view verb) { return name.starts_with(verb); });
  return changes && std::find(std::begin(kDataOperations), std::end(kDataOperations), name) ==
                        std::end(kDataOperations);
}

void AuditRecorder::Replied(const Exchange& exchange) {
  const std::string_view action = exchange.action;
  const std::string_view name = action.substr(action.find(':') + 1);
  if (exchange.denial != nullptr || !exchange.authentication.ok() ||
      action.starts_with("millrace:") || IsControlOperation(name)) {
    log_->Append(Line(exchange));
  }
}

std::string AuditRecorder::Line(const Exchange& exchange) const {
  std::string line;
  json::Writer writer(&line);
  writer.BeginObject();
  writer.Member("time", FormatIsoTime(clock_->NowMs()));
  const bool authenticated = exchange.authentication.ok();
  std::string claimed;
  if (!authenticated) {
    // Only what somebody says to be.
    (void)OpenAuthenticator().Authenticate(exchange.head, {}, &claimed);
    WriteText("claimed_access_key", claimed, &writer);
  } else {
    WriteText("access_key", exchange.access_key, &writer);
    if (authorizer_ != nullptr) {
      WriteText("user", authorizer_->NameOf(exchange.access_key), &writer);
    }
  }
  WriteText("source", exchange.PeerAddress(), &writer);
  const std::string_view action =
      exchange.denial == nullptr ? exchange.action : std::string_view(exchange.denial->action);
  WriteText("service", ServiceText(action), &writer);
  WriteText("action", action, &writer);
  WriteText("resource", ResourceOf(exchange), &writer);
  WriteText("request_id", exchange.request_id, &writer);
  const bool refused = exchange.denial != nullptr || !authenticated;
  writer.Member("outcome", refused ? "denied" : exchange.http_status < 400 ? "success" : "failure");
  WriteText("error", ErrorCode(exchange), &writer);
  writer.Key("status");
  writer.Int(exchange.http_status);
  writer.EndObject();
  return line;
}

}  // namespace millrace::server
