// Keys and certificates for tests, made on the spot, and files to put them into.
#pragma once

#include <string>
#include <string_view>

#include "server/http/tls_context.h"

struct ssl_ctx_st;

namespace millrace::server {

// A certificate and its key, each in PEM form.
struct TestIdentity {
  std::string certificate;
  std::string key;
};

// Signed by `issuer`, or by itself if that is nullptr; may sign others.
TestIdentity MakeIdentity(const std::string& name, const TestIdentity* issuer = nullptr);

// The identity of servers in tests, made once.
const TestIdentity& ServerIdentity();

// A folder that is removed with everything in it.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  // Replaces the file as a whole, as tools that renew certificates do; answers its path.
  std::string Write(std::string_view name, std::string_view text) const;
  // The files of a server.
  TlsFiles WriteServer(const TestIdentity& identity, const TestIdentity* client_ca = nullptr) const;

 private:
  std::string path_;
};

// What a client connects with. It does not check the server. Free it.
ssl_ctx_st* NewClientTls(const TestIdentity* identity = nullptr);

}  // namespace millrace::server
