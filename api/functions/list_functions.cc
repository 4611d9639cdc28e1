// ListFunctions and ListVersionsByFunction.
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/functions/function_operation_list.h"
#include "api/functions/function_reply.h"
#include "api/functions/function_target.h"
#include "streams/functions/function_name.h"

namespace millrace::api {
namespace {

using streams::FunctionPointer;

constexpr size_t kPageSizeMax = 50;

// Writes versions behind one another until the page is full.
class VersionPage {
 public:
  VersionPage(const Services& services, size_t size, json::Writer* writer)
      : services_(services), room_(size), writer_(writer) {}

  // Writes $LATEST and the published versions in order; with `after_version`, only those behind it.
  // False when there are more than fit.
  bool Add(const streams::Function& function, std::string_view after_version) {
    uint64_t after = 0;
    if (after_version.empty()) {
      if (!Write(function, *function.latest)) {
        return false;
      }
    } else {
      after = streams::ParseVersionNumber(after_version).value_or(0);
    }
    for (auto version = function.versions.upper_bound(after); version != function.versions.end();
         ++version) {
      if (!Write(function, *version->second)) {
        return false;
      }
    }
    return true;
  }

  const std::string& last_name() const { return last_name_; }
  const std::string& last_version() const { return last_version_; }

 private:
  bool Write(const streams::Function& function, const streams::FunctionVersion& version) {
    if (room_ == 0) {
      return false;
    }
    --room_;
    WriteFunctionConfiguration(services_, function, version, version.version, writer_);
    last_name_ = function.name;
    last_version_ = version.version;
    return true;
  }

  const Services& services_;
  size_t room_;
  json::Writer* const writer_;
  std::string last_name_;
  std::string last_version_;
};

// The functions themselves.
void ListLatest(const Services& services, const RestPage& page, RestCall* call) {
  bool more = false;
  const std::vector<FunctionPointer> functions =
      services.functions->List(page.after, page.size, &more);
  ReplyObject(call, 200, [&](json::Writer* writer) {
    writer->Key("Functions");
    writer->BeginArray();
    for (const FunctionPointer& function : functions) {
      WriteFunctionConfiguration(services, *function, *function->latest, "", writer);
    }
    writer->EndArray();
    if (more) {
      writer->Member("NextMarker", RestMarker(functions.back()->name));
    }
  });
}

// Functions with all their versions. Markers are <name>:<version>, the last one seen.
void ListAllVersions(const Services& services, const RestPage& page, RestCall* call) {
  const size_t colon = page.after.find(':');
  const std::string after_name = page.after.substr(0, colon);
  const std::string after_version =
      colon == std::string::npos ? std::string() : page.after.substr(colon + 1);
  ReplyObject(call, 200, [&](json::Writer* writer) {
    writer->Key("Functions");
    writer->BeginArray();
    VersionPage versions(services, page.size, writer);
    bool more = true;
    bool full = false;
    const FunctionPointer begun = services.functions->Find(after_name);
    if (begun != nullptr && !after_version.empty()) {
      full = !versions.Add(*begun, after_version);
    }
    std::string after = after_name;
    while (more && !full) {
      const std::vector<FunctionPointer> functions =
          services.functions->List(after, page.size, &more);
      for (size_t i = 0; i < functions.size() && !full; ++i) {
        full = !versions.Add(*functions[i], "");
        after = functions[i]->name;
      }
    }
    writer->EndArray();
    if (full) {
      writer->Member("NextMarker",
                     RestMarker(versions.last_name() + ":" + versions.last_version()));
    }
  });
}

}  // namespace

void RunListFunctions(const Services& services, RestCall* call) {
  RestPage page;
  const RestStatus status = ReadRestPage(*call, kPageSizeMax, &page);
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  const std::string_view versions = call->Query("FunctionVersion").value_or("");
  if (!versions.empty() && versions != "ALL") {
    call->Fail(RestConstraintError(versions, "functionVersion",
                                   "Member must satisfy enum value set: [ALL]"));
    return;
  }
  if (versions.empty()) {
    ListLatest(services, page, call);
  } else {
    ListAllVersions(services, page, call);
  }
}

void RunListVersionsByFunction(const Services& services, RestCall* call) {
  FoundFunction found;
  RestPage page;
  RestStatus status = ReadRestPage(*call, kPageSizeMax, &page);
  if (status.ok()) {
    status = FindFunction(services, *call, &found);
  }
  if (!status.ok()) {
    call->Fail(status);
    return;
  }
  ReplyObject(call, 200, [&](json::Writer* writer) {
    writer->Key("Versions");
    writer->BeginArray();
    VersionPage versions(services, page.size, writer);
    const bool full = !versions.Add(*found.function, page.after);
    writer->EndArray();
    if (full) {
      writer->Member("NextMarker", RestMarker(versions.last_version()));
    }
  });
}

}  // namespace millrace::api
