// Reading a page in one or two steps, and the checks that Query and Scan share.
#include "api/operations/page_read.h"

#include <algorithm>
#include <utility>

#include "api/wire/attribute_json.h"
#include "api/wire/capacity.h"
#include "api/wire/shape.h"
#include "storage/codec/value_writer.h"
#include "storage/model/limits.h"

namespace millrace::api {
void PageRead::Start() {
  ApiStatus status = Check();
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
  StartBehindLastItem();
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
  if (page_.index == nullptr) {
    return;
  }
  add(table_->key_schema());
  const IndexProjection& copied = page_.index->projection;
  const auto lacks = [&](const expr::DocumentPath& path) {
    return !copied.Has(path.top_level_name());
  };
  fetches_items_ = page_.index->is_local() && !copied.all() &&
                   (all_attributes_ ||
                    std::any_of(projection_.paths().begin(), projection_.paths().end(), lacks) ||
                    std::any_of(filter_.paths().begin(), filter_.paths().end(), lacks));
}

Status PageRead::ReadStep(uint32_t item_limit, uint64_t size_limit, bool* page_ended) {
  const uint32_t items_left = item_limit_ == 0 ? UINT32_MAX : item_limit_ - evaluated_count_;
  const uint64_t bytes_left =
      limits::kPageSizeMax - std::min<uint64_t>(evaluated_bytes_, limits::kPageSizeMax);
  page_.item_limit = std::min(items_left, item_limit);
  page_.size_limit = std::min(bytes_left, size_limit);
  page_.first_item_counts = evaluated_count_ > 0;
  tables::PageOutcome outcome;
  RETURN_IF_ERROR(services_.items->ReadPage(*table_, page_, this, &outcome));
  evaluated_count_ += outcome.evaluated_count;
  evaluated_bytes_ += outcome.evaluated_bytes;
  stopped_early_ = outcome.stopped_early;
  // A step that stopped by its own, smaller bound leaves the rest of the page to the next step.
  const bool own_bound = (items_left > item_limit && outcome.evaluated_count >= item_limit) ||
                         (bytes_left > size_limit && outcome.evaluated_count < page_.item_limit);
  *page_ended = !outcome.stopped_early || !own_bound;
  return Status::Ok();
}

void PageRead::StartBehindLastItem() {
  start_bytes_ = last_bytes_;
  SetStart(ItemView::At(start_bytes_));
}

void PageRead::RememberPosition(const ItemView& item) {
  last_bytes_.clear();
  ItemBuilder builder(&last_bytes_);
  for (const std::string_view name : position_names_) {
    builder.CopyValue(name, item.Find(name));
  }
  builder.Finish();
}

void PageRead::Visit(const ItemView& item) {
  RememberPosition(item);
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
  if (filter_.present() && !filter_.Matches(item)) {
    return;
  }
  ++returned_count_;
  if (count_only_) {
    return;
  }
  if (projection_.present()) {
    projection_.Write(item, &writer_);
  } else {
    WriteAttributes(item.attributes(), &writer_);
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
  writer_.Key("Count");
  writer_.Int(returned_count_);
  writer_.Key("ScannedCount");
  writer_.Int(evaluated_count_);
  if (stopped_early_) {
    writer_.Key("LastEvaluatedKey");
    WriteAttributes(ItemView::At(last_bytes_).attributes(), &writer_);
  }
  WriteConsumedCapacity(ParseCapacityMode(Member("ReturnConsumedCapacity")),
                        Member("TableName").AsString(), Units(), &writer_);
  writer_.EndObject();
  call_->Finish();
}

}  // namespace millrace::api
