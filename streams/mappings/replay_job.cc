// Replays as bytes: a version, then JSON.
#include "streams/mappings/replay_job.h"

#include <array>
#include <utility>

#include "storage/base/json.h"
#include "streams/sequence_number.h"

namespace millrace::streams {
namespace {

constexpr char kVersion = 1;
constexpr std::array<std::string_view, 4> kStates = {"running", "done", "cancelled", "failed"};

// The members that are texts, numbers and sequences, for both directions.
template <typename Job>
auto TextMembers(Job* job) {
  return std::to_array<std::pair<std::string_view, decltype(&job->id)>>(
      {{"id", &job->id},
       {"streamArn", &job->stream_arn},
       {"functionName", &job->function_name},
       {"qualifier", &job->qualifier},
       {"filter", &job->filter},
       {"message", &job->message}});
}
template <typename Job>
auto NumberMembers(Job* job) {
  return std::to_array<std::pair<std::string_view, decltype(&job->read_records)>>(
      {{"ratePerSecond", &job->rate_per_second},
       {"readRecords", &job->read_records},
       {"matchedRecords", &job->matched_records},
       {"invocations", &job->invocations},
       {"failedInvocations", &job->failed_invocations},
       {"failedRecords", &job->failed_records},
       {"createdMs", &job->creation_ms},
       {"endedMs", &job->end_ms}});
}
template <typename Job>
auto SequenceMembers(Job* job) {
  return std::to_array<std::pair<std::string_view, decltype(&job->from)>>(
      {{"from", &job->from}, {"to", &job->to}, {"position", &job->position}});
}

Status Damaged() { return Status(StatusCode::kCorruption, "a stored replay is damaged"); }

bool ReadMembers(json::Value root, ReplayJob* job) {
  for (const auto& [name, text] : TextMembers(job)) {
    const json::Value member = root.Find(name);
    if (!member.present() || !member.IsString()) {
      return false;
    }
    *text = member.AsString();
  }
  for (const auto& [name, number] : NumberMembers(job)) {
    const json::Value member = root.Find(name);
    if (!member.present() || !member.IsNumber()) {
      return false;
    }
    *number = member.AsInt64();
  }
  for (const auto& [name, sequence] : SequenceMembers(job)) {
    const json::Value member = root.Find(name);
    const std::optional<uint64_t> value = member.present() && member.IsString()
                                              ? ParseSequenceNumber(member.AsString())
                                              : std::nullopt;
    if (!value.has_value()) {
      return false;
    }
    *sequence = *value;
  }
  return true;
}

}  // namespace

std::string_view ReplayStateText(ReplayState state) { return kStates[static_cast<size_t>(state)]; }

std::string ReplayKey(std::string_view id) { return std::string(1, kReplayRow).append(id); }
std::string ReplayKeysBegin() { return std::string(1, kReplayRow); }
std::string ReplayKeysEnd() { return std::string(1, kReplayRow + 1); }

std::string ReplayJson(const ReplayJob& job) {
  std::string text;
  json::Writer writer(&text);
  writer.BeginObject();
  for (const auto& [name, value] : TextMembers(&job)) {
    writer.Member(name, *value);
  }
  for (const auto& [name, value] : NumberMembers(&job)) {
    writer.Key(name);
    writer.Int(*value);
  }
  for (const auto& [name, value] : SequenceMembers(&job)) {
    writer.Member(name, FormatSequenceNumber(*value));
  }
  writer.Key("streamId");
  writer.Int(job.stream_id);
  writer.Key("dryRun");
  writer.Bool(job.dry_run);
  writer.Member("state", ReplayStateText(job.state));
  writer.EndObject();
  return text;
}

void EncodeReplay(const ReplayJob& job, std::string* out) {
  out->push_back(kVersion);
  out->append(ReplayJson(job));
}

Result<ReplayJob> DecodeReplay(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != kVersion) {
    return Damaged();
  }
  std::string text(bytes.substr(1));
  json::Document document;
  if (!document.Parse({text.data(), text.size()}).ok() || !document.root().IsObject()) {
    return Damaged();
  }
  ReplayJob job;
  const json::Value root = document.root();
  const json::Value stream_id = root.Find("streamId");
  const json::Value dry_run = root.Find("dryRun");
  const json::Value state = root.Find("state");
  if (!ReadMembers(root, &job) || !stream_id.present() || !stream_id.IsNumber() ||
      !dry_run.present() || !dry_run.IsBool() || !state.present() || !state.IsString()) {
    return Damaged();
  }
  job.stream_id = static_cast<uint32_t>(stream_id.AsInt64());
  job.dry_run = dry_run.AsBool();
  for (size_t index = 0; index < kStates.size(); ++index) {
    if (state.AsString() == kStates[index]) {
      job.state = static_cast<ReplayState>(index);
      return job;
    }
  }
  return Damaged();
}

}  // namespace millrace::streams
