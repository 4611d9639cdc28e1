// TLS between a session and its connection.
#include "server/http/tls_socket.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>

#include "storage/base/log.h"

namespace millrace::server {
namespace {

// Plain bytes of one record.
constexpr size_t kRecordSizeMax = 16 * 1024;

// For clients that have forgotten the s of https.
constexpr std::string_view kSpeaksTls =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 36\r\n"
    "Connection: close\r\n\r\nThis port is for TLS: use https://.\n";

std::string FirstError() {
  const char* const reason = ERR_reason_error_string(ERR_peek_error());
  return reason == nullptr ? "the connection broke" : reason;
}

}  // namespace

bio_method_st* TlsSocket::NewMethod() {
  BIO_METHOD* const method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
  if (method != nullptr) {
    BIO_meth_set_read(method, ReadBio);
    BIO_meth_set_write(method, WriteBio);
    BIO_meth_set_ctrl(method, ControlBio);
    BIO_meth_set_create(method, [](BIO* bio) {
      BIO_set_init(bio, 1);
      return 1;
    });
  }
  return method;
}

TlsSocket::TlsSocket(std::unique_ptr<Socket> transport, TaskQueue* home, ssl_st* ssl,
                     bio_method_st* method)
    : transport_(std::move(transport)),
      home_(home),
      ssl_(ssl),
      input_(std::make_unique_for_overwrite<char[]>(kInputSize)) {
  transport_->set_observer(this);
  SSL_set_accept_state(ssl_);
  BIO* const bio = BIO_new(method);
  if (bio == nullptr) {
    broken_ = true;
    state_ = State::kRefused;
    return;
  }
  BIO_set_data(bio, this);
  SSL_set_bio(ssl_, bio, bio);
}

TlsSocket::~TlsSocket() { SSL_free(ssl_); }

int TlsSocket::ReadBio(bio_st* bio, char* data, int size) {
  auto* const self = static_cast<TlsSocket*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const size_t count =
      std::min(static_cast<size_t>(std::max(size, 0)), self->input_end_ - self->input_begin_);
  if (count == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  std::memcpy(data, self->input_.get() + self->input_begin_, count);
  self->input_begin_ += count;
  return static_cast<int>(count);
}

int TlsSocket::WriteBio(bio_st* bio, const char* data, int size) {
  auto* const self = static_cast<TlsSocket*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const int64_t count =
      self->transport_->WriteNow({data, static_cast<size_t>(std::max(size, 0))}, {});
  if (count == 0) {
    BIO_set_retry_write(bio);
    return -1;
  }
  return static_cast<int>(count);
}

long TlsSocket::ControlBio(bio_st*, int command, long, void*) {  // NOLINT
  // Nothing is kept back, so flushing is done already. Everything else does not apply.
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

void TlsSocket::Read(char* data, size_t size) {
  read_data_ = data;
  read_size_ = size;
  reading_ = true;
  if (state_ == State::kOpen &&
      (input_begin_ < input_end_ || ended_ || transport_ended_ || SSL_pending(ssl_) > 0)) {
    // The observer does not expect the answer while it asks.
    if (const int64_t count = Decrypt(); count >= 0) {
      ready_size_ = static_cast<size_t>(count);
      posted_ = true;
      home_->PostOne(this);
      return;
    }
  } else if ((state_ == State::kRefused && transport_ended_) ||
             (state_ == State::kOpen && broken_)) {
    ready_size_ = 0;
    posted_ = true;
    home_->PostOne(this);
    return;
  } else if (state_ == State::kHandshake && (transport_reading_ || transport_waiting_)) {
    return;
  }
  if (read_wants_write_) {
    WaitForTransport();
  } else {
    ReadTransport();
  }
}

void TlsSocket::WaitWritable() {
  waiting_ = true;
  if (state_ != State::kHandshake) {
    WaitForTransport();
  } else if (!transport_reading_ && !transport_waiting_) {
    ReadTransport();
  }
}

int64_t TlsSocket::WriteNow(std::string_view first, std::string_view second) {
  if (broken_ || closed_ || state_ == State::kRefused) {
    return -1;
  }
  if (state_ == State::kHandshake) {
    return 0;
  }
  // Head and body go into one record if they fit. Room on the stack, because idle connections
  // should not have any.
  char joined[kRecordSizeMax];
  std::string_view record = first.substr(0, kRecordSizeMax);
  if (!second.empty() && first.size() < kRecordSizeMax) {
    std::memcpy(joined, first.data(), first.size());
    const size_t more = std::min(second.size(), kRecordSizeMax - first.size());
    std::memcpy(joined + first.size(), second.data(), more);
    record = {joined, first.size() + more};
  }
  if (record.empty()) {
    return 0;
  }
  if (pending_write_ > 0) {
    // The record is encrypted already; its caller still has the same bytes, and may have more.
    record = record.substr(0, pending_write_);
  }
  ERR_clear_error();
  size_t count = 0;
  if (SSL_write_ex(ssl_, record.data(), record.size(), &count) == 1) {
    pending_write_ = 0;
    return static_cast<int64_t>(count);
  }
  if (SSL_get_error(ssl_, 0) == SSL_ERROR_WANT_WRITE) {
    pending_write_ = record.size();
    return 0;
  }
  broken_ = true;
  return -1;
}

bool TlsSocket::HasInput() {
  return input_begin_ < input_end_ || (state_ == State::kOpen && SSL_has_pending(ssl_) == 1) ||
         transport_->HasInput();
}

void TlsSocket::SayGoodbye() {
  if (state_ == State::kOpen && !broken_ && pending_write_ == 0 &&
      (SSL_get_shutdown(ssl_) & SSL_SENT_SHUTDOWN) == 0) {
    ERR_clear_error();
    (void)SSL_shutdown(ssl_);
  }
}

void TlsSocket::ShutdownSend() {
  SayGoodbye();
  transport_->ShutdownSend();
}

void TlsSocket::Close() {
  if (!closed_) {
    SayGoodbye();
    closed_ = true;
    transport_->Close();
  }
}

void TlsSocket::OnRead(size_t size) {
  transport_reading_ = false;
  input_begin_ = 0;
  input_end_ = size;
  transport_ended_ = size == 0;
  Proceed();
}

void TlsSocket::OnWritable() {
  transport_waiting_ = false;
  Proceed();
}

void TlsSocket::Run() {
  posted_ = false;
  if (closed_) {
    FinishClosed();
  } else {
    FinishRead(ready_size_);
  }
}

void TlsSocket::Proceed() {
  if (closed_) {
    FinishClosed();
    return;
  }
  if (state_ == State::kHandshake && !Handshake()) {
    return;
  }
  if (waiting_ && !transport_waiting_) {
    waiting_ = false;
    // Whoever waits for a read as well keeps the object.
    const bool reading = reading_;
    observer_->OnWritable();
    if (!reading) {
      return;
    }
    if (closed_) {
      FinishClosed();
      return;
    }
  }
  if (reading_ && !posted_ && !transport_reading_) {
    ContinueRead();
  }
}

bool TlsSocket::Handshake() {
  if (transport_ended_) {
    state_ = State::kRefused;
    return true;
  }
  handshake_size_ += input_end_ - input_begin_;
  ERR_clear_error();
  if (handshake_size_ > kHandshakeSizeMax) {
    Refuse();
    return true;
  }
  const int result = SSL_do_handshake(ssl_);
  if (result == 1) {
    state_ = State::kOpen;
    return true;
  }
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      ReadTransport();
      return false;
    case SSL_ERROR_WANT_WRITE:
      WaitForTransport();
      return false;
    default:
      Refuse();
      return true;
  }
}

void TlsSocket::Refuse() {
  if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST) {
    (void)transport_->WriteNow(kSpeaksTls, {});
  }
  Log(LogLevel::kDebug, "TLS with " + PeerAddress() + " failed: " + FirstError());
  state_ = State::kRefused;
  broken_ = true;
  // Closing with input unread would reset the connection, and the peer might never see the reason.
  transport_->ShutdownSend();
}

void TlsSocket::ContinueRead() {
  if (state_ == State::kRefused) {
    input_begin_ = input_end_ = 0;
    if (transport_ended_) {
      FinishRead(0);
    } else {
      ReadTransport();
    }
    return;
  }
  if (const int64_t count = Decrypt(); count >= 0) {
    FinishRead(static_cast<size_t>(count));
  } else if (read_wants_write_) {
    WaitForTransport();
  } else {
    ReadTransport();
  }
}

int64_t TlsSocket::Decrypt() {
  size_t total = 0;
  read_wants_write_ = false;
  while (!ended_ && !broken_ && total < read_size_) {
    ERR_clear_error();
    size_t count = 0;
    if (SSL_read_ex(ssl_, read_data_ + total, read_size_ - total, &count) == 1) {
      total += count;
      if (input_begin_ == input_end_ && SSL_pending(ssl_) == 0) {
        break;
      }
      continue;
    }
    switch (SSL_get_error(ssl_, 0)) {
      case SSL_ERROR_WANT_READ:
        ended_ = transport_ended_;
        break;
      case SSL_ERROR_WANT_WRITE:
        read_wants_write_ = true;
        break;
      case SSL_ERROR_ZERO_RETURN:
        ended_ = true;
        break;
      default:
        ended_ = broken_ = true;
        break;
    }
    break;
  }
  if (total > 0) {
    return static_cast<int64_t>(total);
  }
  return ended_ || broken_ ? 0 : -1;
}

void TlsSocket::ReadTransport() {
  transport_reading_ = true;
  transport_->Read(input_.get(), kInputSize);
}

void TlsSocket::WaitForTransport() {
  if (!transport_waiting_) {
    transport_waiting_ = true;
    transport_->WaitWritable();
  }
}

void TlsSocket::FinishClosed() {
  if (transport_reading_ || transport_waiting_ || posted_) {
    return;
  }
  if (waiting_) {
    waiting_ = false;
    const bool reading = reading_;
    observer_->OnWritable();
    if (!reading) {
      return;
    }
  }
  if (reading_) {
    FinishRead(0);
  }
}

void TlsSocket::FinishRead(size_t size) {
  reading_ = false;
  observer_->OnRead(size);
}

}  // namespace millrace::server
