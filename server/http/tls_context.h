// What TLS connections of a server have in common: certificate, key, the authorities whose clients
// are let in. Reading the files, and reading them again when they change. OpenSSL stays in source
// files of this folder.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "server/http/io_thread.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"

struct bio_method_st;
struct ssl_ctx_st;

namespace millrace::server {

// The files, each in PEM form.
struct TlsFiles {
  std::string certificate;  // the server's, then those that lead from it to its authority
  std::string key;          // of the first of them, not encrypted
  std::string client_ca;    // empty: clients need no certificate
};

// Thread-safe, apart from Load. Must outlive the sockets that it makes.
class TlsContext {
 public:
  // The keys of session tickets are replaced after this time, so that a stolen one opens little.
  static constexpr int64_t kTicketKeyLifeUs = int64_t{12} * 3600 * 1'000'000;

  // The clock must outlive the object.
  TlsContext(TlsFiles files, const Clock* clock);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // Reads the files. kNotFound if one cannot be read, kInvalidArgument if one is of no use or if
  // they do not belong together; what was loaded before stays in use then.
  Status Load();
  // Loads them if one has changed since they were last read; whether that was so. The same errors,
  // once for each change.
  Result<bool> LoadIfChanged();
  // Does that, and says in the log what came of it. Call now and then.
  void Refresh();
  // Says in the log what an operator should know of files that can be used.
  void WarnOfTrouble() const;

  // A socket that speaks TLS, as the server, over a connected one. Its handshake begins with the
  // first operation. `home` belongs to the socket's thread. Connections keep the certificate with
  // which they began. nullptr if there is no memory, or if nothing was loaded.
  std::unique_ptr<Socket> Wrap(std::unique_ptr<Socket> transport, TaskQueue* home) const;

  const TlsFiles& files() const { return files_; }

 private:
  // Tells versions of a file apart.
  struct FileVersion {
    int64_t modified_ns = 0;
    int64_t size = 0;
    uint64_t inode = 0;
    bool operator==(const FileVersion&) const = default;
  };
  using FileVersions = std::array<FileVersion, 3>;
  struct ContextDeleter {
    void operator()(ssl_ctx_st* context) const;
  };
  struct MethodDeleter {
    void operator()(bio_method_st* method) const;
  };
  using ContextPointer = std::unique_ptr<ssl_ctx_st, ContextDeleter>;

  FileVersions VersionsOfFiles() const;
  Result<ContextPointer> Make() const;

  const TlsFiles files_;
  const Clock* const clock_;
  const std::unique_ptr<bio_method_st, MethodDeleter> method_;
  mutable Mutex mutex_;
  ContextPointer context_ GUARDED_BY(mutex_);
  FileVersions versions_ GUARDED_BY(mutex_);
  int64_t made_us_ GUARDED_BY(mutex_) = 0;
};

}  // namespace millrace::server
