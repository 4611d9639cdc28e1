// The functions, their versions and settings, and the layers: kept in memory for reads, durable in
// the space `functions`. One thread makes all changes, one after the other, each an ordinary
// commit, so that a change sees everything that came before it, also of other functions
// (reservations, layers, URLs). Control plane only: invocations do nothing but read.
//
// Codes of failures, for every change, and what the API calls them; messages are for the client:
//   kNotFound            ResourceNotFoundException
//   kAlreadyExists       ResourceConflictException (exists, is in use, is being created)
//   kFailedPrecondition  PreconditionFailedException (another revision)
//   kInvalidArgument     InvalidParameterValueException
//   kRefused             PolicyLengthExceededException (AddPermission only)
//   others               storage: see Engine::Submit
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/clock.h"
#include "storage/base/random.h"
#include "storage/base/status.h"
#include "storage/base/task.h"
#include "storage/engine/engine.h"
#include "streams/functions/function.h"
#include "streams/functions/function_source.h"

namespace millrace::streams {

struct FunctionCatalogOptions {
  std::string region = "us-east-1";
  std::string account = "000000000000";
  // Where the code is kept: a folder for nobody else, made if it is not there. With a database in
  // memory, a temporary one: what no stored function uses is removed at the start.
  std::string code_dir;
  // The bucket name that stands for directories of this machine; empty: none does.
  std::string directory_bucket;
  std::vector<std::string> directory_roots;  // directories must be one of these or below one
  Executor default_executor = Executor::kProcess;
  int64_t create_delay_ms = 0;  // how long a new function is Pending, a change InProgress
  int64_t concurrency_limit = 1000;
  int64_t unreserved_concurrency_min = 100;  // what reservations must leave of the limit
};

// Code that was taken in and is not used by a function or layer yet: it stays as long as somebody
// has `hold`.
struct StoredCode {
  FunctionCode code;
  std::shared_ptr<const void> hold;
};

struct FunctionCreation {
  std::string name;
  FunctionConfiguration configuration;
  StoredCode code;
  bool publish = false;  // version 1, too
  std::vector<std::pair<std::string, std::string>> tags;
};
struct FunctionCodeUpdate {
  StoredCode code;
  std::string architecture;  // empty: as it is
  bool publish = false;
  bool dry_run = false;     // check and answer, change nothing
  std::string revision_id;  // empty: whatever it is
};
struct VersionPublication {
  std::optional<std::string> description;  // of the version; nothing: that of $LATEST
  std::string code_sha256_base64;          // empty: whatever it is
  std::string revision_id;                 // likewise
};
struct LayerPublication {
  LayerVersion version;  // layer, description, license, runtimes, architectures
  StoredCode code;
};

// What a change led to.
struct FunctionOutcome {
  FunctionPointer function;        // as it is now; as it was last if it was deleted
  FunctionVersionPointer version;  // what the answer is about: $LATEST or a published version
};

struct FunctionUsage {
  int64_t function_count = 0;
  int64_t code_size_bytes = 0;  // zips of all versions and layers
  int64_t reserved_concurrency = 0;
};

// Where a function URL leads.
struct FunctionUrlTarget {
  FunctionPointer function;
  std::string qualifier;  // "$LATEST" or an alias
  FunctionUrlConfig config;
};

// Thread-safe, apart from Load, Start and Stop. Callbacks run once, on the queue that was given, or
// on the catalog's thread, where they must be brief, if that is nullptr; by then the change is
// durable and visible.
class FunctionCatalog final : public FunctionSource {
 public:
  using Done = std::function<void(Result<FunctionOutcome>)>;
  using LayerDone = std::function<void(Result<LayerVersionPointer>)>;
  using StatusDone = std::function<void(const Status&)>;
  // Each changes a copy, or refuses. They run on the catalog's thread.
  using ConfigurationEdit = std::function<Status(FunctionConfiguration*)>;
  using AliasEdit = std::function<Status(Alias*)>;
  using EventInvokeEdit = std::function<Status(EventInvokeConfig*)>;
  using UrlEdit = std::function<Status(FunctionUrlConfig*)>;

  // The pointers must outlive the catalog.
  FunctionCatalog(engine::Engine* engine, const Clock* clock, Random* random,
                  const FunctionCatalogOptions& options);
  ~FunctionCatalog() override;

  // Reads what is stored and clears the code folder of what nobody uses. Once, before anything
  // else.
  Status Load();
  void Start();
  // Ends the thread; what it has not begun, and what comes later, is refused with kShuttingDown.
  // Before the engine is stopped.
  void Stop();

  const FunctionCatalogOptions& options() const;

  // Takes in a zip: checks that it can be unpacked, and writes it to disk. May take seconds: for
  // worker threads. kInvalidArgument, with the text for the client, if it is not a sound zip.
  Result<StoredCode> StoreZip(std::string_view zip);
  // Takes in code that is named by bucket and key: a directory, see the options. kInvalidArgument
  // with the text for the client. Touches the disk.
  Result<StoredCode> StoreFromBucket(std::string_view bucket, std::string_view key);
  // The bytes of the zip; kNotFound for a directory. Reads from disk.
  Result<std::string> ReadZip(const FunctionCode& code) const;

