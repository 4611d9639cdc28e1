// A JSON text with its document, for unit tests, fuzz targets and tools: the server parses in place
// in its own buffers.
#pragma once

#include <string>
#include <string_view>

#include "storage/base/json.h"

namespace millrace::api {

// Owns a copy of the text, which the document refers to; not copyable for that reason.
class ParsedJson {
 public:
  explicit ParsedJson(std::string_view text) : text_(text) {
    valid_ = document_.Parse({text_.data(), text_.size()}).ok();
  }
  ParsedJson(const ParsedJson&) = delete;
  ParsedJson& operator=(const ParsedJson&) = delete;

  bool valid() const { return valid_; }
  // Not present() when the text was not valid.
  json::Value root() const { return document_.root(); }

 private:
  std::string text_;
  json::Document document_;
  bool valid_ = false;
};

}  // namespace millrace::api
