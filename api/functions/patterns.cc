// Matching by hand: a cursor that takes literals and runs of characters.
#include "api/functions/patterns.h"

#include <cstddef>

namespace millrace::api {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsAlpha(char c) { return IsLower(c) || IsUpper(c); }
bool IsAlnum(char c) { return IsAlpha(c) || IsDigit(c); }
bool IsAlphaOrHyphen(char c) { return IsAlpha(c) || c == '-'; }
bool IsNameCharacter(char c) { return IsAlnum(c) || c == '-' || c == '_'; }
bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

class Cursor {
 public:
  explicit Cursor(std::string_view rest) : rest_(rest) {}

  bool Literal(std::string_view text) {
    if (!rest_.starts_with(text)) {
      return false;
    }
    rest_.remove_prefix(text.size());
    return true;
  }
  // The longest run of characters of a class; at least `least` of them.
  template <typename InClass>
  bool Run(size_t least, InClass in_class) {
    size_t length = 0;
    while (length < rest_.size() && in_class(rest_[length])) {
      ++length;
    }
    rest_.remove_prefix(length);
    return length >= least;
  }
  template <typename InClass>
  bool Exactly(size_t count, InClass in_class) {
    for (size_t i = 0; i < count; ++i) {
      if (i >= rest_.size() || !in_class(rest_[i])) {
        return false;
      }
    }
    rest_.remove_prefix(count);
    return true;
  }
  bool AtEnd() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

// arn:(aws[a-zA-Z-]*)?:
bool TakePartition(Cursor* cursor) {
  if (!cursor->Literal("arn:")) {
    return false;
  }
  if (cursor->Literal("aws") && !cursor->Run(0, IsAlphaOrHyphen)) {
    return false;
  }
  return cursor->Literal(":");
}

template <typename InClass>
bool AllOf(std::string_view value, size_t least, InClass in_class) {
  Cursor cursor(value);
  return cursor.Run(least, in_class) && cursor.AtEnd();
}

bool MatchesRole(std::string_view value) {
  Cursor cursor(value);
  if (!TakePartition(&cursor) || !cursor.Literal("iam::") || !cursor.Exactly(12, IsDigit) ||
      !cursor.Literal(":role")) {
    return false;
  }
  return AllOf(cursor.rest(), 1, [](char c) {
    return IsAlnum(c) || std::string_view("_+=,.@-/").find(c) != std::string_view::npos;
  });
}

bool MatchesHandler(std::string_view value) {
  return AllOf(value, 1, [](char c) { return !IsSpace(c); });
}

bool MatchesResource(std::string_view value) {
  if (value.empty()) {
    return true;
  }
  Cursor cursor(value);
  return TakePartition(&cursor) &&
         cursor.Run(1, [](char c) { return IsLower(c) || IsDigit(c) || c == '-' || c == '.'; }) &&
         cursor.Literal(":");
}

bool MatchesEnvironmentName(std::string_view value) {
  return value.size() >= 2 && IsAlpha(value[0]) &&
         AllOf(value.substr(1), 1, [](char c) { return IsAlnum(c) || c == '_'; });
}

bool MatchesLayerVersion(std::string_view value) {
  const auto in_class = [](char c) { return IsAlnum(c) || c == '-'; };
  Cursor cursor(value);
  return cursor.Literal("arn:") && cursor.Run(1, in_class) && cursor.Literal(":lambda:") &&
         cursor.Run(1, in_class) && cursor.Literal(":") && cursor.Exactly(12, IsDigit) &&
         cursor.Literal(":layer:") && cursor.Run(1, IsNameCharacter) && cursor.Literal(":") &&
         cursor.Run(1, IsDigit) && cursor.AtEnd();
}

bool MatchesLogGroup(std::string_view value) {
  return AllOf(value, 1, [](char c) {
    return IsAlnum(c) || std::string_view(".-_/#").find(c) != std::string_view::npos;
  });
}

bool MatchesAliasName(std::string_view value) {
  return !AllDigits(value) && AllOf(value, 1, IsNameCharacter);
}

bool MatchesVersion(std::string_view value) {
  return value == "$LATEST" || (!value.empty() && AllDigits(value));
}

bool MatchesStatementId(std::string_view value) { return AllOf(value, 1, IsNameCharacter); }

bool MatchesAction(std::string_view value) {
  if (value == "*" || value == "lambda:*") {
    return true;
  }
  Cursor cursor(value);
  return cursor.Literal("lambda:") && cursor.Run(1, IsAlpha) && cursor.AtEnd();
}

// [a-z]{2}(-gov)?-[a-z]+-\d{1}, or nothing
bool TakeRegion(Cursor* cursor) {
  if (cursor->rest().starts_with(':')) {
    return true;
  }
  return cursor->Exactly(2, IsLower) && cursor->Literal("-") &&
         cursor->Run(1, [](char c) { return IsLower(c) || c == '-'; }) &&
         cursor->Exactly(1, IsDigit);
}

bool MatchesSource(std::string_view value) {
  Cursor cursor(value);
  if (!cursor.Literal("arn:aws") || !cursor.Run(0, [](char c) { return IsAlnum(c) || c == '-'; }) ||
      !cursor.Literal(":") || !cursor.Run(1, [](char c) { return IsAlnum(c) || c == '-'; }) ||
      !cursor.Literal(":") || !TakeRegion(&cursor) || !cursor.Literal(":")) {
    return false;
  }
  return cursor.rest().starts_with(':') || (cursor.Exactly(12, IsDigit) && cursor.Literal(":"));
}

bool MatchesDestination(std::string_view value) { return value.empty() || MatchesSource(value); }

bool MatchesAccount(std::string_view value) { return value.size() == 12 && AllDigits(value); }

bool MatchesOrganization(std::string_view value) {
  return value.size() >= 12 && value.size() <= 34 && value.starts_with("o-") &&
         AllOf(value.substr(2), 10, [](char c) { return IsLower(c) || IsDigit(c); });
}

bool MatchesLine(std::string_view value) {
  return AllOf(value, 0, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f;
  });
}

bool MatchesBucket(std::string_view value) {
  return !value.ends_with('.') &&
         AllOf(value, 0, [](char c) { return IsNameCharacter(c) || c == '.'; });
}

}  // namespace

