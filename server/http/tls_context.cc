// Certificates and keys for OpenSSL, and the rules of the protocol.
#include "server/http/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "server/http/tls_socket.h"
#include "storage/base/log.h"

namespace millrace::server {
namespace {

// What clients of TLS 1.2 may choose from: forward secrecy and authenticated encryption only. The
// suites of TLS 1.3 are like that all.
constexpr char kCiphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
// Certificates of a client together. Servers are let in by short chains.
constexpr long kClientCertificatesSizeMax = 32 * 1024;  // NOLINT
constexpr long kSessionSeconds = 2 * 3600;              // NOLINT
// Names the sessions that may be resumed here; without it those of certified clients may not.
constexpr unsigned char kSessionContext[] = "millrace";
// In the form in which ALPN says it, with its length.
constexpr unsigned char kHttpProtocol[] = "\x08http/1.1";

Status Unusable(const std::string& what, const std::string& path) {
  const char* const reason = ERR_reason_error_string(ERR_peek_error());
  std::string text = what + " " + path + " cannot be used";
  if (reason != nullptr) {
    text.append(": ").append(reason);
  }
  ERR_clear_error();
  return Status(StatusCode::kInvalidArgument, std::move(text));
}

Status CheckReadable(const std::string& what, const std::string& path) {
  if (access(path.c_str(), R_OK) != 0) {
    return Status(StatusCode::kNotFound,
                  "cannot read " + what + " " + path + ": " + std::strerror(errno));
  }
  return Status::Ok();
}

// Keys that are encrypted are refused: OpenSSL would ask for the password on a terminal.
int RefusePassword(char*, int, int, void*) { return -1; }

// Clients that name protocols must name ours.
int ChooseProtocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                   const unsigned char* offered, unsigned int offered_size, void*) {
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, chosen_size, kHttpProtocol, sizeof(kHttpProtocol) - 1, offered,
                            offered_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

void SetRules(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, kCiphers);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // A write that waits comes again from another place; memory for records is for busy connections.
  SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  // Sessions are kept by clients, in tickets that only this context can read: nothing is remembered
  // here, and what a new set of files says holds for everybody who connects from then on.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_timeout(context, kSessionSeconds);
  SSL_CTX_set_session_id_context(context, kSessionContext, sizeof(kSessionContext) - 1);
  SSL_CTX_set_max_cert_list(context, kClientCertificatesSizeMax);
  SSL_CTX_set_default_passwd_cb(context, RefusePassword);
  SSL_CTX_set_alpn_select_cb(context, ChooseProtocol, nullptr);
}

Status LoadClientAuthorities(SSL_CTX* context, const std::string& path) {
  if (SSL_CTX_load_verify_file(context, path.c_str()) != 1) {
    return Unusable("the file of client authorities", path);
  }
  STACK_OF(X509_NAME)* const names = SSL_load_client_CA_file(path.c_str());
  if (names == nullptr) {
    return Unusable("the file of client authorities", path);
  }
  SSL_CTX_set_client_CA_list(context, names);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return Status::Ok();
}

}  // namespace

void TlsContext::ContextDeleter::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void TlsContext::MethodDeleter::operator()(bio_method_st* method) const { BIO_meth_free(method); }

TlsContext::TlsContext(TlsFiles files, const Clock* clock)
    : files_(std::move(files)), clock_(clock), method_(TlsSocket::NewMethod()) {}

TlsContext::~TlsContext() = default;

TlsContext::FileVersions TlsContext::VersionsOfFiles() const {
  FileVersions versions;
  const std::string* const paths[] = {&files_.certificate, &files_.key, &files_.client_ca};
  for (size_t i = 0; i < versions.size(); ++i) {
    struct stat status;
    if (!paths[i]->empty() && stat(paths[i]->c_str(), &status) == 0) {
      versions[i] = {int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec,
                     status.st_size, status.st_ino};
    }
  }
  return versions;
}

Result<TlsContext::ContextPointer> TlsContext::Make() const {
  RETURN_IF_ERROR(CheckReadable("the certificate", files_.certificate));
  RETURN_IF_ERROR(CheckReadable("the key", files_.key));
  if (!files_.client_ca.empty()) {
    RETURN_IF_ERROR(CheckReadable("the file of client authorities", files_.client_ca));
  }
  ERR_clear_error();
  ContextPointer context(SSL_CTX_new(TLS_server_method()));
  if (context == nullptr || method_ == nullptr) {
    return Status(StatusCode::kInternal, "no memory for TLS");
  }
  SetRules(context.get());
  if (SSL_CTX_use_certificate_chain_file(context.get(), files_.certificate.c_str()) != 1) {
    return Unusable("the certificate", files_.certificate);
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), files_.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    return Unusable("the key", files_.key);
  }
  if (!files_.client_ca.empty()) {
    RETURN_IF_ERROR(LoadClientAuthorities(context.get(), files_.client_ca));
  }
  return context;
}

Status TlsContext::Load() {
  // Before the contents: a write in between is noticed the next time.
  const FileVersions versions = VersionsOfFiles();
  Result<ContextPointer> made = Make();
  MutexLock lock(&mutex_);
  versions_ = versions;
  // Also after a failure: it is complained about once.
  made_us_ = clock_->MonotonicUs();
  RETURN_IF_ERROR(made.status());
  context_ = std::move(made.value());
  return Status::Ok();
}

Result<bool> TlsContext::LoadIfChanged() {
  const FileVersions versions = VersionsOfFiles();
  bool changed = false;
  {
    MutexLock lock(&mutex_);
    changed = versions != versions_;
    if (!changed && clock_->MonotonicUs() - made_us_ < kTicketKeyLifeUs) {
      return false;
    }
  }
  RETURN_IF_ERROR(Load());
  return changed;
}

void TlsContext::Refresh() {
  const Result<bool> changed = LoadIfChanged();
  if (!changed.ok()) {
    Log(LogLevel::kError,
        "the TLS certificate and key stay as they were: " + changed.status().ToString());
  } else if (changed.value()) {
    Log(LogLevel::kInfo, "the TLS certificate and key were read again");
    WarnOfTrouble();
  }
}

void TlsContext::WarnOfTrouble() const {
  struct stat status;
  if (stat(files_.key.c_str(), &status) == 0 && (status.st_mode & (S_IWGRP | S_IRWXO)) != 0) {
    Log(LogLevel::kWarning,
        "the TLS key " + files_.key + " can be used by other users of this machine; chmod 600 it");
  }
  MutexLock lock(&mutex_);
  const X509* const certificate =
      context_ == nullptr ? nullptr : SSL_CTX_get0_certificate(context_.get());
  if (certificate != nullptr && X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) {
    Log(LogLevel::kWarning,
        "the TLS certificate " + files_.certificate + " has expired; clients will refuse it");
  }
}

std::unique_ptr<Socket> TlsContext::Wrap(std::unique_ptr<Socket> transport, TaskQueue* home) const {
  SSL* ssl = nullptr;
  {
    MutexLock lock(&mutex_);
    ssl = context_ == nullptr ? nullptr : SSL_new(context_.get());
  }
  if (ssl == nullptr) {
    transport->Close();
    return nullptr;
  }
  return std::make_unique<TlsSocket>(std::move(transport), home, ssl, method_.get());
}

}  // namespace millrace::server
