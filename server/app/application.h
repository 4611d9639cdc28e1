// The whole server: builds its parts in layer order, runs them, and stops them in reverse.
#pragma once

#include <cstdint>
#include <memory>

#include "server/flags/flags.h"
#include "storage/base/status.h"
#include "storage/engine/file_system_hook.h"

namespace millrace::server {

// Start, Stop and the destructor belong to one thread.
class Application {
 public:
  // `hook`: what stands between the store and the disk; nullptr: nothing. Outlives this object.
  explicit Application(const Flags& flags, engine::FileSystemHook* hook = nullptr);
  ~Application();
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  // Opens the database and begins to accept connections. kInvalidArgument: the settings do not go
  // together. Otherwise what the engine or the listener said.
  Status Start();
  // The port that is listened on.
  uint16_t port() const;
  // Drains and stops everything. Idempotent.
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::server
