// Reading and counting of faults.
#include "storage/engine/fault_plan.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace millrace::engine {
namespace {

// The next word of `text`, which loses it.
std::string_view TakeWord(std::string_view* text) {
  const size_t begin = std::min(text->find_first_not_of(" \t\r"), text->size());
  text->remove_prefix(begin);
  const size_t end = std::min(text->find_first_of(" \t\r"), text->size());
  const std::string_view word = text->substr(0, end);
  text->remove_prefix(end);
  return word;
}

bool SetEffect(std::string_view word, Fault* fault) {
  using Effect = Fault::Effect;
  constexpr struct {
    std::string_view word;
    Effect effect;
    FileOperation operation;
  } kEffects[] = {
      {"fail", Effect::kFail, FileOperation::kWrite},
      {"short", Effect::kShort, FileOperation::kWrite},
      {"no_space", Effect::kNoSpace, FileOperation::kWrite},
      {"flip", Effect::kFlip, FileOperation::kRead},
      {"power_cut", Effect::kPowerCut, FileOperation::kSync},
  };
  for (const auto& known : kEffects) {
    if (known.word == word) {
      fault->effect = known.effect;
      fault->operation = known.operation;
      return true;
    }
  }
  return false;
}

bool SetOperation(std::string_view word, Fault* fault) {
  if (word == "create") {
    fault->operation = FileOperation::kCreate;
  } else if (word == "read") {
    fault->operation = FileOperation::kRead;
  } else if (word == "write") {
    fault->operation = FileOperation::kWrite;
  } else if (word == "sync") {
    fault->operation = FileOperation::kSync;
  } else {
    return false;
  }
  return true;
}

bool SetField(std::string_view word, Fault* fault) {
  const size_t equals = word.find('=');
  if (equals == std::string_view::npos) {
    return false;
  }
  const std::string_view name = word.substr(0, equals);
  const std::string_view value = word.substr(equals + 1);
  if (name == "file") {
    fault->file = value;
    return true;
  }
  uint64_t* number = nullptr;
  if (name == "first") {
    number = &fault->first;
  } else if (name == "count") {
    number = &fault->count;
  } else if (name == "bytes") {
    number = &fault->bytes;
  } else if (name == "torn_seed") {
    number = &fault->torn_seed;
  } else {
    return false;
  }
  const auto parsed = std::from_chars(value.data(), value.data() + value.size(), *number);
  return parsed.ec == std::errc() && parsed.ptr == value.data() + value.size();
}

// Whether the effect is one that the operation can have.
bool Fits(const Fault& fault) {
  switch (fault.effect) {
    case Fault::Effect::kFail:
      return true;
    case Fault::Effect::kShort:
      return fault.operation == FileOperation::kWrite;
    case Fault::Effect::kNoSpace:
      return fault.operation != FileOperation::kRead;
    case Fault::Effect::kFlip:
      return fault.operation == FileOperation::kRead;
    case Fault::Effect::kPowerCut:
      return fault.operation == FileOperation::kSync;
  }
  return false;
}

}  // namespace

Result<std::vector<Fault>> ParseFaults(std::string_view text) {
  std::vector<Fault> faults;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::string_view rest = line.substr(0, line.find('#'));
    std::string_view word = TakeWord(&rest);
    if (word.empty()) {
      continue;
    }
    Fault fault;
    bool good = SetEffect(word, &fault);
    for (word = TakeWord(&rest); good && !word.empty(); word = TakeWord(&rest)) {
      good = SetOperation(word, &fault) || SetField(word, &fault);
    }
    if (!good || !Fits(fault)) {
      return Status(StatusCode::kInvalidArgument, "not a fault: " + std::string(line));
    }
    faults.push_back(std::move(fault));
  }
  return faults;
}

void FaultCounter::Set(std::vector<Fault> faults) {
  faults_.clear();
  for (Fault& fault : faults) {
    faults_.push_back({std::move(fault), 0, 0});
  }
}

FaultDecision FaultCounter::Count(FileOperation operation, std::string_view path, size_t size) {
  FaultDecision decision;
  decision.bytes_allowed = size;
  for (Counted& counted : faults_) {
    const Fault& fault = counted.fault;
    if (fault.operation != operation || path.find(fault.file) == std::string_view::npos) {
      continue;
    }
    const uint64_t number = ++counted.operations;
    bool hit = number >= fault.first && (fault.count == 0 || number < fault.first + fault.count);
    if (fault.effect == Fault::Effect::kNoSpace && fault.bytes > 0) {
      hit = counted.bytes + size > fault.bytes;
    }
    if (!hit || decision.hit) {
      counted.bytes += size;
      continue;
    }
    decision.hit = true;
    decision.effect = fault.effect;
    decision.torn_seed = fault.torn_seed;
    decision.bytes_allowed = fault.effect == Fault::Effect::kShort ? size / 2 : 0;
    if (fault.effect == Fault::Effect::kNoSpace && fault.bytes > counted.bytes) {
      // A disk takes what still fits.
      decision.bytes_allowed = fault.bytes - counted.bytes;
    }
    counted.bytes += decision.bytes_allowed;
    ++hits_;
  }
  return decision;
}

}  // namespace millrace::engine
