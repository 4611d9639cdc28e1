// Going through the newest records of a stream with a pattern.
#include "streams/mappings/filter_trial.h"

#include <algorithm>
#include <vector>

namespace millrace::streams {
namespace {

class TrialVisitor final : public tables::ChangeVisitor {
 public:
  TrialVisitor(const ChangeFilter& filter, const ChangeJson& writer, size_t last,
               FilterTrial* trial)
      : filter_(filter), writer_(writer), left_(last), trial_(trial) {}

  bool Visit(const tables::LoggedChange& change) override {
    if (left_ == 0) {
      return false;
    }
    --left_;
    const bool matches = filter_.Matches(change, writer_);
    ++(matches ? trial_->matched : trial_->unmatched);
    std::vector<std::string>& samples =
        matches ? trial_->matched_samples : trial_->unmatched_samples;
    if (samples.size() < kTrialSamplesMax) {
      writer_.Append(change, &samples.emplace_back());
    }
    return true;
  }

 private:
  const ChangeFilter& filter_;
  const ChangeJson& writer_;
  size_t left_;
  FilterTrial* const trial_;
};

}  // namespace

Result<FilterTrial> TryFilter(const StreamSource& source, const tables::Stream& stream,
                              const std::string& stream_arn, const std::string& pattern,
                              size_t last) {
  const std::vector<std::string> patterns = {pattern};
  ASSIGN_OR_RETURN(const ChangeFilter filter, ChangeFilter::Compile(patterns));
  const size_t count = std::min(last, kTrialRecordsMax);
  ASSIGN_OR_RETURN(const uint64_t from, FirstOfLast(source, stream, count));
  ChangeJsonOptions options;
  options.form = ChangeForm::kEvent;
  options.stream = &stream.descriptor;
  options.region = source.region;
  options.database_uuid = source.log->database_uuid();
  options.stream_arn = stream_arn;
  const ChangeJson writer(options);
  FilterTrial trial;
  TrialVisitor visitor(filter, writer, count, &trial);
  std::vector<tables::LogRange> ranges;
  for (uint16_t range = 0; range < stream.descriptor.hash_range_count; ++range) {
    ranges.push_back({stream.descriptor.stream_id, range, from, 0});
  }
  RETURN_IF_ERROR(source.log->ReadMerged(ranges, &visitor));
  return trial;
}

}  // namespace millrace::streams
