// The policies file: users, the keys they sign with, and what they may do.
//
//   {
//     "policies": {"read-orders": { a policy document }},
//     "users": [
//       {"name": "shop", "access_keys": ["AKIA1"], "policies": ["read-orders", { a document }],
//        "tags": {"team": "web"}}
//     ]
//   }
//
// "policies" at the top is for documents that several users share by their names. A user also has
// the keys of the section of the credentials file that is called like the user, unless another user
// lists them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/access/policy.h"
#include "storage/base/status.h"

namespace millrace::api {

struct User {
  access::Principal principal;
  access::Policy policy;
  std::vector<std::pair<std::string, std::string>> tags;
};

// A key that signs, and the name it goes by: the section of its file.
struct NamedKey {
  std::string access_key_id;
  std::string name;
};

// Immutable once read, so thread-safe.
class Users {
 public:
  // Reads the text of a policies file; kInvalidArgument says what is wrong with it.
  static Result<Users> Parse(std::string_view text, std::string_view account,
                             std::span<const NamedKey> keys);

  // Whose key it is, or nullptr.
  const User* Find(std::string_view access_key_id) const;
  size_t size() const { return users_.size(); }

 private:
  class Reader;

  std::vector<User> users_;
  std::unordered_map<std::string, size_t> keys_;  // indexes of users_
};

// The principal that somebody called `name` is.
access::Principal MakePrincipal(std::string_view account, std::string_view name);

}  // namespace millrace::api
