// What Query and Scan have in common: Select rules, filters, projections, start keys, and reading
// one page. A page begins on the I/O thread; when it turns out to be long, the rest is read by the
// worker pool, so that other connections of the thread do not wait for it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/expr/condition.h"
#include "api/expr/placeholders.h"
#include "api/expr/projection.h"
#include "api/operations/item_keys.h"
#include "api/operations/item_request.h"
#include "api/wire/call.h"
#include "api/wire/error.h"
#include "api/wire/services.h"
#include "storage/base/task.h"
#include "storage/tables/item_store.h"

namespace millrace::api {

// One Query or Scan; lives in Call::state. Derived classes check the request and fill `page_`.
class PageRead : public Call::State, private Task, private tables::ItemVisitor {
 public:
  PageRead(const Services& services, Call* call) : services_(services), call_(call) {}

  // Checks the request, reads the page, answers the call in every case. Home thread.
  void Start();

 protected:
  // All checks up to execution, in AWS's order: sets table_, page_ and what else is needed.
  virtual ApiStatus Check() = 0;

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
  // Splits start_key_ by the schema into page_.start_*.
  ApiStatus CheckStartKey(Kind kind);
  // Looks the table up.
  ApiStatus FindTableForRead();
  // Looks up the index of IndexName, if one is named; none can exist yet.
  ApiStatus FindIndex() const;
  void ReadLimit();

  tables::TablePointer table_;
  tables::PageRequest page_;
  expr::Placeholders placeholders_;
  expr::Condition filter_;
  expr::Projection projection_;
  ItemView start_key_;

 private:
  // Task: first on a worker to read on, then on the home thread to reply.
  void Run() override;
  void Visit(const ItemView& item) override;
  // Reads until the page ends or `item_limit` and `size_limit` of this step are reached.
  Status ReadStep(uint32_t item_limit, uint64_t size_limit, bool* page_ended);
  void StartBehindLastItem();
  void Reply();

  // The first step, on the I/O thread, stops after this much.
  static constexpr uint32_t kInlineItems = 200;
  static constexpr uint64_t kInlineBytes = 64 * 1024;

  const Services& services_;
  Call* const call_;
  bool count_only_ = false;
  uint32_t item_limit_ = 0;  // of the whole page; 0: none
  uint32_t evaluated_count_ = 0;
  uint64_t evaluated_bytes_ = 0;
  uint32_t returned_count_ = 0;
  bool stopped_early_ = false;
  bool read_done_ = false;
  Status read_status_;
  json::Writer writer_{nullptr};
  // Key attributes of the last evaluated item, encoded.
  std::string last_partition_;
  std::string last_sort_;
  std::string start_partition_;  // what page_.start_* refer to in a later step
  std::string start_sort_;
};

}  // namespace millrace::api
