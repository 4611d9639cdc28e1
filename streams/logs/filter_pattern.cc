// Reading patterns and looking for their terms.
#include "streams/logs/filter_pattern.h"

#include <algorithm>
#include <utility>

namespace millrace::streams {
namespace {

Status Invalid(std::string_view what) {
  return Status(StatusCode::kInvalidArgument, "Invalid filter pattern: " + std::string(what));
}

bool IsSpace(char letter) {
  return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
}

// Takes a term from the front: up to a space, or what is between quotes.
Result<std::string> TakeTerm(std::string_view* rest) {
  std::string term;
  if (!rest->starts_with('"')) {
    const auto end = std::find_if(rest->begin(), rest->end(), IsSpace);
    term.assign(rest->begin(), end);
    rest->remove_prefix(term.size());
    return term;
  }
  for (size_t at = 1; at < rest->size(); ++at) {
    char letter = (*rest)[at];
    if (letter == '"') {
      rest->remove_prefix(at + 1);
      return term;
    }
    if (letter == '\\' && at + 1 < rest->size()) {
      letter = (*rest)[++at];
    }
    term.push_back(letter);
  }
  return Invalid("a quotation mark is not closed");
}

}  // namespace

Result<LogFilterPattern> LogFilterPattern::Parse(std::string_view text) {
  LogFilterPattern pattern;
  while (true) {
    while (!text.empty() && IsSpace(text.front())) {
      text.remove_prefix(1);
    }
    if (text.empty()) {
      return pattern;
    }
    const char first = text.front();
    if (first == '{' || first == '[' || first == '%') {
      return Invalid("patterns for JSON, columns and regular expressions are not supported");
    }
    std::vector<std::string>* terms = &pattern.required_;
    if (first == '-' || first == '?') {
      terms = first == '-' ? &pattern.excluded_ : &pattern.alternatives_;
      text.remove_prefix(1);
    }
    ASSIGN_OR_RETURN(std::string term, TakeTerm(&text));
    if (term.empty()) {
      return Invalid("a term is empty");
    }
    terms->push_back(std::move(term));
  }
}

bool LogFilterPattern::Matches(std::string_view message) const {
  const auto occurs = [&](const std::string& term) {
    return message.find(term) != std::string_view::npos;
  };
  if (required_.empty() && excluded_.empty()) {
    return alternatives_.empty() || std::any_of(alternatives_.begin(), alternatives_.end(), occurs);
  }
  return std::all_of(required_.begin(), required_.end(), occurs) &&
         std::none_of(excluded_.begin(), excluded_.end(), occurs);
}

}  // namespace millrace::streams