  // The function, or nullptr.
  FunctionPointer Find(std::string_view name) const;
  // In order of the names, behind `after`, at most `count`.
  std::vector<FunctionPointer> List(std::string_view after, size_t count, bool* more) const;
  std::optional<FunctionUrlTarget> FindUrl(std::string_view url_id) const;
  FunctionUsage Usage() const;
  // Whether the State of the version is Pending, or its LastUpdateStatus InProgress, at this time.
  bool IsPending(const FunctionVersion& version) const;
  bool IsUpdating(const FunctionVersion& version) const;
  LayerPointer FindLayer(std::string_view name) const;
  LayerVersionPointer FindLayerVersion(std::string_view layer, uint64_t version) const;
  // Layers that have versions, in order of the names, behind `after`, at most `count`.
  std::vector<LayerPointer> ListLayers(std::string_view after, size_t count, bool* more) const;

  void Create(FunctionCreation creation, TaskQueue* home, Done done);
  void UpdateCode(std::string_view name, FunctionCodeUpdate update, TaskQueue* home, Done done);
  void UpdateConfiguration(std::string_view name, std::string revision_id, ConfigurationEdit edit,
                           TaskQueue* home, Done done);
  void Delete(std::string_view name, TaskQueue* home, Done done);
  // kInvalidArgument for anything but a number. A version that is not there is no failure.
  void DeleteVersion(std::string_view name, std::string_view version, TaskQueue* home, Done done);
  void PublishVersion(std::string_view name, VersionPublication publication, TaskQueue* home,
                      Done done);

  // The revision id of `alias` is the catalog's business. What became of it is in
  // outcome.function->aliases.
  void CreateAlias(std::string_view name, Alias alias, TaskQueue* home, Done done);
  void UpdateAlias(std::string_view name, std::string_view alias, std::string revision_id,
                   AliasEdit edit, TaskQueue* home, Done done);
  // An alias that is not there is no failure.
  void DeleteAlias(std::string_view name, std::string_view alias, TaskQueue* home, Done done);

  // Nothing: removes the reservation.
  void SetReservedConcurrency(std::string_view name, std::optional<int64_t> count, TaskQueue* home,
                              Done done);
  // A qualifier below is empty or "$LATEST" for the function itself, else a version or alias, which
  // must exist.
  // `must_exist`: kNotFound if there is no such configuration; else the edit begins with an empty
  // one. (PUT replaces everything, so its edit assigns a whole one.)
  void EditEventInvokeConfig(std::string_view name, std::string_view qualifier, bool must_exist,
                             EventInvokeEdit edit, TaskQueue* home, Done done);
  void DeleteEventInvokeConfig(std::string_view name, std::string_view qualifier, TaskQueue* home,
                               Done done);
  // Of the function itself or an alias. Id and times are the catalog's business.
  void CreateUrl(std::string_view name, std::string_view qualifier, FunctionUrlConfig config,
                 TaskQueue* home, Done done);
  void UpdateUrl(std::string_view name, std::string_view qualifier, UrlEdit edit, TaskQueue* home,
                 Done done);
  void DeleteUrl(std::string_view name, std::string_view qualifier, TaskQueue* home, Done done);
  void AddPermission(std::string_view name, std::string_view qualifier, PolicyStatement statement,
                     std::string revision_id, TaskQueue* home, Done done);
  void RemovePermission(std::string_view name, std::string_view qualifier,
                        std::string_view statement_id, std::string revision_id, TaskQueue* home,
                        Done done);
  // Of a published version or an alias.
  void SetProvisionedConcurrency(std::string_view name, std::string_view qualifier, int64_t count,
                                 TaskQueue* home, Done done);
  void DeleteProvisionedConcurrency(std::string_view name, std::string_view qualifier,
                                    TaskQueue* home, Done done);
  void Tag(std::string_view name, std::vector<std::pair<std::string, std::string>> tags,
           TaskQueue* home, Done done);
  void Untag(std::string_view name, std::vector<std::string> keys, TaskQueue* home, Done done);
  void SetRecursionAllowed(std::string_view name, bool allowed, TaskQueue* home, Done done);

  void PublishLayer(LayerPublication publication, TaskQueue* home, LayerDone done);
  // A version that is not there is no failure.
  void DeleteLayerVersion(std::string_view layer, uint64_t version, TaskQueue* home,
                          StatusDone done);

  // FunctionSource
  RunnableFunctionPointer Resolve(std::string_view name, std::string_view qualifier) const override;
  Result<FunctionFiles> Prepare(const RunnableFunction& function) override;
  std::optional<int64_t> ReservedConcurrency(std::string_view name) const override;
  int64_t TotalReservedConcurrency() const override;
  std::vector<ProvisionedFunction> Provisioned() const override;
  AsynchronousSettings AsynchronousSettingsOf(std::string_view name,
                                              std::string_view qualifier) const override;
  void OnChange(std::function<void(const std::string& name)> changed) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::streams
