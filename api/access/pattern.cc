// Compiling and matching. Most patterns are plain texts or prefixes, for which nothing but a
// comparison of bytes is done.
#include "api/access/pattern.h"

namespace millrace::api::access {
namespace {

unsigned char Fold(char letter, bool ignore_case) {
  return static_cast<unsigned char>(
      ignore_case && letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter);
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') {
    text.remove_prefix(1);
  }
  while (!text.empty() && text.back() == ' ') {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

Status Pattern::CompileVariable(std::string_view name, const PatternRules& rules) {
  if (name == "*" || name == "?" || name == "$") {
    elements_.push_back(Fold(name[0], false));
    return Status::Ok();
  }
  Variable variable;
  const size_t comma = name.find(',');
  variable.key = FindFactKey(Trim(name.substr(0, comma)));
  if (comma != std::string_view::npos) {
    const std::string_view text = Trim(name.substr(comma + 1));
    if (text.size() < 2 || text.front() != '\'' || text.back() != '\'') {
      return Status(StatusCode::kInvalidArgument, "the default of the variable ${" +
                                                      std::string(name) +
                                                      "} must stand between apostrophes");
    }
    variable.has_default = true;
    for (const char letter : text.substr(1, text.size() - 2)) {
      variable.default_text.push_back(static_cast<char>(Fold(letter, rules.ignore_case)));
    }
  }
  elements_.push_back(static_cast<Element>(kVariable + variables_.size()));
  variables_.push_back(std::move(variable));
  return Status::Ok();
}

Result<Pattern> Pattern::Compile(std::string_view text, const PatternRules& rules) {
  if (text.size() > kSizeMax) {
    return Status(StatusCode::kInvalidArgument,
                  "a text has more than " + std::to_string(kSizeMax) + " bytes");
  }
  Pattern pattern;
  pattern.ignore_case_ = rules.ignore_case;
  for (size_t index = 0; index < text.size(); ++index) {
    if (rules.variables && text.substr(index).starts_with("${")) {
      const size_t end = text.find('}', index);
      if (end == std::string_view::npos) {
        return Status(StatusCode::kInvalidArgument,
                      "the variable in '" + std::string(text) + "' has no end");
      }
      RETURN_IF_ERROR(pattern.CompileVariable(text.substr(index + 2, end - index - 2), rules));
      index = end;
    } else if (rules.wildcards && text[index] == '*') {
      if (pattern.elements_.empty() || pattern.elements_.back() != kRun) {
        pattern.elements_.push_back(kRun);
      }
    } else if (rules.wildcards && text[index] == '?') {
      pattern.elements_.push_back(kOne);
    } else {
      pattern.elements_.push_back(Fold(text[index], rules.ignore_case));
    }
  }
  pattern.FindPieces();
  return pattern;
}

void Pattern::FindPieces() {
  std::vector<std::string> parts(1);
  has_pieces_ = true;
  for (const Element element : elements_) {
    if (element < kOne) {
      parts.back().push_back(static_cast<char>(element));
    } else {
      parts.emplace_back();
      has_pieces_ = has_pieces_ && element == kRun;
    }
  }
  prefix_ = parts.front();
  is_text_ = parts.size() == 1;
  if (!is_text_) {
    suffix_ = parts.back();
    pieces_.assign(parts.begin() + 1, parts.end() - 1);
  }
}

bool Pattern::MatchesPieces(std::string_view text) const {
  text.remove_prefix(prefix_.size());
  text.remove_suffix(suffix_.size());
  for (const std::string& piece : pieces_) {
    const size_t at = text.find(piece);
    if (at == std::string_view::npos) {
      return false;
    }
    text.remove_prefix(at + piece.size());
  }
  return true;
}

bool Pattern::MatchesElements(const std::vector<Element>& elements, std::string_view text) {
  size_t at = 0;
  size_t next = 0;
  // Where to go on when a comparison fails: behind the last run, which then takes one byte more.
  size_t run = std::string_view::npos;
  size_t run_at = 0;
  while (at < text.size()) {
    if (next < elements.size() && elements[next] == kRun) {
      run = next++;
      run_at = at;
    } else if (next < elements.size() &&
               (elements[next] == kOne || elements[next] == static_cast<unsigned char>(text[at]))) {
      ++next;
      ++at;
    } else if (run != std::string_view::npos) {
      next = run + 1;
      at = ++run_at;
    } else {
      return false;
    }
  }
  while (next < elements.size() && elements[next] == kRun) {
    ++next;
  }
  return next == elements.size();
}

bool Pattern::Matches(std::string_view text, const Facts& facts) const {
  if (is_text_) {
    return text == prefix_;
  }
  // Whatever is between them, the ends must be there.
  if (text.size() < prefix_.size() + suffix_.size() || !text.ends_with(suffix_) ||
      !text.starts_with(prefix_)) {
    return false;
  }
  if (has_pieces_) {
    return MatchesPieces(text);
  }
  if (variables_.empty()) {
    return MatchesElements(elements_, text);
  }
  std::vector<Element> filled;
  for (const Element element : elements_) {
    if (element < kVariable) {
      filled.push_back(element);
      continue;
    }
    const Variable& variable = variables_[element - kVariable];
    const FactValues* const values = facts.Find(variable.key);
    const bool known = values != nullptr && values->size() == 1;
    if (!known && !variable.has_default) {
      return false;
    }
    for (const char letter : known ? values->front() : variable.default_text) {
      filled.push_back(Fold(letter, ignore_case_));
    }
  }
  return MatchesElements(filled, text);
}

}  // namespace millrace::api::access
