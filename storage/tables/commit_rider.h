// What somebody else wants to have committed together with a transaction of a client, or else the
// transaction not at all: one row more in its mutation.
#pragma once

#include <memory>
#include <string_view>

#include "storage/base/status.h"
#include "storage/engine/engine.h"

namespace millrace::tables {

// Of one transaction.
class CommitRider {
 public:
  virtual ~CommitRider() = default;
  // The row that Plan depends on; its bytes stay as long as the object.
  virtual engine::MutationKey key() const = 0;
  // On the committer thread, with the value of the row as it is. kRefused: the transaction is not
  // written. What it writes is dropped if the transaction is refused for other reasons. May run
  // again.
  virtual Status Plan(const engine::PinnedValue& current, engine::WriteSet* writes) = 0;
};

// Knows the tokens by which transactions ask for it. Thread-safe.
class CommitRiders {
 public:
  virtual ~CommitRiders() = default;
  // nullptr: the text is not such a token.
  virtual std::unique_ptr<CommitRider> Board(std::string_view token) const = 0;
};

}  // namespace millrace::tables
