// Writing events. Whatever is not UTF-8 in heads is taken for Latin-1, because an event is JSON.
#include "server/function_urls/url_event.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <utility>
#include <vector>

#include "server/request/query.h"
#include "storage/base/base64.h"
#include "storage/base/json.h"
#include "storage/base/utf8.h"

namespace millrace::server {
namespace {

// In order of their first appearance.
using TextPairs = std::vector<std::pair<std::string, std::string>>;

std::string ToUtf8(std::string_view text) {
  if (IsValidUtf8(text)) {
    return std::string(text);
  }
  std::string utf8;
  for (const char character : text) {
    const auto code = static_cast<unsigned char>(character);
    if (code < 0x80) {
      utf8.push_back(character);
    } else {
      utf8.push_back(static_cast<char>(0xC0 | (code >> 6)));
      utf8.push_back(static_cast<char>(0x80 | (code & 0x3F)));
    }
  }
  return utf8;
}

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char character) { return std::tolower(character); });
  return lower;
}

// Values of one name are joined with commas.
void AddPair(std::string name, std::string_view value, TextPairs* pairs) {
  for (auto& [known, values] : *pairs) {
    if (known == name) {
      values.append(",").append(ToUtf8(value));
      return;
    }
  }
  pairs->emplace_back(std::move(name), ToUtf8(value));
}

std::string Decoded(std::string_view text) {
  std::optional<std::string> decoded = DecodeQueryText(text);
  return ToUtf8(decoded.has_value() ? *decoded : text);
}

TextPairs QueryPairs(std::string_view query) {
  TextPairs pairs;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view parameter = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (!parameter.empty()) {
      const size_t equals = std::min(parameter.find('='), parameter.size());
      AddPair(Decoded(parameter.substr(0, equals)),
              Decoded(parameter.substr(std::min(equals + 1, parameter.size()))), &pairs);
    }
  }
  return pairs;
}

void AddCookies(std::string_view value, std::vector<std::string>* cookies) {
  while (!value.empty()) {
    const size_t end = std::min(value.find(';'), value.size());
    std::string_view cookie = value.substr(0, end);
    value.remove_prefix(std::min(end + 1, value.size()));
    while (cookie.starts_with(' ')) {
      cookie.remove_prefix(1);
    }
    if (!cookie.empty()) {
      cookies->push_back(ToUtf8(cookie));
    }
  }
}

void WritePairs(std::string_view name, const TextPairs& pairs, json::Writer* writer) {
  writer->Key(name);
  writer->BeginObject();
  for (const auto& [key, value] : pairs) {
    writer->Member(key, value);
  }
  writer->EndObject();
}

// "20/Nov/2026:21:44:06 +0000"
std::string FormatRequestTime(int64_t now_ms) {
  const auto seconds = static_cast<time_t>(now_ms / 1000);
  tm parts = {};
  gmtime_r(&seconds, &parts);
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char text[64];
  std::snprintf(text, sizeof(text), "%02d/%s/%04d:%02d:%02d:%02d +0000", parts.tm_mday,
                kMonths[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                parts.tm_sec);
  return text;
}

void WriteSigner(const UrlEventContext& context, json::Writer* writer) {
  writer->Key("authorizer");
  writer->BeginObject();
  writer->Key("iam");
  writer->BeginObject();
  writer->Member("accessKey", context.access_key_id);
  writer->Member("accountId", context.account);
  writer->Member("callerId", context.access_key_id);
  writer->Member("userArn", "arn:aws:iam::" + std::string(context.account) + ":root");
  writer->Member("userId", context.access_key_id);
  writer->EndObject();
  writer->EndObject();
}

void WriteContext(const RequestHead& head, const UrlEventContext& context,
                  std::string_view user_agent, json::Writer* writer) {
  writer->Key("requestContext");
  writer->BeginObject();
  writer->Member("accountId", context.account);
  writer->Member("apiId", context.url_id);
  if (!context.access_key_id.empty()) {
    WriteSigner(context, writer);
  }
  writer->Member("domainName", ToUtf8(head.Get(KnownHeader::kHost)));
  writer->Member("domainPrefix", context.url_id);
  writer->Key("http");
  writer->BeginObject();
  writer->Member("method", ToUtf8(head.method()));
  writer->Member("path", ToUtf8(context.path));
  writer->Member("protocol", head.minor_version() == 0 ? "HTTP/1.0" : "HTTP/1.1");
  writer->Member("sourceIp", context.source_address);
  writer->Member("userAgent", ToUtf8(user_agent));
  writer->EndObject();
  writer->Member("requestId", context.request_id);
  writer->Member("routeKey", "$default");
  writer->Member("stage", "$default");
  writer->Member("time", FormatRequestTime(context.now_ms));
  writer->Key("timeEpoch");
  writer->Int(context.now_ms);
  writer->EndObject();
}

}  // namespace

bool IsTextMediaType(std::string_view content_type) {
  std::string type = ToLower(content_type.substr(0, content_type.find(';')));
  while (type.ends_with(' ')) {
    type.pop_back();
  }
  return type.starts_with("text/") || type == "application/json" || type.ends_with("+json") ||
         type == "application/xml" || type.ends_with("+xml") || type == "application/javascript" ||
         type == "application/x-www-form-urlencoded";
}

std::string MakeUrlEvent(const RequestHead& head, std::string_view body,
                         const UrlEventContext& context) {
  TextPairs headers;
  std::vector<std::string> cookies;
  std::string_view user_agent;
  for (const HeaderField& field : head.fields()) {
    std::string name = ToLower(field.name);
    if (name == "cookie") {
      AddCookies(field.value, &cookies);
      continue;
    }
    if (name == "user-agent") {
      user_agent = field.value;
    }
    AddPair(std::move(name), field.value, &headers);
  }
  std::string event;
  event.reserve(1024 + body.size() + body.size() / 2);
  json::Writer writer(&event);
  writer.BeginObject();
  writer.Member("version", "2.0");
  writer.Member("routeKey", "$default");
  writer.Member("rawPath", ToUtf8(context.path));
  writer.Member("rawQueryString", ToUtf8(head.query()));
  if (!cookies.empty()) {
    writer.Key("cookies");
    writer.BeginArray();
    for (const std::string& cookie : cookies) {
      writer.String(cookie);
    }
    writer.EndArray();
  }
  WritePairs("headers", headers, &writer);
  if (!head.query().empty()) {
    WritePairs("queryStringParameters", QueryPairs(head.query()), &writer);
  }
  WriteContext(head, context, user_agent, &writer);
  const bool is_text = IsTextMediaType(head.Get(KnownHeader::kContentType)) && IsValidUtf8(body);
  if (!body.empty()) {
    writer.Key("body");
    if (is_text) {
      writer.String(body);
    } else {
      writer.Base64(body);
    }
  }
  writer.Key("isBase64Encoded");
  writer.Bool(!body.empty() && !is_text);
  writer.EndObject();
  return event;
}

}  // namespace millrace::server
