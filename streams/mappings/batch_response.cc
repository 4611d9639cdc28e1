// Reading responses to batches.
#include "streams/mappings/batch_response.h"

#include <algorithm>

#include "storage/base/json.h"
#include "streams/sequence_number.h"

namespace millrace::streams {
namespace {

void AppendJson(json::Value value, json::Writer* writer) {
  switch (value.type()) {
    case json::Type::kNull:
      writer->Raw("null");
      return;
    case json::Type::kFalse:
    case json::Type::kTrue:
      writer->Bool(value.AsBool());
      return;
    case json::Type::kNumber:
      writer->Raw(value.NumberText());
      return;
    case json::Type::kString:
      writer->String(value.AsString());
      return;
    case json::Type::kArray:
      writer->BeginArray();
      for (const json::Value element : value.elements()) {
        AppendJson(element, writer);
      }
      writer->EndArray();
      return;
    case json::Type::kObject:
      writer->BeginObject();
      for (const auto& [name, member] : value.members()) {
        writer->Key(name);
        AppendJson(member, writer);
      }
      writer->EndObject();
      return;
  }
}

// The sequence that an entry of the list of failures names; nothing for an entry that is none, or
// names a record that is not in the batch.
std::optional<uint64_t> ReportedSequence(json::Value entry, std::span<const uint64_t> sequences) {
  const json::Value identifier = entry.IsObject() ? entry.Find("itemIdentifier") : json::Value();
  if (!identifier.present() || !identifier.IsString()) {
    return std::nullopt;
  }
  const std::optional<uint64_t> sequence = ParseSequenceNumber(identifier.AsString());
  return sequence.has_value() && std::binary_search(sequences.begin(), sequences.end(), *sequence)
             ? sequence
             : std::nullopt;
}

BatchVerdict ReadFailures(json::Value body, std::span<const uint64_t> sequences,
                          uint64_t* failed_from) {
  const json::Value failures = body.IsObject() ? body.Find("batchItemFailures") : json::Value();
  if (!failures.present()) {
    return BatchVerdict::kSuccess;
  }
  if (!failures.IsArray()) {
    return BatchVerdict::kFailure;
  }
  uint64_t lowest = UINT64_MAX;
  for (const json::Value entry : failures.elements()) {
    const std::optional<uint64_t> sequence = ReportedSequence(entry, sequences);
    if (!sequence.has_value()) {
      return BatchVerdict::kFailure;
    }
    lowest = std::min(lowest, *sequence);
  }
  if (lowest == UINT64_MAX) {
    return BatchVerdict::kSuccess;
  }
  *failed_from = lowest;
  return BatchVerdict::kPartial;
}

}  // namespace

BatchResponse ReadBatchResponse(std::string_view response, std::span<const uint64_t> sequences,
                                bool reports_failures, bool has_window) {
  BatchResponse result;
  if (!reports_failures && !has_window) {
    return result;
  }
  std::string text(response);
  json::Document document;
  if (text.empty() ? has_window : !document.Parse({text.data(), text.size()}).ok()) {
    result.verdict = BatchVerdict::kFailure;
    return result;
  }
  const json::Value body = document.root();
  if (!body.present()) {
    return result;
  }
  if (has_window) {
    const json::Value state = body.IsObject() ? body.Find("state") : json::Value();
    if (!state.present() || !state.IsObject()) {
      result.verdict = BatchVerdict::kFailure;
      return result;
    }
    json::Writer writer(&result.state.emplace());
    AppendJson(state, &writer);
  }
  if (reports_failures) {
    result.verdict = ReadFailures(body, sequences, &result.failed_from);
  }
  return result;
}

}  // namespace millrace::streams
