// Rules for requests from other origins.
#include "server/function_urls/cross_origin.h"

#include "storage/base/json.h"

namespace millrace::server {
namespace {

constexpr std::string_view kAny = "*";
constexpr std::string_view kPrefix = "access-control-";

// What would end the line of a header is in no configuration that can be made now.
bool FitsInLine(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

std::vector<std::string> TextsOf(const json::Value& value) {
  std::vector<std::string> texts;
  if (value.present() && value.IsArray()) {
    for (const json::Value& element : value.elements()) {
      if (element.IsString() && FitsInLine(element.AsString())) {
        texts.emplace_back(element.AsString());
      }
    }
  }
  return texts;
}

std::string Join(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) {
    joined.append(joined.empty() ? "" : ",").append(text);
  }
  return joined;
}

bool Contains(const std::vector<std::string>& list, std::string_view text) {
  for (const std::string& entry : list) {
    if (entry == kAny || EqualsIgnoreCase(entry, text)) {
      return true;
    }
  }
  return false;
}

bool HasAny(const std::vector<std::string>& list) {
  for (const std::string& entry : list) {
    if (entry == kAny) {
      return true;
    }
  }
  return false;
}

// Entries may be origins, "*", or a scheme with "*" for all of its origins.
bool AllowsOrigin(const CrossOriginRules& rules, std::string_view origin) {
  for (const std::string& entry : rules.allow_origins) {
    const std::string_view view = entry;
    if (view.ends_with("://*") && origin.starts_with(view.substr(0, view.size() - 1))) {
      return true;
    }
  }
  return Contains(rules.allow_origins, origin);
}

void AppendLine(std::string_view name, std::string_view value, std::string* out) {
  out->append(name).append(": ").append(value).append("\r\n");
}

void AppendOrigin(const CrossOriginRules& rules, std::string_view origin, std::string* out) {
  if (HasAny(rules.allow_origins) && !rules.allow_credentials) {
    AppendLine("Access-Control-Allow-Origin", kAny, out);
  } else {
    AppendLine("Access-Control-Allow-Origin", origin, out);
    AppendLine("Vary", "Origin", out);
  }
  if (rules.allow_credentials) {
    AppendLine("Access-Control-Allow-Credentials", "true", out);
  }
}

// "*" is for all methods or headers: what was asked for is answered then, because browsers that
// send credentials take a star for a name.
std::string Allowed(const std::vector<std::string>& list, std::string_view asked) {
  return HasAny(list) ? std::string(asked) : Join(list);
}

}  // namespace

CrossOriginRules ParseCrossOriginRules(std::string_view cors_json) {
  CrossOriginRules rules;
  std::string text(cors_json);
  json::Document document;
  if (!document.Parse({text.data(), text.size()}).ok() || !document.root().IsObject()) {
    return rules;
  }
  const json::Value root = document.root();
  const json::Value credentials = root.Find("AllowCredentials");
  rules.allow_credentials = credentials.present() && credentials.IsBool() && credentials.AsBool();
  rules.allow_origins = TextsOf(root.Find("AllowOrigins"));
  rules.allow_methods = TextsOf(root.Find("AllowMethods"));
  rules.allow_headers = TextsOf(root.Find("AllowHeaders"));
  rules.expose_headers = TextsOf(root.Find("ExposeHeaders"));
  const json::Value max_age = root.Find("MaxAge");
  if (max_age.present() && max_age.IsNumber()) {
    rules.max_age_s = max_age.AsInt64();
  }
  return rules;
}

bool IsPreflight(const RequestHead& head) {
  return head.method() == "OPTIONS" && head.Has(KnownHeader::kOrigin) &&
         head.Has(KnownHeader::kAccessControlRequestMethod);
}

std::string PreflightHeaders(const CrossOriginRules& rules, const RequestHead& head) {
  const std::string_view origin = head.Get(KnownHeader::kOrigin);
  const std::string_view method = head.Get(KnownHeader::kAccessControlRequestMethod);
  std::string headers;
  if (!AllowsOrigin(rules, origin) || !Contains(rules.allow_methods, method)) {
    return headers;
  }
  AppendOrigin(rules, origin, &headers);
  AppendLine("Access-Control-Allow-Methods", Allowed(rules.allow_methods, method), &headers);
  const std::string allowed =
      Allowed(rules.allow_headers, head.Get(KnownHeader::kAccessControlRequestHeaders));
  if (!allowed.empty()) {
    AppendLine("Access-Control-Allow-Headers", allowed, &headers);
  }
  if (rules.max_age_s.has_value()) {
    AppendLine("Access-Control-Max-Age", std::to_string(*rules.max_age_s), &headers);
  }
  return headers;
}

std::string CrossOriginHeaders(const CrossOriginRules& rules, const RequestHead& head) {
  std::string headers;
  const std::string_view origin = head.Get(KnownHeader::kOrigin);
  if (origin.empty() || !AllowsOrigin(rules, origin)) {
    return headers;
  }
  AppendOrigin(rules, origin, &headers);
  if (!rules.expose_headers.empty()) {
    AppendLine("Access-Control-Expose-Headers", Join(rules.expose_headers), &headers);
  }
  return headers;
}

void RemoveCrossOriginHeaders(std::string* headers) {
  std::string kept;
  std::string_view rest = *headers;
  while (!rest.empty()) {
    const size_t size = rest.find("\r\n") + 2;
    const std::string_view line = rest.substr(0, size);
    rest.remove_prefix(size);
    if (line.size() < kPrefix.size() ||
        !EqualsIgnoreCase(line.substr(0, kPrefix.size()), kPrefix)) {
      kept.append(line);
    }
  }
  headers->swap(kept);
}

}  // namespace millrace::server
