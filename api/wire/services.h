// What operations work with: the parts of the server below the api layer, wired together by
// server/app.
#pragma once

#include <cstdint>
#include <string>

#include "storage/base/clock.h"
#include "storage/base/random.h"
#include "storage/base/worker_pool.h"
#include "storage/tables/catalog.h"
#include "storage/tables/change_log.h"
#include "storage/tables/commit_rider.h"
#include "storage/tables/item_store.h"
#include "storage/tables/stream_catalog.h"

namespace millrace::streams {
class AsynchronousInvoker;
class FunctionCatalog;
class Invoker;
class LogStore;
class MappingEngine;
class QueueStore;
}  // namespace millrace::streams

namespace millrace::api {

class AccessCheck;
class MappingTransitions;
class CodeLinks;
class ThroughputLimiter;

// All pointers outlive every call. The parts are thread-safe.
struct Services {
  tables::Catalog* catalog = nullptr;
  tables::ItemStore* items = nullptr;
  tables::StreamCatalog* streams = nullptr;
  tables::ChangeLog* change_log = nullptr;
  streams::QueueStore* queues = nullptr;
  streams::FunctionCatalog* functions = nullptr;
  const CodeLinks* code_links = nullptr;
  streams::Invoker* invoker = nullptr;
  streams::AsynchronousInvoker* asynchronous = nullptr;
  streams::MappingEngine* mappings = nullptr;
  const tables::CommitRiders* riders = nullptr;       // of the mappings; nullptr: no such tokens
  MappingTransitions* mapping_transitions = nullptr;  // nullptr: changes show no states between
  streams::LogStore* logs = nullptr;
  WorkerPool* workers = nullptr;
  Clock* clock = nullptr;
  Random* random = nullptr;
  ThroughputLimiter* throughput = nullptr;  // nullptr: nothing is throttled
  const AccessCheck* access = nullptr;      // nullptr: every caller may do everything
  uint16_t stream_shards = 1;               // hash ranges, so open shards, of a new stream
  std::string region = "us-east-1";
  std::string account = "000000000000";
};

}  // namespace millrace::api
