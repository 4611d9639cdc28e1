// SELECT statements of full keys, read from one consistent view.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "api/operations/item_statement.h"
#include "api/wire/call.h"
#include "api/wire/error.h"
#include "api/wire/services.h"
#include "storage/base/task.h"
#include "storage/tables/item_store.h"

namespace millrace::api {

// Lives in Call::state. A few items are read on the I/O thread, more by a worker.
class StatementReads : public Call::State, private Task {
 public:
  // `operation` is the operation's name.
  StatementReads(const Services& services, Call* call, std::string_view operation)
      : services_(services), call_(call), operation_(operation) {}

  // Reads and answers the call in every case. `statements` are reads, or could not be parsed. Home
  // thread.
  void Start(std::vector<ItemStatement> statements);

 protected:
  // What fails the call once the statements are bound; `targets` are the items of those that are.
  // Runs again when some of them have been throttled.
  virtual ApiStatus CheckBound(std::span<const tables::ItemTarget> targets) = 0;
  // Writes the answer. `items` are those of the bound statements, in order. May run on a worker.
  virtual ApiStatus WriteReply(std::span<const ItemView> items) = 0;

  const Services& services() const { return services_; }
  Call* call() const { return call_; }
  json::Value Member(std::string_view name) const { return call_->input.Find(name); }
  const std::vector<ItemStatement>& statements() const { return statements_; }

 private:
  // Task: first on a worker to read, then on the home thread to answer.
  void Run() override;
  void Read();
  void Answer();

  // More keys than this are read by a worker.
  static constexpr size_t kInlineKeys = 16;

  const Services& services_;
  Call* const call_;
  const std::string_view operation_;
  std::vector<ItemStatement> statements_;
  std::vector<tables::ItemTarget> targets_;  // of those that are bound
  ApiStatus outcome_;
  bool read_done_ = false;
};

}  // namespace millrace::api
