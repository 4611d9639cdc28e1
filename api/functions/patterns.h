// The forms of names in requests about functions, as the service's published model states them.
// They are matched by hand: most are a few character classes in a row, and a regular expression
// library would be slow and open to inputs that make it slower.
#pragma once

#include <string_view>

namespace millrace::api {

// A form that a member must have: the text for messages, and the test. Immutable.
struct Pattern {
  std::string_view text;
  bool (*matches)(std::string_view value);
};

extern const Pattern kRoleArnPattern;
extern const Pattern kHandlerPattern;
extern const Pattern kResourceArnPattern;  // KMS keys and dead letter targets; may be empty
extern const Pattern kEnvironmentNamePattern;
extern const Pattern kLayerVersionArnPattern;
extern const Pattern kLogGroupPattern;
extern const Pattern kAliasNamePattern;
extern const Pattern kVersionPattern;  // "$LATEST" or a number
extern const Pattern kStatementIdPattern;
extern const Pattern kActionPattern;
extern const Pattern kPrincipalPattern;
extern const Pattern kSourceArnPattern;
extern const Pattern kSourceAccountPattern;
extern const Pattern kOrganizationPattern;
extern const Pattern kDestinationArnPattern;  // may be empty
extern const Pattern kBucketPattern;
extern const Pattern kLinePattern;  // what can stand in a header

// Whether all of `text` are decimal digits (true for the empty text).
bool AllDigits(std::string_view text);

}  // namespace millrace::api
