// The three modes.
#include "server/auth/authenticator.h"

#include <algorithm>
#include <utility>

#include "server/auth/credential_checks.h"
#include "server/auth/credentials.h"
#include "server/auth/signature.h"

namespace millrace::server {
namespace {

// Whether a path has a part that leads back. Signatures are of what is left without it, handlers
// take the path as it is: the signature for one of them could be used with another.
bool LeadsBack(std::string_view path) {
  for (size_t at = path.find("/.."); at != std::string_view::npos; at = path.find("/..", at + 1)) {
    if (at + 3 == path.size() || path[at + 3] == '/') {
      return true;
    }
  }
  return false;
}

}  // namespace

using api::ApiStatus;
using api::ErrorType;

ApiStatus OpenAuthenticator::Authenticate(const RequestHead& head, std::string_view /*body*/,
                                          std::string* access_key_id) const {
  // Only the key id is of interest, and nothing is checked, so the header is not taken apart: this
  // runs for every request of an open server.
  access_key_id->clear();
  std::string_view credential;
  QueryCredentials query;
  if (head.Has(KnownHeader::kAuthorization)) {
    constexpr std::string_view kCredential = "Credential=";
    // How all SDKs begin it.
    constexpr std::string_view kUsualStart = "AWS4-HMAC-SHA256 Credential=";
    const std::string_view header = head.Get(KnownHeader::kAuthorization);
    const size_t start = header.starts_with(kUsualStart) ? kUsualStart.size() - kCredential.size()
                                                         : header.find(kCredential);
    if (start != std::string_view::npos) {
      credential = header.substr(start + kCredential.size());
    }
  } else if (QueryHasAlgorithm(head.query())) {
    query = ParseQueryCredentials(head.query());
    credential = query.credential;
  }
  const auto* const end = std::find_if(credential.begin(), credential.end(),
                                       [](char c) { return c == '/' || c == ',' || c == ' '; });
  access_key_id->assign(credential.begin(), end);
  return ApiStatus::Ok();
}

ApiStatus ShapeAuthenticator::Authenticate(const RequestHead& head, std::string_view /*body*/,
                                           std::string* access_key_id) const {
  access_key_id->clear();
  CheckedCredentials credentials;
  RETURN_IF_API_ERROR(CheckCredentials(head, region_, clock_->NowMs() / 1000, &credentials));
  access_key_id->assign(credentials.scope.access_key_id);
  return ApiStatus::Ok();
}

ApiStatus VerifyingAuthenticator::Authenticate(const RequestHead& head, std::string_view body,
                                               std::string* access_key_id) const {
  access_key_id->clear();
  CheckedCredentials credentials;
  RETURN_IF_API_ERROR(CheckCredentials(head, region_, clock_->NowMs() / 1000, &credentials));
  // 11
  AccessKeys::Lookup key;
  if (!keys_->Find(credentials.scope, &key)) {
    return ApiStatus(ErrorType::kUnrecognizedClient,
                     "The security token included in the request is invalid.");
  }
  // What decides the meaning of the body must be signed as well.
  if (head.Has(KnownHeader::kTarget) && !IsSignedHeader(credentials, "x-amz-target")) {
    return ApiStatus(ErrorType::kInvalidSignature,
                     "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.");
  }
  // 12
  if (LeadsBack(head.path()) || !SignatureIsRight(head, body, credentials, key.signing_key)) {
    return ApiStatus(ErrorType::kInvalidSignature,
                     "The request signature we calculated does not match the signature you "
                     "provided. Check your AWS Secret Access Key and signing method. Consult the "
                     "service documentation for details.");
  }
  // 13
  if (!HasSecurityToken(head, credentials, key.session_token)) {
    return ApiStatus(ErrorType::kUnrecognizedClient,
                     "The security token included in the request is invalid");
  }
  access_key_id->assign(credentials.scope.access_key_id);
  return ApiStatus::Ok();
}

}  // namespace millrace::server
