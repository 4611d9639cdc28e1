// Texts in policies, as they are compared with what a request brings: with the wildcards * and ?,
// and with variables like ${aws:username} that are filled in for every request.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/access/facts.h"
#include "storage/base/status.h"

namespace millrace::api::access {

// How a text is to be read.
struct PatternRules {
  bool wildcards = true;
  bool variables = true;     // documents of the first version have none
  bool ignore_case = false;  // of ASCII letters
};

// Immutable after Compile, so thread-safe.
class Pattern {
 public:
  // Longer texts are refused; matching takes time in proportion to pattern times text at worst.
  static constexpr size_t kSizeMax = 2048;

  // kInvalidArgument for a text that is too long, or a variable that is not closed.
  static Result<Pattern> Compile(std::string_view text, const PatternRules& rules);

  // Whether all of `text` is such a text. A variable that the request does not have, or has several
  // values of, matches nothing. With ignore_case, `text` must be in lower case.
  bool Matches(std::string_view text, const Facts& facts) const;
  bool has_variables() const { return !variables_.empty(); }

 private:
  // One byte, a wildcard, or (from kVariable on) a variable.
  using Element = uint16_t;
  static constexpr Element kOne = 256;
  static constexpr Element kRun = 257;
  static constexpr Element kVariable = 258;
  struct Variable {
    FactKey key;
    bool has_default = false;
    std::string default_text;
  };

  Status CompileVariable(std::string_view name, const PatternRules& rules);
  static bool MatchesElements(const std::vector<Element>& elements, std::string_view text);

  // Takes apart what has no other wildcards than *, no variables.
  void FindPieces();
  bool MatchesPieces(std::string_view text) const;

  std::string prefix_;    // the bytes in front of the first wildcard or variable
  std::string suffix_;    // the bytes behind the last one
  bool is_text_ = false;  // there is nothing behind the prefix
  // There is nothing but runs between prefix and suffix, and these pieces between the runs.
  bool has_pieces_ = false;
  std::vector<std::string> pieces_;
  bool ignore_case_ = false;
  std::vector<Element> elements_;
  std::vector<Variable> variables_;
};

}  // namespace millrace::api::access