bool AllDigits(std::string_view text) { return AllOf(text, 0, IsDigit); }

const Pattern kRoleArnPattern = {R"(arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+)",
                                 &MatchesRole};
const Pattern kHandlerPattern = {R"([^\s]+)", &MatchesHandler};
const Pattern kResourceArnPattern = {R"((arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|())",
                                     &MatchesResource};
const Pattern kEnvironmentNamePattern = {R"([a-zA-Z]([a-zA-Z0-9_])+)", &MatchesEnvironmentName};
const Pattern kLayerVersionArnPattern = {
    R"(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)",
    &MatchesLayerVersion};
const Pattern kLogGroupPattern = {R"([\.\-_/#A-Za-z0-9]+)", &MatchesLogGroup};
const Pattern kAliasNamePattern = {R"((?!^[0-9]+$)([a-zA-Z0-9-_]+))", &MatchesAliasName};
const Pattern kVersionPattern = {R"((\$LATEST|[0-9]+))", &MatchesVersion};
const Pattern kStatementIdPattern = {R"(([a-zA-Z0-9-_]+))", &MatchesStatementId};
const Pattern kActionPattern = {R"((lambda:[*]|lambda:[a-zA-Z]+|[*]))", &MatchesAction};
const Pattern kPrincipalPattern = {R"([^\s]+)", &MatchesHandler};
const Pattern kSourceArnPattern = {
    R"(arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}(-gov)?-[a-z]+-\d{1})?:(\d{12})?:(.*))",
    &MatchesSource};
const Pattern kSourceAccountPattern = {R"(\d{12})", &MatchesAccount};
const Pattern kOrganizationPattern = {R"(o-[a-z0-9]{10,32})", &MatchesOrganization};
const Pattern kDestinationArnPattern = {
    R"(^$|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}(-gov)?-[a-z]+-\d{1})?:(\d{12})?:(.*))",
    &MatchesDestination};
const Pattern kLinePattern = {".*", &MatchesLine};
const Pattern kBucketPattern = {R"(^[0-9A-Za-z\.\-_]*(?<!\.)$)", &MatchesBucket};

}  // namespace millrace::api
