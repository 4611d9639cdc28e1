// The parts of the check of a database that are about change records and expiry entries.
#pragma once

#include "storage/base/status.h"
#include "storage/engine/engine.h"
#include "storage/tables/table.h"
#include "storage/tables/verify.h"

namespace millrace::tables {

// Every stream and shard is sound, every record belongs to a stream, lies within its life and in
// the hash range of its item, and can be read.
Status VerifyStreams(const engine::Engine& engine, VerifyReport* report);

// Every expiry entry of the table is that of an item that expires then; and every item that expires
// has its entry, unless entries are still being made.
Status VerifyTimeToLive(const engine::Engine& engine, const Table& table, VerifyReport* report);

}  // namespace millrace::tables
