// Reading the policies file, as strictly as policies themselves: a misspelt member must not leave a
// user with more or less than was meant.
#include "api/authorization/users.h"

#include <algorithm>
#include <map>

#include "storage/base/json.h"

namespace millrace::api {
namespace {

constexpr size_t kUserNameSizeMax = 64;

Status Invalid(const std::string& what) { return Status(StatusCode::kInvalidArgument, what); }

// The characters that names of IAM users may have.
bool IsUserName(std::string_view text) {
  return !text.empty() && text.size() <= kUserNameSizeMax &&
         text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
             "0123456789_+=,.@-") == std::string_view::npos;
}

}  // namespace

// Reads one file.
class Users::Reader {
 public:
  Reader(std::string_view account, Users* users) : account_(account), users_(users) {}

  Status Read(json::Value root) {
    if (!root.present() || !root.IsObject()) {
      return Invalid("it must be an object");
    }
    for (const json::Member member : root.members()) {
      if (member.name == "policies" && member.value.IsObject()) {
        for (const json::Member policy : member.value.members()) {
          shared_[std::string(policy.name)] = policy.value;
        }
      } else if (member.name != "users" || !member.value.IsArray()) {
        return Invalid("it has an object \"policies\" and a list \"users\", not \"" +
                       std::string(member.name) + "\"");
      }
    }
    const json::Value users = root.Find("users");
    if (!users.present()) {
      return Invalid("it has no list \"users\"");
    }
    RETURN_IF_ERROR(CheckShared());
    for (const json::Value user : users.elements()) {
      RETURN_IF_ERROR(ReadUser(user));
    }
    return Status::Ok();
  }

  // Gives users the keys that go by their names.
  void AddNamedKeys(std::span<const NamedKey> keys) {
    for (const NamedKey& key : keys) {
      for (size_t index = 0; index < users_->users_.size(); ++index) {
        if (users_->users_[index].principal.name == key.name) {
          users_->keys_.emplace(key.access_key_id, index);
        }
      }
    }
  }

 private:
  // Also those that nobody uses.
  Status CheckShared() const {
    for (const auto& [name, document] : shared_) {
      access::Policy policy;
      const Status status = policy.Add(document, access::PolicyKind::kIdentity);
      if (!status.ok()) {
        return Invalid("policy \"" + name + "\": " + std::string(status.message()));
      }
    }
    return Status::Ok();
  }

  Status ReadUser(json::Value object) {
    const json::Value name = object.IsObject() ? object.Find("name") : json::Value();
    if (!name.present() || !name.IsString() || !IsUserName(name.AsString())) {
      return Invalid("a user must have a \"name\" of 1 to 64 letters, digits and _+=,.@-");
    }
    const std::string text(name.AsString());
    for (const User& other : users_->users_) {
      if (other.principal.name == text) {
        return Invalid("the user \"" + text + "\" is there twice");
      }
    }
    User& user = users_->users_.emplace_back();
    user.principal = MakePrincipal(account_, text);
    for (const json::Member member : object.members()) {
      const Status status = ReadMember(member, &user);
      if (!status.ok()) {
        return Invalid("user \"" + text + "\": " + std::string(status.message()));
      }
    }
    return Status::Ok();
  }

  Status ReadMember(const json::Member& member, User* user) {
    if (member.name == "name") {
      return Status::Ok();
    }
    if (member.name == "access_keys" && member.value.IsArray()) {
      for (const json::Value key : member.value.elements()) {
        RETURN_IF_ERROR(AddKey(key));
      }
      return Status::Ok();
    }
    if (member.name == "policies" && member.value.IsArray()) {
      for (const json::Value policy : member.value.elements()) {
        RETURN_IF_ERROR(AddPolicy(policy, user));
      }
      return Status::Ok();
    }
    if (member.name == "tags" && member.value.IsObject()) {
      for (const json::Member tag : member.value.members()) {
        if (!tag.value.IsString()) {
          return Invalid("the values of tags are strings");
        }
        user->tags.emplace_back(tag.name, tag.value.AsString());
      }
      return Status::Ok();
    }
    return Invalid("\"" + std::string(member.name) +
                   "\" is not known; there are name, access_keys and policies (lists), and tags");
  }

  Status AddKey(json::Value key) {
    if (!key.IsString() || key.AsString().empty()) {
      return Invalid("access keys are strings");
    }
    const size_t index = users_->users_.size() - 1;
    if (!users_->keys_.emplace(std::string(key.AsString()), index).second) {
      return Invalid("the access key " + std::string(key.AsString()) + " is there twice");
    }
    return Status::Ok();
  }

  Status AddPolicy(json::Value policy, User* user) {
    if (!policy.IsString()) {
      return user->policy.Add(policy, access::PolicyKind::kIdentity);
    }
    const auto found = shared_.find(std::string(policy.AsString()));
    if (found == shared_.end()) {
      return Invalid("there is no policy \"" + std::string(policy.AsString()) + "\"");
    }
    return user->policy.Add(found->second, access::PolicyKind::kIdentity);
  }

  const std::string_view account_;
  Users* const users_;
  std::map<std::string, json::Value> shared_;
};

Result<Users> Users::Parse(std::string_view text, std::string_view account,
                           std::span<const NamedKey> keys) {
  std::string copy(text);
  json::Document document;
  if (!document.Parse({copy.data(), copy.size()}).ok()) {
    return Invalid("it is no JSON");
  }
  Users users;
  Reader reader(account, &users);
  RETURN_IF_ERROR(reader.Read(document.root()));
  reader.AddNamedKeys(keys);
  return users;
}

const User* Users::Find(std::string_view access_key_id) const {
  const auto found = keys_.find(std::string(access_key_id));
  return found == keys_.end() ? nullptr : &users_[found->second];
}

access::Principal MakePrincipal(std::string_view account, std::string_view name) {
  access::Principal principal;
  principal.name = name;
  principal.account = account;
  principal.arn.append("arn:aws:iam::").append(account).append(":user/").append(name);
  return principal;
}

}  // namespace millrace::api
