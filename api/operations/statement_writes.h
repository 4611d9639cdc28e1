// Writes of PartiQL statements, one or many, in one trip through the commit pipeline: all of them
// or none, or each on its own.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "api/operations/item_statement.h"
#include "api/wire/call.h"
#include "api/wire/error.h"
#include "api/wire/services.h"
#include "storage/tables/item_store.h"
#include "storage/tables/multi_item_mutation.h"

namespace millrace::api {

// Lives in Call::state. Methods run on the call's home thread unless they say otherwise.
class StatementWrites : public Call::State, public tables::MultiItemMutation {
 public:
  // What succeeds or fails: the one statement, each of several on its own, or all as one.
  enum class Unit { kSingle, kEach, kTransaction };

  // `operation` is the operation's name.
  StatementWrites(const Services& services, Call* call, std::string_view operation, Unit unit)
      : services_(services), call_(call), operation_(operation), unit_(unit) {}

  // Sends the writes on their way; answers the call in every case. `statements` are writes, or
  // could not be parsed.
  void Start(std::vector<ItemStatement> statements);

 protected:
  // What fails the call once the statements are bound. Runs again after a schema change.
  virtual ApiStatus CheckBound() = 0;
  // What else belongs to the mutation before it is submitted.
  virtual void PrepareMore() {}
  // Not kEach: the error when not all statements could be carried out.
  virtual ApiStatus Refusal() = 0;
  virtual void Reply() = 0;

  const Services& services() const { return services_; }
  Call* call() const { return call_; }
  json::Value Member(std::string_view name) const { return call_->input.Find(name); }
  std::vector<ItemStatement>& statements() { return statements_; }
  // Whether the items together are more than a transaction may write.
  bool too_large() const { return too_large_; }

 private:
  void Attempt();
  // Charges for what was looked at, and if `written`, for what was written.
  void Charge(bool written) const;

  // tables::MultiItemMutation. Apply runs on the committer thread.
  Status Apply(std::span<const ItemView> old_items,
               std::span<tables::ItemDecision> decisions) override;
  void Done(const Status& status) override;
  TaskQueue* completion_queue() override { return call_->home; }
  size_t weight_bytes() const override { return weight_bytes_; }

  const Services& services_;
  Call* const call_;
  const std::string_view operation_;
  const Unit unit_;
  std::vector<ItemStatement> statements_;
  std::vector<ItemStatement*> bound_;  // those whose items are the mutation's targets, in order
  size_t weight_bytes_ = 0;
  bool too_large_ = false;  // written on the committer thread
};

}  // namespace millrace::api
