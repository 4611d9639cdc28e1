// Reading the common parts of requests about logs.
#include "api/logs/log_request.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/digest.h"

namespace millrace::api {
namespace {

constexpr size_t kNameSizeMax = 512;
constexpr size_t kTagKeySizeMax = 128;
constexpr size_t kTagValueSizeMax = 256;
constexpr size_t kPositionSize = 26;

LogStatus Constraint(std::string_view value, std::string_view member, std::string_view what) {
  return InvalidLogParameter("1 validation error detected: Value " + std::string(value) + " at '" +
                             std::string(member) + "' failed to satisfy constraint: Member must " +
                             std::string(what));
}

std::string Quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

bool IsGroupCharacter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') ||
         std::string_view(".-_/#").find(letter) != std::string_view::npos;
}

bool IsStreamCharacter(char letter) { return letter != ':' && letter != '*'; }

LogStatus ReadName(json::Value input, std::string_view member, bool (*allows)(char),
                   std::string_view pattern, std::string* name) {
  const json::Value value = input.Find(member);
  if (!value.present()) {
    return Constraint("null", member, "not be null");
  }
  *name = value.AsString();
  if (name->empty()) {
    return Constraint("''", member, "have length greater than or equal to 1");
  }
  if (name->size() > kNameSizeMax) {
    return Constraint(Quoted(*name), member, "have length less than or equal to 512");
  }
  if (!std::all_of(name->begin(), name->end(), allows)) {
    return Constraint(Quoted(*name), member,
                      "satisfy regular expression pattern: " + std::string(pattern));
  }
  return {};
}

int HexDigit(char letter) {
  return letter >= '0' && letter <= '9'   ? letter - '0'
         : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
                                          : -1;
}

// A read on its way: first on a worker, then at home.
class WorkerRead final : public Call::State, public Task {
 public:
  WorkerRead(Call* call, std::function<LogStatus()> read) : call_(call), read_(std::move(read)) {}
  void Run() override {
    if (!done_) {
      done_ = true;
      status_ = read_();
      call_->home->PostOne(this);
      return;
    }
    FinishLogCall(status_, call_);
  }

 private:
  Call* const call_;
  const std::function<LogStatus()> read_;
  LogStatus status_;
  bool done_ = false;
};

}  // namespace

std::string_view LogTextOf(json::Value input, std::string_view member) {
  const json::Value value = input.Find(member);
  return value.present() ? value.AsString() : std::string_view();
}

LogStatus ReadLogGroupName(json::Value input, std::string* name) {
  return ReadName(input, "logGroupName", IsGroupCharacter, "[\\.\\-_/#A-Za-z0-9]+", name);
}

LogStatus ReadLogStreamName(json::Value input, std::string_view member, std::string* name) {
  return ReadName(input, member, IsStreamCharacter, "[^:*]*", name);
}

LogStatus ReadLogGroupIdentifier(const Services& services, json::Value input, std::string* name) {
  const json::Value identifier = input.Find("logGroupIdentifier");
  if (!identifier.present()) {
    return ReadLogGroupName(input, name);
  }
  if (input.Find("logGroupName").present()) {
    return InvalidLogParameter("LogGroup name and LogGroup ARN are mutually exclusive parameters.");
  }
  const std::string_view text = identifier.AsString();
  if (!text.starts_with("arn:")) {
    *name = text;
    return {};
  }
  const std::optional<std::string_view> named = LogGroupOfArn(services, text);
  if (!named.has_value()) {
    return LogGroupMissing();
  }
  *name = *named;
  return {};
}

std::string LogGroupArn(const Services& services, std::string_view name) {
  return std::string("arn:aws:logs:")
      .append(services.region)
      .append(":")
      .append(services.account)
      .append(":log-group:")
      .append(name);
}

std::optional<std::string_view> LogGroupOfArn(const Services& services, std::string_view arn) {
  const std::string prefix = LogGroupArn(services, "");
  if (!arn.starts_with(prefix)) {
    return std::nullopt;
  }
  arn.remove_prefix(prefix.size());
  if (arn.ends_with(":*")) {
    arn.remove_suffix(2);
  }
  return arn;
}

LogStatus ReadLogRange(json::Value input, std::string_view member, int64_t least, int64_t most,
                       int64_t* value) {
  const json::Value number = input.Find(member);
  if (!number.present()) {
    return {};
  }
  *value = number.AsInt64();
  if (*value < least) {
    return Constraint(Quoted(number.NumberText()), member,
                      "have value greater than or equal to " + std::to_string(least));
  }
  if (*value > most) {
    return Constraint(Quoted(number.NumberText()), member,
                      "have value less than or equal to " + std::to_string(most));
  }
  return {};
}

LogStatus ReadLogTags(json::Value tags, std::vector<Tag>* read) {
  if (!tags.present()) {
    return {};
  }
  for (const json::Member& tag : tags.members()) {
    const std::string_view value = tag.value.AsString();
    if (tag.name.empty() || tag.name.size() > kTagKeySizeMax) {
      return Constraint(Quoted(tag.name), "tags", "have keys of length 1 to 128");
    }
    if (value.size() > kTagValueSizeMax) {
      return Constraint(Quoted(value), "tags", "have values of length 0 to 256");
    }
    read->push_back({std::string(tag.name), std::string(value)});
  }
  return {};
}

std::string FormatLogPosition(const LogPosition& position) {
  std::string bytes;
  AppendBigEndian64(&bytes, static_cast<uint64_t>(position.time_ms));
  AppendBigEndian64(&bytes, position.stream_id);
  AppendBigEndian64(&bytes, position.sequence);
  bytes.push_back(static_cast<char>(position.index >> 8));
  bytes.push_back(static_cast<char>(position.index & 0xFF));
  return ToHex(bytes);
}

std::optional<LogPosition> ParseLogPosition(std::string_view text) {
  if (text.size() != 2 * kPositionSize) {
    return std::nullopt;
  }
  std::string bytes;
  for (size_t at = 0; at < text.size(); at += 2) {
    const int high = HexDigit(text[at]);
    const int low = HexDigit(text[at + 1]);
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    bytes.push_back(static_cast<char>(high << 4 | low));
  }
  LogPosition position;
  position.time_ms = static_cast<int64_t>(LoadBigEndian64(bytes.data()));
  position.stream_id = LoadBigEndian64(bytes.data() + 8);
  position.sequence = LoadBigEndian64(bytes.data() + 16);
  position.index =
      static_cast<uint16_t>(static_cast<uint8_t>(bytes[24]) << 8 | static_cast<uint8_t>(bytes[25]));
  return position.time_ms < 0 ? std::nullopt : std::optional<LogPosition>(position);
}

LogStatus LogTokenInvalid() { return InvalidLogParameter("The specified nextToken is invalid."); }

void ReadLogOnWorker(const Services& services, Call* call, std::function<LogStatus()> read) {
  auto state = std::make_unique<WorkerRead>(call, std::move(read));
  WorkerRead* const started = state.get();
  call->state = std::move(state);
  if (!services.workers->TryPost(started)) {
    FailLogCall({LogErrorType::kServiceUnavailable, "Too many long reads are waiting."}, call);
  }
}

}  // namespace millrace::api
