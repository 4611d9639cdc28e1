// Reading a page in one or two steps, and the checks that Query and Scan share.
#include "api/operations/page_read.h"

#include <algorithm>
#include <utility>

#include "api/operations/throttling.h"
#include "api/wire/attribute_json.h"
#include "api/wire/capacity.h"
#include "api/wire/shape.h"
#include "storage/codec/value_writer.h"
#include "storage/model/limits.h"

namespace millrace::api {
void PageRead::Start() {
  ApiStatus status = Check();
  if (status.ok()) {
    status = AdmitRead(services_, *table_, page_.index);
  }
  if (!status.ok()) {
    call_->Fail(status);
    return;
  }
  PrepareReading();
  writer_ = json::Writer(&call_->body);
  writer_.BeginObject();
  if (!count_only_) {
    writer_.Key("Items");
    writer_.BeginArray();
  }
  bool page_ended = false;
  read_status_ = ReadStep(kInlineItems, kInlineBytes, &page_ended);
  if (page_ended || !read_status_.ok()) {
    Reply();
    return;
  }
  if (!services_.workers->TryPost(this)) {
    call_->Fail(ApiStatus(ErrorType::kServiceUnavailable,
                          "Too many long reads are waiting; please try again."));
  }
}

void PageRead::Run() {
  if (!read_done_) {
    bool page_ended = false;
    read_status_ = ReadStep(UINT32_MAX, limits::kPageSizeMax, &page_ended);
    read_done_ = true;
    call_->home->PostOne(this);
    return;
  }
  Reply();
}

void PageRead::PrepareReading() {
  consistent_ = BooleanOf(Member("ConsistentRead"));
  const auto add = [this](const KeySchema& schema) {
    for (const std::vector<KeyAttribute>* attributes : {&schema.partition, &schema.sort}) {
      for (const KeyAttribute& attribute : *attributes) {
        if (std::find(position_names_.begin(), position_names_.end(), attribute.name) ==
            position_names_.end()) {
          position_names_.push_back(attribute.name);
        }
      }
    }
  };
  add(read_schema());
  if (range_ < range_count()) {
    OpenRange(range_);
  }
  if (page_.index == nullptr) {
    return;
  }
  add(table_->key_schema());
  const IndexProjection& copied = page_.index->projection;
  const auto lacks = [&](const expr::DocumentPath& path) {
    return !copied.Has(path.top_level_name());
  };
  const std::span<const expr::DocumentPath> asked = projected_paths();
  fetches_items_ =
      page_.index->is_local() && !copied.all() &&
      (all_attributes_ || std::any_of(asked.begin(), asked.end(), lacks) ||
       (!filters_entries_ && std::any_of(filter_.paths().begin(), filter_.paths().end(), lacks)));
}

Status PageRead::ReadStep(uint32_t item_limit, uint64_t size_limit, bool* page_ended) {
  const uint32_t count_before = evaluated_count_;
  const uint64_t bytes_before = evaluated_bytes_;
  Progress progress = range_ < range_count() ? Progress::kRangeEnded : Progress::kPageEnded;
  while (progress == Progress::kRangeEnded) {
    const uint32_t count = evaluated_count_ - count_before;
    const uint64_t bytes = evaluated_bytes_ - bytes_before;
    if (count >= item_limit || bytes >= size_limit) {
      progress = Progress::kStepEnded;
    } else {
      RETURN_IF_ERROR(ReadInRange(item_limit - count, size_limit - bytes, &progress));
    }
  }
  *page_ended = progress == Progress::kPageEnded;
  return Status::Ok();
}

Status PageRead::ReadInRange(uint32_t item_limit, uint64_t size_limit, Progress* progress) {
  const uint32_t items_left = item_limit_ == 0 ? UINT32_MAX : item_limit_ - evaluated_count_;
  const uint64_t bytes_left =
      limits::kPageSizeMax - std::min<uint64_t>(evaluated_bytes_, limits::kPageSizeMax);
  page_.item_limit = std::min(items_left, item_limit);
  page_.size_limit = std::min(bytes_left, size_limit);
  page_.first_item_counts = evaluated_count_ > 0;
  tables::PageOutcome outcome;
  RETURN_IF_ERROR(ReadRange(this, &outcome));
  evaluated_count_ += outcome.evaluated_count;
  evaluated_bytes_ += outcome.evaluated_bytes;
  stopped_early_ = outcome.stopped_early;
  if (!stopped_early_) {
    *progress = LeaveRange();
    return Status::Ok();
  }
  // A step that stopped by its own, smaller bound leaves the rest of the page to the next step.
  const bool own_bound = (items_left > item_limit && outcome.evaluated_count >= item_limit) ||
                         (bytes_left > size_limit && outcome.evaluated_count < page_.item_limit);
  *progress = own_bound ? Progress::kStepEnded : Progress::kPageEnded;
  // Otherwise the last item is one of an earlier range.
  if (own_bound && outcome.evaluated_count > 0) {
    StartBehindLastItem();
  }
  return Status::Ok();
}

PageRead::Progress PageRead::LeaveRange() {
  if (++range_ == range_count()) {
    return Progress::kPageEnded;
  }
  if (evaluated_count_ == item_limit_ && item_limit_ != 0) {
    stopped_early_ = true;
    return Progress::kPageEnded;
  }
  page_.start_partition_key = ValueView();
  page_.start_sort_key = ValueView();
  page_.index_start = IndexKeyValues();
  OpenRange(range_);
  return Progress::kRangeEnded;
}

Status PageRead::ReadRange(tables::ItemVisitor* visitor, tables::PageOutcome* outcome) {
  return services_.items->ReadPage(*table_, page_, visitor, outcome);
}

void PageRead::StartBehindLastItem() { SetStart(LastItem(&start_bytes_)); }

// Of every item, since any may be the last. To copy a small one is quicker than to look for its
// keys.
void PageRead::RememberPosition(const ItemView& item) {
  constexpr size_t kCopiedBytesMax = 4096;
  position_.clear();
  if (item.encoded().size() <= kCopiedBytesMax) {
    position_.append(item.encoded());
  } else {
    CopyKeys(item, &position_);
  }
}

ItemView PageRead::CopyKeys(const ItemView& item, std::string* bytes) const {
  ItemBuilder builder(bytes);
  for (const std::string_view name : position_names_) {
    builder.CopyValue(name, item.Find(name));
  }
  return builder.Finish();
}

ItemView PageRead::LastItem(std::string* bytes) const {
  bytes->clear();
  return CopyKeys(ItemView::At(position_), bytes);
}

void PageRead::Visit(const ItemView& item) {
  RememberPosition(item);
  if (filters_entries_ && !Passes(item)) {
    return;
  }
  if (!fetches_items_) {
    VisitWhole(item);
    return;
  }
  // The index does not have all that is asked for. An item that has been deleted since the page was
  // begun is shown as the index had it.
  const KeyAttribute* const sort = table_->key_schema().sort_key();
  engine::PinnedValue pin;
  ItemView fetched;
  const Status status =
      services_.items->Get(*table_, item.Find(table_->key_schema().partition_key().name),
                           sort == nullptr ? ValueView() : item.Find(sort->name), &pin, &fetched);
  if (!status.ok() && fetch_status_.ok()) {
    fetch_status_ = status;
  }
  const ItemView& whole = fetched.present() ? fetched : item;
  fetched_units_ += ReadUnits(whole.DynamoSize(), consistent_);
  VisitWhole(whole);
}

void PageRead::VisitWhole(const ItemView& item) {
  if (!filters_entries_ && !Passes(item)) {
    return;
  }
  ++returned_count_;
  if (!count_only_) {
    WriteItem(item, &writer_);
  }
}

void PageRead::WriteItem(const ItemView& item, json::Writer* writer) const {
  if (projection_.present()) {
    projection_.Write(item, writer);
  } else {
    WriteAttributes(item.attributes(), writer);
  }
}

ConsumedUnits PageRead::Units() const {
  ConsumedUnits units;
  const double evaluated = ReadUnits(evaluated_bytes_, consistent_);
  if (page_.index == nullptr) {
    units.table = evaluated;
  } else {
    units.table = fetched_units_;
    units.indexes.push_back({page_.index->descriptor->name, page_.index->is_local(), evaluated});
  }
  return units;
}

void PageRead::Reply() {
  if (read_status_.ok()) {
    read_status_ = fetch_status_;
  }
  if (!read_status_.ok()) {
    call_->Fail(FromStorage(read_status_));
    return;
  }
  if (!count_only_) {
    writer_.EndArray();
  }
  WriteSummary(&writer_);
  const ConsumedUnits units = Units();
  ChargeRead(services_, *table_, units);
  WriteConsumedCapacity(ParseCapacityMode(Member("ReturnConsumedCapacity")), table_name(), units,
                        &writer_);
  writer_.EndObject();
  call_->Finish();
}

void PageRead::WriteSummary(json::Writer* writer) const {
  writer->Key("Count");
  writer->Int(returned_count_);
  writer->Key("ScannedCount");
  writer->Int(evaluated_count_);
  if (stopped_early_) {
    writer->Key("LastEvaluatedKey");
    std::string bytes;
    WriteAttributes(LastItem(&bytes).attributes(), writer);
  }
}

}  // namespace millrace::api
