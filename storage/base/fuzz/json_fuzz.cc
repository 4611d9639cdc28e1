// Feeds arbitrary bytes to the JSON parser. What parses must consist of valid UTF-8, and must say
// the same again after it was written and parsed once more.
#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/check.h"
#include "storage/base/json.h"
#include "storage/base/utf8.h"

namespace {

using millrace::json::Document;
using millrace::json::Type;
using millrace::json::Value;
using millrace::json::Writer;

void Write(Value value, Writer* writer) {
  switch (value.type()) {
    case Type::kNull:
      writer->Raw("null");
      return;
    case Type::kFalse:
    case Type::kTrue:
      writer->Bool(value.AsBool());
      return;
    case Type::kNumber:
      // Calls the conversion on whatever parses as a number; an integer has the sign of its text.
      CHECK((value.AsInt64() < 0) <= (value.NumberText().front() == '-'));
      writer->Raw(value.NumberText());
      return;
    case Type::kString:
      CHECK(millrace::IsValidUtf8(value.AsString()));
      writer->String(value.AsString());
      return;
    case Type::kArray: {
      uint32_t count = 0;
      writer->BeginArray();
      for (const Value element : value.elements()) {
        Write(element, writer);
        ++count;
      }
      writer->EndArray();
      CHECK(count == value.size());
      return;
    }
    case Type::kObject: {
      uint32_t count = 0;
      writer->BeginObject();
      for (const auto& [name, member] : value.members()) {
        CHECK(millrace::IsValidUtf8(name));
        CHECK(value.FindRaw(name).present());
        writer->Key(name);
        Write(member, writer);
        ++count;
      }
      writer->EndObject();
      CHECK(count == value.size());
      return;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  std::string text(reinterpret_cast<const char*>(data), size_bytes);
  // FindRaw is linear in the members, so this target is quadratic in the input.
  if (text.size() > 4096) {
    text.resize(4096);
  }
  Document document;
  if (!document.Parse(text).ok()) {
    CHECK(!document.root().present());
    return 0;
  }
  std::string once;
  Writer once_writer(&once);
  Write(document.root(), &once_writer);
  std::string buffer = once;
  CHECK(document.Parse(buffer).ok());
  std::string twice;
  Writer twice_writer(&twice);
  Write(document.root(), &twice_writer);
  CHECK(once == twice);
  return 0;
}
