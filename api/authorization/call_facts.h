// The condition keys of one thing that a call wants. Each is made when a policy asks for it.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <utility>

#include "api/access/facts.h"
#include "api/authorization/access_item.h"
#include "api/authorization/users.h"
#include "api/wire/call.h"
#include "api/wire/services.h"

namespace millrace::api {

// Belongs to one thread. Everything it is made of must outlive it.
class CallFacts final : public access::Facts {
 public:
  // `user` may be nullptr, a caller whom no policy is about. `now_ms` is the present.
  CallFacts(const Services& services, const Call& call, const AccessItem& item,
            const access::Principal& principal, const User* user, int64_t now_ms)
      : services_(services),
        call_(call),
        item_(item),
        principal_(principal),
        user_(user),
        now_ms_(now_ms) {}

  const access::FactValues* Find(const access::FactKey& key) const override;

 private:
  struct Slot {
    bool known = false;
    bool present = false;
    access::FactValues values;
  };

  // False if the request has no such key.
  bool Read(access::FactName name, access::FactValues* values) const;
  bool ReadOfCall(access::FactName name, access::FactValues* values) const;
  bool ReadOfItem(access::FactName name, access::FactValues* values) const;
  bool ReadTag(const access::FactKey& key, access::FactValues* values) const;
  bool ReadTagKeys(access::FactValues* values) const;

  const Services& services_;
  const Call& call_;
  const AccessItem& item_;
  const access::Principal& principal_;
  const User* const user_;
  const int64_t now_ms_;
  mutable std::array<Slot, access::kFactNameCount> slots_;
  mutable std::deque<std::pair<access::FactKey, Slot>> tags_;
};

}  // namespace millrace::api
