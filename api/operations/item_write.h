// What PutItem, UpdateItem and DeleteItem have in common: a condition, a trip through the commit
// pipeline, a repeat when the table's schema changed meanwhile, and a reply with old or new
// attributes and capacity.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/expr/condition.h"
#include "api/expr/placeholders.h"
#include "api/operations/item_keys.h"
#include "api/operations/item_request.h"
#include "api/wire/call.h"
#include "api/wire/capacity.h"
#include "api/wire/error.h"
#include "api/wire/services.h"
#include "storage/tables/item_store.h"

namespace millrace::api {

// One write of one item; lives in Call::state. Derived classes check the request, name the key and
// decide about the new image. Methods run on the call's home thread unless they say otherwise.
class ItemWrite : public Call::State, public tables::ItemMutation {
 public:
  ItemWrite(const Services& services, Call* call) : services_(services), call_(call) {}

  // Checks the request and sends the write on its way; answers the call in every case.
  void Start();

  // tables::ItemMutation. Apply runs on the committer thread.
  Status Apply(const ItemView& old_item, tables::ItemChange* change,
               std::string_view* new_item) final;
  void Done(const Status& status) final;
  TaskQueue* completion_queue() final { return call_->home; }
  size_t weight_bytes() const override { return kSmallWriteBytes; }
  std::vector<tables::IndexCharge>* index_charges() final {
    return capacity_mode_ == CapacityMode::kNone && services_.throughput == nullptr ? nullptr
                                                                                    : &charges_;
  }

 protected:
  static constexpr size_t kSmallWriteBytes = 1024;

  using Table = tables::Table;

  // The checks that need no table, in AWS's order.
  virtual ApiStatus CheckRequest() = 0;
  // The checks against the table's schema; sets `*key`, whose views outlive the write. Runs again
  // after a schema change.
  virtual ApiStatus CheckAgainstTable(const Table& table, ItemKey* key) = 0;
  // The new image for an item whose condition holds. Pure; runs on the committer thread, maybe more
  // than once.
  virtual ApiStatus Decide(const ItemView& old_item, tables::ItemChange* change,
                           std::string_view* new_item) = 0;
  // Whether Reply will look at the old item: only then it is kept.
  virtual bool NeedsOldItem() const = 0;
  // Writes the Attributes member, if any, into the open reply object.
  virtual void WriteAttributesMember(json::Writer* writer) = 0;
  // Whether errors marked for it get the envelope of PutItem and UpdateItem.
  virtual bool envelops() const = 0;

  const Services& services() const { return services_; }
  Call* call() const { return call_; }
  json::Value Member(std::string_view name) const { return call_->input.Find(name); }

  // Parses what all three take: ConditionExpression (with `placeholders` filled) or Expected.
  ApiStatus ParseConditionExpression();
  ApiStatus ParseExpected();
  // Reads the modes; their values have passed the constraint checks.
  void ReadModes();

  expr::Placeholders placeholders_;
  expr::Condition condition_;
  ReturnValues return_values_ = ReturnValues::kNone;

  // The old item as of the commit, when NeedsOldItem(); not present() if there was none.
  ItemView old_item() const { return ItemView::At(old_bytes_); }

 private:
  void Attempt();
  void Reply();
  void FailCall(ApiStatus status);
  ApiStatus ConditionFailure() const;

  const Services& services_;
  Call* const call_;
  CapacityMode capacity_mode_ = CapacityMode::kNone;
  bool old_item_on_failure_ = false;
  // Written by Apply on the committer thread, read on the home thread after Done: the queue between
  // them orders it.
  ApiStatus failure_;
  std::string old_bytes_;
  uint32_t old_size_ = 0;
  uint32_t new_size_ = 0;
  std::vector<tables::IndexCharge> charges_;
  ValueView partition_key_;
};

}  // namespace millrace::api
