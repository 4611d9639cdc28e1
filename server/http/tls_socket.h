// A socket that speaks TLS over another one. Sessions use it like any other: a byte counts as
// written when the kernel has it, and a read ends when there is something decrypted. TlsContext
// makes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/http/io_thread.h"
#include "storage/base/task.h"

struct bio_method_st;
struct bio_st;
struct ssl_st;

namespace millrace::server {

// Records go through OpenSSL, which reads what the transport has brought from `input_` and writes
// to the transport directly. At most one read and one wait of the transport are under way, and only
// while the observer is owed a call: so whoever may destroy a Socket may destroy this one.
class TlsSocket final : public Socket, private SocketObserver, private Task {
 public:
  // How OpenSSL reaches the socket; for TlsContext, which keeps it. nullptr: no memory.
  static bio_method_st* NewMethod();

  // Takes over `ssl`, which is fresh. `method` is from NewMethod.
  TlsSocket(std::unique_ptr<Socket> transport, TaskQueue* home, ssl_st* ssl, bio_method_st* method);
  ~TlsSocket() override;

  // Socket
  void set_observer(SocketObserver* observer) override { observer_ = observer; }
  void Read(char* data, size_t size) override;
  void WaitWritable() override;
  int64_t WriteNow(std::string_view first, std::string_view second) override;
  bool HasInput() override;
  std::string PeerAddress() const override { return transport_->PeerAddress(); }
  void ShutdownSend() override;
  void Close() override;
  bool IsEncrypted() const override { return true; }
  bool IsEstablished() const override { return state_ == State::kOpen; }

 private:
  enum class State {
    kHandshake,
    kOpen,
    kRefused,  // the handshake has failed: what comes is read and thrown away
  };
  // A little more than the largest record.
  static constexpr size_t kInputSize = 17 * 1024;
  // What a client may send until both sides agree: OpenSSL keeps all of it. Certificates are the
  // most of it, if they are asked for.
  static constexpr size_t kHandshakeSizeMax = 64 * 1024;

  // OpenSSL's way to the bytes.
  static int ReadBio(bio_st* bio, char* data, int size);
  static int WriteBio(bio_st* bio, const char* data, int size);
  static long ControlBio(bio_st* bio, int command, long number, void* pointer);  // NOLINT

  // SocketObserver of the transport, and Task for reads that need not wait.
  void OnRead(size_t size) override;
  void OnWritable() override;
  void Run() override;

  // Goes on after something of the transport has ended. May destroy the object.
  void Proceed();
  // False while the transport has to do something first.
  bool Handshake();
  // Ends a handshake that has failed.
  void Refuse();
  void ContinueRead();
  // Decrypts into the buffer of the read: the number of bytes, 0 at the end, -1 if more input is
  // needed first.
  int64_t Decrypt();
  void ReadTransport();
  void WaitForTransport();
  // Ends what the observer is owed, once the transport is quiet.
  void FinishClosed();
  void FinishRead(size_t size);
  void SayGoodbye();

  const std::unique_ptr<Socket> transport_;
  TaskQueue* const home_;
  ssl_st* const ssl_;
  SocketObserver* observer_ = nullptr;

  State state_ = State::kHandshake;
  bool reading_ = false;            // the observer is owed OnRead
  bool waiting_ = false;            // ... and OnWritable
  bool posted_ = false;             // Run will come
  bool transport_reading_ = false;  // the transport owes OnRead
  bool transport_waiting_ = false;  // ... and OnWritable
  bool transport_ended_ = false;    // no more bytes will come
  bool read_wants_write_ = false;   // decrypting goes on when the transport takes bytes
  bool ended_ = false;              // nothing more can be decrypted
  bool broken_ = false;             // OpenSSL must not be used any more
  bool closed_ = false;

  char* read_data_ = nullptr;
  size_t read_size_ = 0;
  size_t ready_size_ = 0;     // what the posted read will say
  size_t pending_write_ = 0;  // bytes of a record that the transport has not taken completely

  size_t handshake_size_ = 0;  // bytes received for the handshake

  // Encrypted bytes that OpenSSL has not taken yet.
  const std::unique_ptr<char[]> input_;
  size_t input_begin_ = 0;
  size_t input_end_ = 0;
};

}  // namespace millrace::server
