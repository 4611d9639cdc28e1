// What Query, Scan and SELECT have in common: filters, projections, start keys, and reading one
// page. A page begins on the I/O thread; when it turns out to be long, the rest is read by the
// worker pool, so that other connections of the thread do not wait for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/expr/condition.h"
#include "api/expr/placeholders.h"
#include "api/expr/projection.h"
#include "api/operations/item_keys.h"
#include "api/operations/item_request.h"
#include "api/wire/call.h"
#include "api/wire/capacity.h"
#include "api/wire/error.h"
#include "api/wire/services.h"
#include "storage/base/task.h"
#include "storage/tables/item_store.h"

namespace millrace::api {

// One Query, Scan or SELECT; lives in Call::state. Derived classes check the request and fill
// `page_`. A page may go over several ranges, one after the other.
class PageRead : public Call::State, private Task, private tables::ItemVisitor {
 public:
  PageRead(const Services& services, Call* call) : services_(services), call_(call) {}

  // Checks the request, reads the page, answers the call in every case. Home thread.
  void Start();

 protected:
  // All checks up to execution, in AWS's order: sets table_, page_ and what else is needed.
  virtual ApiStatus Check() = 0;

  // --- what SELECT does in its own way. All but table_name may run on a worker.

  // The table as the client named it.
  virtual std::string_view table_name() const { return Member("TableName").AsString(); }
  // The paths that are asked for; none for whole items.
  virtual std::span<const expr::DocumentPath> projected_paths() const {
    return projection_.paths();
  }
  // Into how many ranges the page's data falls.
  virtual size_t range_count() const { return 1; }
  // Makes page_ be about this range; where it starts is set already.
  virtual void OpenRange(size_t /*range*/) {}
  // Reads page_.
  virtual Status ReadRange(tables::ItemVisitor* visitor, tables::PageOutcome* outcome);
  // Writes an item that is found.
  virtual void WriteItem(const ItemView& item, json::Writer* writer) const;
  // Writes what stands between the items and the consumed capacity.
  virtual void WriteSummary(json::Writer* writer) const;

  const Services& services() const { return services_; }
  Call* call() const { return call_; }
  json::Value Member(std::string_view name) const { return call_->input.Find(name); }

  // --- steps of Check that both operations take, each at its own place in the order.

  // Which operation the texts are for.
  enum class Kind { kQuery, kScan };
  // ExpressionAttributeNames and -Values into placeholders_.
  ApiStatus ParsePlaceholders();
  // ExclusiveStartKey's values into start_key_, with the wrapping its problems have.
  ApiStatus ParseStartKey();
  ApiStatus ParseFilterExpression();
  ApiStatus CheckSelect(Kind kind);
  ApiStatus ParseProjectionExpression();
  // Whether start_key_ has as many attributes as the keys, and then, of which types.
  ApiStatus CheckStartKeyCount(Kind kind) const;
  // Also makes the page start there.
  ApiStatus CheckStartKeyValues();
  // Whether a global index has what is asked for.
  ApiStatus CheckAllAttributes() const;
  ApiStatus CheckProjectedAttributes() const;
  // Nested paths on key attributes in filter and projection.
  ApiStatus CheckPathsOfKeys() const;
  // Looks the table up.
  ApiStatus FindTableForRead();
  // Looks up the index of IndexName, if one is named, and sets page_.index.
  ApiStatus FindIndex();
  // The schema of the index that is read, or of the table.
  const KeySchema& read_schema() const {
    return page_.index == nullptr ? table_->key_schema() : page_.index->key_schema();
  }
  void ReadLimit();
  // Whether the page ended before the data, and then, behind which item (its key attributes).
  bool stopped_early() const { return stopped_early_; }
  // Made in `bytes`, which must outlive it.
  ItemView LastItem(std::string* bytes) const;

  tables::TablePointer table_;
  tables::PageRequest page_;
  expr::Placeholders placeholders_;
  expr::Condition filter_;
  expr::Projection projection_;
  ItemView start_key_;
  size_t range_ = 0;  // that the page is at; Check sets where it begins
  // The filter is about the entries of the index, not about the items behind them.
  bool filters_entries_ = false;

 private:
  // Task: first on a worker to read on, then on the home thread to reply.
  void Run() override;
  void Visit(const ItemView& item) override;
  // How a step or a part of it ended.
  enum class Progress { kRangeEnded, kStepEnded, kPageEnded };
  // Reads until the page ends or `item_limit` and `size_limit` of this step are reached.
  Status ReadStep(uint32_t item_limit, uint64_t size_limit, bool* page_ended);
  // Reads on in the range that is open, within the same limits.
  Status ReadInRange(uint32_t item_limit, uint64_t size_limit, Progress* progress);
  // Goes on to the next range, if there is one and the page has room.
  Progress LeaveRange();
  // Once the checks are done: what of each item will be needed.
  void PrepareReading();
  void RememberPosition(const ItemView& item);
  // An item of nothing but the keys of `item`, at the end of `bytes`.
  ItemView CopyKeys(const ItemView& item, std::string* bytes) const;
  bool Passes(const ItemView& item) const { return !filter_.present() || filter_.Matches(item); }
  // Counts and writes an item that has all the attributes that matter.
  void VisitWhole(const ItemView& item);
  // Makes the page start behind the item with these key attributes, which must outlive it.
  void SetStart(const ItemView& key);
  void StartBehindLastItem();
  ConsumedUnits Units() const;
  void Reply();

  // The first step, on the I/O thread, stops after this much.
  static constexpr uint32_t kInlineItems = 200;
  static constexpr uint64_t kInlineBytes = 64 * 1024;

  const Services& services_;
  Call* const call_;
  bool count_only_ = false;
  bool all_attributes_ = false;  // Select asks for them
  bool fetches_items_ = false;   // the local index lacks attributes that are asked for
  bool consistent_ = false;
  double fetched_units_ = 0;
  Status fetch_status_;
  uint32_t item_limit_ = 0;  // of the whole page; 0: none
  uint32_t evaluated_count_ = 0;
  uint64_t evaluated_bytes_ = 0;
  uint32_t returned_count_ = 0;
  bool stopped_early_ = false;
  bool read_done_ = false;
  Status read_status_;
  json::Writer writer_{nullptr};
  std::vector<std::string_view> position_names_;  // key attributes of the index and of the table
  std::string position_;     // the last evaluated item, or one of its keys only
  std::string start_bytes_;  // what page_ refers to in a later step
};

}  // namespace millrace::api
