// Looking things up in what is kept of functions.
#include "streams/functions/function.h"

#include "storage/base/base64.h"
#include "streams/functions/function_name.h"

namespace millrace::streams {
namespace {

int HexDigit(char character) { return character <= '9' ? character - '0' : character - 'a' + 10; }

}  // namespace

std::string CodeSha256Base64(const FunctionCode& code) {
  std::string bytes;
  for (size_t index = 0; index + 1 < code.sha256_hex.size(); index += 2) {
    bytes.push_back(static_cast<char>(HexDigit(code.sha256_hex[index]) << 4 |
                                      HexDigit(code.sha256_hex[index + 1])));
  }
  std::string text;
  EncodeBase64(bytes, &text);
  return text;
}

FunctionVersionPointer FindVersion(const Function& function, std::string_view qualifier) {
  if (qualifier.empty() || qualifier == kLatestVersion) {
    return function.latest;
  }
  if (IsVersionNumber(qualifier)) {
    const auto found = function.versions.find(ParseVersionNumber(qualifier).value_or(0));
    return found == function.versions.end() ? nullptr : found->second;
  }
  const auto alias = function.aliases.find(qualifier);
  return alias == function.aliases.end() ? nullptr : FindVersion(function, alias->second.version);
}

}  // namespace millrace::streams
