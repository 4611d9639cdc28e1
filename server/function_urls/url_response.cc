// From payloads to replies.
#include "server/function_urls/url_response.h"

#include <string_view>

#include "server/request/request_head.h"
#include "storage/base/base64.h"
#include "storage/base/json.h"

namespace millrace::server {
namespace {

// Lines that are the server's own, whatever the function says.
constexpr std::string_view kOwnHeaders[] = {"connection", "content-length",  "date",
                                            "keep-alive", "server",          "transfer-encoding",
                                            "upgrade",    "x-amzn-requestid"};

bool IsOwnHeader(std::string_view name) {
  for (const std::string_view own : kOwnHeaders) {
    if (EqualsIgnoreCase(name, own)) {
      return true;
    }
  }
  return false;
}

bool IsHeaderName(std::string_view name) {
  constexpr std::string_view kSeparators = "()<>@,;:\\\"/[]?={}";
  for (const char character : name) {
    if (character <= ' ' || character == '\x7f' ||
        kSeparators.find(character) != std::string_view::npos) {
      return false;
    }
  }
  return !name.empty();
}

bool IsHeaderValue(std::string_view value) {
  for (const char character : value) {
    if ((static_cast<unsigned char>(character) < ' ' && character != '\t') || character == '\x7f') {
      return false;
    }
  }
  return true;
}

// The text that a scalar is in a header. False for anything else.
bool ScalarText(const json::Value& value, std::string_view* text) {
  if (value.IsString()) {
    *text = value.AsString();
  } else if (value.IsNumber()) {
    *text = value.NumberText();
  } else if (value.IsBool()) {
    *text = value.AsBool() ? "true" : "false";
  } else {
    return false;
  }
  return true;
}

bool AddHeaders(const json::Value& headers, UrlResponse* response) {
  if (!headers.present()) {
    return true;
  }
  if (!headers.IsObject()) {
    return false;
  }
  for (const json::Member& member : headers.members()) {
    if (member.value.IsNull()) {
      continue;
    }
    std::string_view value;
    if (!ScalarText(member.value, &value) || !IsHeaderName(member.name) || !IsHeaderValue(value)) {
      return false;
    }
    if (EqualsIgnoreCase(member.name, "content-type")) {
      response->content_type = value;
    } else if (!IsOwnHeader(member.name)) {
      response->headers.append(member.name).append(": ").append(value).append("\r\n");
    }
  }
  return true;
}

bool AddCookies(const json::Value& cookies, UrlResponse* response) {
  if (!cookies.present()) {
    return true;
  }
  if (!cookies.IsArray()) {
    return false;
  }
  for (const json::Value& cookie : cookies.elements()) {
    if (!cookie.IsString() || !IsHeaderValue(cookie.AsString())) {
      return false;
    }
    response->headers.append("Set-Cookie: ").append(cookie.AsString()).append("\r\n");
  }
  return true;
}

bool ReadStatus(const json::Value& status, UrlResponse* response) {
  if (!status.IsNumber() || status.IsFractional()) {
    return false;
  }
  const int64_t number = status.AsInt64();
  // Below are no final answers, above is nothing.
  if (number < 200 || number > 599) {
    return false;
  }
  response->status = static_cast<int>(number);
  return true;
}

bool ReadBody(const json::Value& body, const json::Value& encoded, UrlResponse* response) {
  if (encoded.present() && !encoded.IsBool()) {
    return false;
  }
  if (!body.present()) {
    return true;
  }
  if (!body.IsString()) {
    return false;
  }
  if (encoded.present() && encoded.AsBool()) {
    return DecodeBase64(body.AsString(), &response->body) == Base64Error::kNone;
  }
  response->body = body.AsString();
  return true;
}

}  // namespace

bool MapUrlResponse(const std::string& payload, UrlResponse* response) {
  *response = UrlResponse();
  std::string text = payload;  // parsing changes it
  json::Document document;
  if (!document.Parse({text.data(), text.size()}).ok()) {
    return false;
  }
  const json::Value root = document.root();
  if (!root.IsObject() || !root.Find("statusCode").present()) {
    response->body = payload;
    return true;
  }
  return ReadStatus(root.Find("statusCode"), response) &&
         AddHeaders(root.Find("headers"), response) && AddCookies(root.Find("cookies"), response) &&
         ReadBody(root.Find("body"), root.Find("isBase64Encoded"), response);
}

}  // namespace millrace::server
