// Links by which clients fetch the packages of functions and layers. Whoever has one may fetch that
// package until the link expires, without credentials, as with the links of an object store.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/clock.h"
#include "storage/base/random.h"

namespace millrace::api {

// Makes and checks links. Their key is drawn at construction, so links do not outlive the process.
// Thread-safe.
class CodeLinks {
 public:
  // All links begin with this.
  static constexpr std::string_view kPathPrefix = "/_functions/code/";
  static constexpr int64_t kLifetimeS = 600;

  // `clock` must outlive the object; `random` is used during construction only.
  CodeLinks(const Clock* clock, Random* random);

  // The path and query of a link to a package, named by a text of letters and digits.
  std::string Make(std::string_view package) const;
  // The package that a link made by this object names, or nothing if it is no such link or has
  // expired. `target` is the path with the query as the client sent them.
  std::optional<std::string> Check(std::string_view target) const;

 private:
  std::string Signature(std::string_view package, std::string_view expires) const;

  const Clock* const clock_;
  std::string key_;
};

}  // namespace millrace::api
