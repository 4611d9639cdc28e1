// Reading the common parts of queue requests.
#include "api/queues/queue_request.h"

#include <algorithm>
#include <set>

namespace millrace::api {
namespace {

constexpr size_t kNameSizeMax = 80;
constexpr size_t kBatchSizeMax = 10;
constexpr std::string_view kFifoEnd = ".fifo";

bool IsNameCharacter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
}

bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= kNameSizeMax &&
         std::all_of(name.begin(), name.end(), IsNameCharacter);
}

}  // namespace

std::string QueueUrl(const Services& services, const Call& call, std::string_view name) {
  return std::string(call.scheme)
      .append("://")
      .append(call.host.empty() ? std::string_view("localhost") : call.host)
      .append("/")
      .append(services.account)
      .append("/")
      .append(name);
}

QueueStatus FindQueue(const Services& services, json::Value input, streams::QueuePointer* queue) {
  const json::Value url = input.Find("QueueUrl");
  if (!url.present()) {
    return {QueueErrorType::kMissingParameter, "The request must contain the parameter QueueUrl."};
  }
  std::string_view text = url.AsString();
  text = text.substr(0, text.find_first_of("?#"));
  *queue = services.queues->Find(text.substr(text.rfind('/') + 1));
  return *queue == nullptr ? QueueMissing() : QueueStatus();
}

QueueStatus CheckQueueName(json::Value name) {
  if (!name.present()) {
    return {QueueErrorType::kMissingParameter, "The request must contain the parameter QueueName."};
  }
  std::string_view text = name.AsString();
  const bool fits = text.size() <= kNameSizeMax;
  if (text.ends_with(kFifoEnd)) {
    text.remove_suffix(kFifoEnd.size());
  }
  if (!fits || !IsName(text)) {
    return {QueueErrorType::kInvalidParameterValue,
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"};
  }
  return {};
}

QueueStatus ReadRange(json::Value input, std::string_view member, int64_t least, int64_t most,
                      int64_t* value) {
  const json::Value number = input.Find(member);
  if (!number.present()) {
    return {};
  }
  *value = number.AsInt64();
  if (*value < least || *value > most) {
    return {QueueErrorType::kInvalidParameterValue,
            "Value " + std::to_string(*value) + " for parameter " + std::string(member) +
                " is invalid. Reason: Must be between " + std::to_string(least) + " and " +
                std::to_string(most) + ", if provided."};
  }
  return {};
}

QueueStatus ReadBatch(json::Value input, std::vector<json::Value>* entries) {
  const json::Value list = input.Find("Entries");
  if (!list.present() || list.size() == 0) {
    return {QueueErrorType::kEmptyBatchRequest,
            "There should be at least one entry in the request."};
  }
  if (list.size() > kBatchSizeMax) {
    return {QueueErrorType::kTooManyEntriesInBatchRequest,
            "Maximum number of entries per request are 10. You have sent " +
                std::to_string(list.size()) + "."};
  }
  std::set<std::string_view> ids;
  for (const json::Value entry : list.elements()) {
    const json::Value id = entry.Find("Id");
    if (!id.present() || !IsName(id.AsString())) {
      return {QueueErrorType::kInvalidBatchEntryId,
              "A batch entry id can only contain alphanumeric characters, hyphens and "
              "underscores. It can be at most 80 letters long."};
    }
    if (!ids.insert(id.AsString()).second) {
      return {QueueErrorType::kBatchEntryIdsNotDistinct,
              "Id " + std::string(id.AsString()) + " repeated."};
    }
    entries->push_back(entry);
  }
  return {};
}

void WriteBatchAnswer(const std::vector<json::Value>& entries,
                      const std::vector<QueueStatus>& outcomes,
                      const std::function<void(size_t index, json::Writer*)>& write, Call* call) {
  json::Writer writer(&call->body);
  writer.BeginObject();
  for (const bool successful : {true, false}) {
    writer.Key(successful ? "Successful" : "Failed");
    writer.BeginArray();
    for (size_t index = 0; index < entries.size(); ++index) {
      const QueueStatus& outcome = outcomes[index];
      if (outcome.ok() != successful) {
        continue;
      }
      writer.BeginObject();
      writer.Key("Id");
      writer.String(entries[index].Find("Id").AsString());
      if (successful) {
        write(index, &writer);
      } else {
        writer.Key("SenderFault");
        writer.Bool(IsSenderFault(outcome.type()));
        writer.Key("Code");
        writer.String(QueueErrorCode(outcome.type()));
        writer.Key("Message");
        writer.String(outcome.message());
      }
      writer.EndObject();
    }
    writer.EndArray();
  }
  writer.EndObject();
  call->Finish();
}

void FinishQueueCall(const QueueStatus& status, Call* call) {
  if (status.ok()) {
    call->Finish();
  } else {
    FailQueueCall(status, call);
  }
}

}  // namespace millrace::api
