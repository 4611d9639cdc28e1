// Writes of several items, of one or more tables, as one: all of them or none, decided together
// from one consistent state. Batches and transactions are made of it. With an idempotency token it
// also remembers, in the same commit, that it was done.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/status.h"
#include "storage/codec/idempotency_codec.h"
#include "storage/engine/engine.h"
#include "storage/tables/commit_rider.h"
#include "storage/tables/item_change.h"

namespace millrace::tables {

// How long a token is remembered.
inline constexpr int64_t kTokenLifeMs = 10 * 60 * 1000;

// The name that a client gave a call, and what tells calls of the same name apart.
struct IdempotencyToken {
  TokenScope scope = TokenScope::kTransactWriteItems;
  std::string_view token;
  ParametersHash parameters_hash = {};
  int64_t now_ms = 0;
};

// What the token's record said.
enum class TokenOutcome {
  kNew,       // no such call within kTokenLifeMs, or no token: the items were looked at
  kReplayed,  // the call was done before: nothing is written, and Done gets OK
  kMismatch,  // another call had this name: kRefused
};

// Whether two of the targets are one and the same item.
bool HasDuplicateItems(std::span<const ItemTarget> targets, uint64_t hash_seed);

// Derive from it, fill in the parts, hand it to ItemStore::Submit; it must stay until Done runs.
class MultiItemMutation : public engine::Mutation {
 public:
  // Sets the items, whose keys must be distinct (see HasDuplicateKeys) and whose key values must
  // stay until Done. May be called again after Done; forgets the token and the rider.
  void Prepare(std::vector<ItemTarget> targets, uint64_t hash_seed);
  // After Prepare, before Submit.
  void UseToken(const IdempotencyToken& token);
  // What is to be committed with the items, or else the items not; decided before Apply. After
  // UseToken, before Submit.
  void UseRider(std::unique_ptr<CommitRider> rider);

  const std::vector<ItemTarget>& targets() const { return targets_; }
  // Whether two of the items are one and the same.
  bool HasDuplicateKeys() const;

  // Pure step in commit order: looks at the items as they are (`old_items[i]` is that of
  // targets()[i], not present() if there is none) and decides about each. The new bytes must stay
  // until Done. Any status other than OK refuses the whole write; the implementation keeps its own
  // reason. May run again. Does not run when the token's record answers the call.
  virtual Status Apply(std::span<const ItemView> old_items, std::span<ItemDecision> decisions) = 0;
  // What to keep with the token. Asked for after Apply has accepted, on the committer thread; must
  // stay until Done.
  virtual std::string_view TokenPayload() { return {}; }
  // The outcome, on the completion queue. OK: durable, or replayed. kRefused: as Apply or
  // token_outcome() says. kSchemaChanged: one of the tables changed meanwhile; look it up again and
  // repeat.
  virtual void Done(const Status& status) = 0;

  // From Done on.
  TokenOutcome token_outcome() const { return token_outcome_; }
  // Whether it was the rider that refused the write: kRefused.
  bool refused_by_rider() const { return refused_by_rider_; }
  // What was kept with the token, when kReplayed.
  const std::string& replayed_payload() const { return replayed_payload_; }

  // engine::Mutation
  std::span<const engine::MutationKey> keys() const final { return keys_; }
  Status Plan(std::span<const engine::PinnedValue> current, engine::WriteSet* writes) final;
  void Complete(const Status& status) final { Done(status); }

 private:
  Status ViewOldItems(std::span<const engine::PinnedValue> current);
  Status CheckToken(const engine::PinnedValue& current, engine::WriteSet* writes);
  void WriteToken(engine::WriteSet* writes);

  std::vector<ItemTarget> targets_;
  std::string key_bytes_;  // of the items
  std::vector<engine::MutationKey> keys_;
  std::vector<ItemView> old_items_;
  std::vector<ItemDecision> decisions_;
  std::string token_key_;  // empty: no token
  ParametersHash parameters_hash_ = {};
  int64_t now_ms_ = 0;
  TokenOutcome token_outcome_ = TokenOutcome::kNew;
  std::string replayed_payload_;
  std::unique_ptr<CommitRider> rider_;  // its key is the last one
  bool refused_by_rider_ = false;
};

}  // namespace millrace::tables
