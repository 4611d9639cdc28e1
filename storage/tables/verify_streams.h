// The parts of the check of a database that are about change records and expiry entries.
#pragma once

#include <memory>
#include <span>

#include "storage/base/status.h"
#include "storage/engine/engine.h"
#include "storage/tables/table.h"
#include "storage/tables/verify.h"

namespace millrace::tables {

// Every stream and shard is sound and has its place, an open stream its table; every record belongs
// to a stream, lies within its life, in the hash range of its item and in a shard, and can be read.
// A row that cannot be decoded ends the check: kCorruption.
Status VerifyStreams(const engine::Engine& engine, std::span<const std::unique_ptr<Table>> tables,
                     VerifyReport* report);

// Every expiry entry of the table is that of an item that expires then; and every item that expires
// has its entry, unless entries are still being made.
Status VerifyTimeToLive(const engine::Engine& engine, const Table& table, VerifyReport* report);

}  // namespace millrace::tables
