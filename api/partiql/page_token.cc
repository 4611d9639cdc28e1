// The layout of page tokens: base64 of a version byte, a digest of the question, the encoded key.
// A token can be forged; that only makes a page start elsewhere.
#include "api/partiql/page_token.h"

#include <array>

#include "storage/base/base64.h"
#include "storage/base/bytes.h"
#include "storage/base/digest.h"
#include "storage/codec/validate.h"

namespace millrace::api::partiql {
namespace {

constexpr char kVersion = 1;
constexpr size_t kDigestSize = 16;
constexpr size_t kHeaderSize = 1 + kDigestSize;

// Every part is preceded by its length, so that no two questions run together to the same bytes.
std::string DigestOf(const PageQuestion& question) {
  std::string bytes;
  AppendLittleEndian32(&bytes, question.table_id);
  AppendLittleEndian64(&bytes, question.statement.size());
  bytes.append(question.statement);
  for (const ValueView parameter : question.parameters) {
    AppendLittleEndian64(&bytes, parameter.encoded().size());
    bytes.append(parameter.encoded());
  }
  const std::array<uint8_t, 32> digest = Sha256(bytes);
  return std::string(digest.begin(), digest.begin() + kDigestSize);
}

}  // namespace

std::string EncodePageToken(const PageQuestion& question, const ItemView& last_key) {
  std::string bytes(1, kVersion);
  bytes.append(DigestOf(question)).append(last_key.encoded());
  std::string token;
  EncodeBase64(bytes, &token);
  return token;
}

ApiStatus DecodePageToken(std::string_view token, const PageQuestion& question,
                          std::string* storage, ItemView* last_key) {
  storage->clear();
  const Base64Error error = DecodeBase64(token, storage);
  const std::string_view bytes = *storage;
  if (error != Base64Error::kNone || bytes.size() < kHeaderSize || bytes.front() != kVersion ||
      !ValidateItem(bytes.substr(kHeaderSize)).ok()) {
    return ValidationError("Invalid NextToken");
  }
  if (bytes.substr(1, kDigestSize) != DigestOf(question)) {
    return ValidationError("NextToken does not match request");
  }
  *last_key = ItemView::At(bytes.substr(kHeaderSize));
  return ApiStatus::Ok();
}

}  // namespace millrace::api::partiql
