// Certificates by OpenSSL.
#include "server/http/test_certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "storage/base/check.h"

namespace millrace::server {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Bio BioOf(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);  // NOLINT
  return {data, static_cast<size_t>(size)};
}

Key ReadKey(const TestIdentity& identity) {
  return {PEM_read_bio_PrivateKey(BioOf(identity.key).get(), nullptr, nullptr, nullptr),
          &EVP_PKEY_free};
}

Certificate ReadCertificate(const TestIdentity& identity) {
  return {PEM_read_bio_X509(BioOf(identity.certificate).get(), nullptr, nullptr, nullptr),
          &X509_free};
}

void MayNameItself(X509* certificate) {
  X509_EXTENSION* const extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "critical,CA:TRUE");
  CHECK(X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

}  // namespace

TestIdentity MakeIdentity(const std::string& name, const TestIdentity* issuer) {
  const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const Certificate certificate(X509_new(), &X509_free);
  uint32_t serial = 0;
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof(serial)) == 1);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86'400);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* const subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  MayNameItself(certificate.get());
  if (issuer == nullptr) {
    X509_set_issuer_name(certificate.get(), subject);
    CHECK(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  } else {
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(ReadCertificate(*issuer).get()));
    CHECK(X509_sign(certificate.get(), ReadKey(*issuer).get(), EVP_sha256()) > 0);
  }
  const Bio certificate_text(BIO_new(BIO_s_mem()), &BIO_free);
  const Bio key_text(BIO_new(BIO_s_mem()), &BIO_free);
  CHECK(PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1);
  CHECK(PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                 nullptr) == 1);
  return {TextOf(certificate_text.get()), TextOf(key_text.get())};
}

const TestIdentity& ServerIdentity() {
  static const TestIdentity identity = MakeIdentity("server");
  return identity;
}

TestFolder::TestFolder() {
  std::string path = (std::filesystem::temp_directory_path() / "millrace-tls-XXXXXX").string();
  CHECK(mkdtemp(path.data()) != nullptr);
  path_ = path;
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TestFolder::Write(std::string_view name, std::string_view text) const {
  const std::string path = path_ + "/" + std::string(name);
  std::ofstream(path + ".new", std::ios::binary) << text;
  std::filesystem::rename(path + ".new", path);
  return path;
}

TlsFiles TestFolder::WriteServer(const TestIdentity& identity,
                                 const TestIdentity* client_ca) const {
  TlsFiles files;
  files.certificate = Write("certificate.pem", identity.certificate);
  files.key = Write("key.pem", identity.key);
  if (client_ca != nullptr) {
    files.client_ca = Write("client_ca.pem", client_ca->certificate);
  }
  return files;
}

ssl_ctx_st* NewClientTls(const TestIdentity* identity) {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  CHECK(context != nullptr);
  // Tests look at what the server refuses, not at what the client would.
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
  if (identity != nullptr) {
    CHECK(SSL_CTX_use_certificate(context, ReadCertificate(*identity).get()) == 1);
    CHECK(SSL_CTX_use_PrivateKey(context, ReadKey(*identity).get()) == 1);
  }
  return context;
}

}  // namespace millrace::server
