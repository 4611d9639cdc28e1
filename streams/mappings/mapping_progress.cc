// Looking at what is counted.
#include "streams/mappings/mapping_progress.h"

namespace millrace::streams {

std::string_view ProcessingResultText(ProcessingResult result) {
  switch (result) {
    case ProcessingResult::kNone:
      break;
    case ProcessingResult::kOk:
      return "OK";
    case ProcessingResult::kCallFailed:
      return "PROBLEM: Function call failed";
    case ProcessingResult::kFunctionNotFound:
      return "PROBLEM: Function not found";
    case ProcessingResult::kStreamNotFound:
      return "PROBLEM: Stream not found";
    case ProcessingResult::kThrottled:
      return "PROBLEM: Throttled";
    case ProcessingResult::kInternalError:
      return "PROBLEM: internal error";
    case ProcessingResult::kTrimmed:
      return "PROBLEM: Records were trimmed before they were delivered";
  }
  return "No records processed";
}

MappingFigures FiguresOf(const MappingProgress& progress) {
  MappingFigures figures;
  figures.polled_events = progress.polled_events.value();
  figures.filtered_out_events = progress.filtered_out_events.value();
  figures.invoked_events = progress.invoked_events.value();
  figures.failed_invoke_events = progress.failed_invoke_events.value();
  figures.dropped_events = progress.dropped_events.value();
  figures.deleted_events = progress.deleted_events.value();
  figures.trimmed_records = progress.trimmed_records.value();
  figures.iterator_age_ms = progress.iterator_age_ms.value();
  figures.blocked_since_ms = progress.blocked_since_ms.value();
  figures.lag_records = progress.lag_records.value();
  figures.changing = progress.changes.value() != progress.changes_applied.value();
  figures.last_result = ProcessingResultText(progress.last_result.load());
  return figures;
}

}  // namespace millrace::streams
