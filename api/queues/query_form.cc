// Forms to JSON, JSON to XML.
#include "api/queues/query_form.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <vector>

#include "storage/base/json.h"

namespace millrace::api {
namespace {

constexpr std::string_view kVersion = "2012-11-05";
constexpr std::string_view kNamespace = "http://queue.amazonaws.com/doc/2012-11-05/";
constexpr size_t kParametersMax = 2000;
// No name of a parameter is so long.
constexpr size_t kNameSizeMax = 1024;

// A parameter's name by its dots: "Attribute.1.Name" is the value at Attribute, 1, Name.
struct Node {
  std::string text;
  std::map<std::string, Node, std::less<>> children;

  const Node* Find(std::string_view name) const {
    const auto found = children.find(name);
    return found == children.end() ? nullptr : &found->second;
  }
  std::string_view TextOf(std::string_view name) const {
    const Node* const child = Find(name);
    return child == nullptr ? std::string_view() : child->text;
  }
  // The children by their numbers: 2 comes before 10.
  std::vector<const Node*> Numbered() const {
    std::map<int, const Node*> ordered;
    for (const auto& [name, child] : children) {
      int number = 0;
      std::from_chars(name.data(), name.data() + name.size(), number);
      ordered[number] = &child;
    }
    std::vector<const Node*> nodes;
    for (const auto& [number, node] : ordered) {
      nodes.push_back(node);
    }
    return nodes;
  }
};

int HexDigit(char letter) {
  return letter >= '0' && letter <= '9'   ? letter - '0'
         : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
         : letter >= 'A' && letter <= 'F' ? letter - 'A' + 10
                                          : -1;
}

std::string Decode(std::string_view text) {
  std::string decoded;
  for (size_t index = 0; index < text.size(); ++index) {
    const bool escaped = text[index] == '%' && index + 2 < text.size() &&
                         HexDigit(text[index + 1]) >= 0 && HexDigit(text[index + 2]) >= 0;
    if (escaped) {
      decoded.push_back(
          static_cast<char>(HexDigit(text[index + 1]) * 16 + HexDigit(text[index + 2])));
      index += 2;
    } else {
      decoded.push_back(text[index] == '+' ? ' ' : text[index]);
    }
  }
  return decoded;
}

// Calls `each` with the name, decoded, and the value, as it stands there, of every parameter. False
// for a form with too many of them.
template <typename Each>
bool ForEachParameter(std::string_view form, Each each) {
  size_t count = 0;
  while (!form.empty()) {
    const std::string_view pair = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(form.size(), pair.size() + 1));
    const size_t equals = std::min(pair.find('='), pair.size());
    if (++count > kParametersMax || equals > kNameSizeMax) {
      return false;
    }
    each(Decode(pair.substr(0, equals)), pair.substr(std::min(equals + 1, pair.size())));
  }
  return true;
}

// False for a form with too many parameters.
bool ParseForm(std::string_view form, Node* root) {
  return ForEachParameter(form, [root](std::string_view name, std::string_view value) {
    Node* node = root;
    for (int level = 0; !name.empty() && level < 8; ++level) {
      const std::string_view part = name.substr(0, name.find('.'));
      name.remove_prefix(std::min(name.size(), part.size() + 1));
      node = &node->children[std::string(part)];
    }
    node->text = Decode(value);
  });
}

constexpr std::array<std::string_view, 9> kTexts = {
    "QueueName",   "QueueUrl",      "QueueNamePrefix",        "NextToken",
    "MessageBody", "ReceiptHandle", "MessageDeduplicationId", "MessageGroupId",
    "Id"};
constexpr std::array<std::string_view, 5> kNumbers = {
    "DelaySeconds", "MaxNumberOfMessages", "VisibilityTimeout", "WaitTimeSeconds", "MaxResults"};
// Lists of texts: the name of an element, and of the list.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kLists = {{
    {"AttributeName", "AttributeNames"},
    {"MessageSystemAttributeName", "MessageSystemAttributeNames"},
    {"MessageAttributeName", "MessageAttributeNames"},
    {"TagKey", "TagKeys"},
}};

bool IsInteger(std::string_view text) {
  int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

void WriteMap(const Node& entries, std::string_view key_name, json::Writer* writer) {
  writer->BeginObject();
  for (const Node* entry : entries.Numbered()) {
    writer->Key(entry->TextOf(key_name));
    writer->String(entry->TextOf("Value"));
  }
  writer->EndObject();
}

void WriteMessageAttributes(const Node& entries, json::Writer* writer) {
  writer->BeginObject();
  for (const Node* entry : entries.Numbered()) {
    writer->Key(entry->TextOf("Name"));
    writer->BeginObject();
    const Node* const value = entry->Find("Value");
    for (const std::string_view member : {"DataType", "StringValue", "BinaryValue"}) {
      if (value != nullptr && value->Find(member) != nullptr) {
        writer->Key(member);
        writer->String(value->TextOf(member));
      }
    }
    writer->EndObject();
  }
  writer->EndObject();
}

// The members that requests and entries of batches have.
void WriteMembers(const Node& node, json::Writer* writer) {
  for (const std::string_view name : kTexts) {
    if (node.Find(name) != nullptr) {
      writer->Key(name);
      writer->String(node.TextOf(name));
    }
  }
  for (const std::string_view name : kNumbers) {
    if (node.Find(name) != nullptr) {
      writer->Key(name);
      const std::string_view text = node.TextOf(name);
      // What is no number is refused where numbers are expected.
      if (IsInteger(text)) {
        writer->Raw(text);
      } else {
        writer->String(text);
      }
    }
  }
  if (const Node* const attributes = node.Find("MessageAttribute")) {
    writer->Key("MessageAttributes");
    WriteMessageAttributes(*attributes, writer);
  }
}

void WriteLists(const Node& root, json::Writer* writer) {
  for (const auto& [element, list] : kLists) {
    if (const Node* const entries = root.Find(element)) {
      writer->Key(list);
      writer->BeginArray();
      for (const Node* entry : entries->Numbered()) {
        writer->String(entry->text);
      }
      writer->EndArray();
    }
  }
}

void AppendEscaped(std::string_view text, std::string* xml) {
  for (const char letter : text) {
    switch (letter) {
      case '<':
        xml->append("&lt;");
        break;
      case '>':
        xml->append("&gt;");
        break;
      case '&':
        xml->append("&amp;");
        break;
      case '"':
        xml->append("&quot;");
        break;
      case '\r':
        xml->append("&#xD;");
        break;
      case '\t':
      case '\n':
        xml->push_back(letter);
        break;
      default:
        // XML has no way to write the other control characters.
        if (static_cast<unsigned char>(letter) < 0x20) {
          xml->append("\xEF\xBF\xBD");
        } else {
          xml->push_back(letter);
        }
    }
  }
}

void AppendElement(std::string_view name, std::string_view text, std::string* xml) {
  xml->append("<").append(name).append(">");
  AppendEscaped(text, xml);
  xml->append("</").append(name).append(">");
}

std::string_view TextOf(json::Value value) {
  return value.IsString()   ? value.AsString()
         : value.IsNumber() ? value.NumberText()
         : value.IsBool()   ? (value.AsBool() ? std::string_view("true") : "false")
                            : std::string_view();
}

void AppendPairs(std::string_view element, std::string_view key_name, json::Value map,
                 std::string* xml) {
  for (const json::Member& member : map.members()) {
    xml->append("<").append(element).append(">");
    AppendElement(key_name, member.name, xml);
    AppendElement("Value", TextOf(member.value), xml);
    xml->append("</").append(element).append(">");
  }
}

void AppendMembers(std::string_view operation, json::Value object, std::string* xml);

void AppendList(std::string_view element, std::string_view operation, json::Value list,
                std::string* xml) {
  for (const json::Value entry : list.elements()) {
    if (entry.IsObject()) {
      xml->append("<").append(element).append(">");
      AppendMembers(operation, entry, xml);
      xml->append("</").append(element).append(">");
    } else {
      AppendElement(element, TextOf(entry), xml);
    }
  }
}

void AppendMessageAttributes(json::Value map, std::string* xml) {
  for (const json::Member& member : map.members()) {
    xml->append("<MessageAttribute>");
    AppendElement("Name", member.name, xml);
    xml->append("<Value>");
    for (const json::Member& part : member.value.members()) {
      AppendElement(part.name, TextOf(part.value), xml);
    }
    xml->append("</Value></MessageAttribute>");
  }
}

void AppendMembers(std::string_view operation, json::Value object, std::string* xml) {
  for (const json::Member& member : object.members()) {
    if (member.name == "QueueUrls" || member.name == "queueUrls") {
      AppendList("QueueUrl", operation, member.value, xml);
    } else if (member.name == "Messages") {
      AppendList("Message", operation, member.value, xml);
    } else if (member.name == "Successful") {
      AppendList(std::string(operation) + "ResultEntry", operation, member.value, xml);
    } else if (member.name == "Failed") {
      AppendList("BatchResultErrorEntry", operation, member.value, xml);
    } else if (member.name == "Attributes") {
      AppendPairs("Attribute", "Name", member.value, xml);
    } else if (member.name == "Tags") {
      AppendPairs("Tag", "Key", member.value, xml);
    } else if (member.name == "MessageAttributes") {
      AppendMessageAttributes(member.value, xml);
    } else {
      AppendElement(member.name, TextOf(member.value), xml);
    }
  }
}

void AppendError(const QueueAnswer& answer, json::Value body, std::string* xml) {
  std::string_view code = answer.error_code;
  if (code.empty() && body.present() && body.Find("__type").present()) {
    const std::string_view type = body.Find("__type").AsString();
    code = type.substr(type.find('#') + 1);
  }
  const json::Value message = body.present() ? body.Find("message") : json::Value();
  xml->append("<ErrorResponse xmlns=\"").append(kNamespace).append("\"><Error>");
  AppendElement("Type", answer.http_status < 500 ? "Sender" : "Receiver", xml);
  AppendElement("Code", code, xml);
  AppendElement("Message", message.present() ? TextOf(message) : std::string_view(), xml);
  xml->append("<Detail/></Error>");
  AppendElement("RequestId", answer.request_id, xml);
  xml->append("</ErrorResponse>");
}

}  // namespace

std::string QueueFormOperation(std::string_view form) {
  std::string_view action;
  std::string_view version;
  const bool good = ForEachParameter(form, [&](std::string_view name, std::string_view value) {
    if (name == "Action") {
      action = value;
    } else if (name == "Version") {
      version = value;
    }
  });
  return good && version == kVersion && action.size() <= kNameSizeMax ? Decode(action)
                                                                      : std::string();
}

bool TranslateQueueForm(std::string_view form, std::string* operation, std::string* input) {
  Node root;
  if (!ParseForm(form, &root) || root.TextOf("Version") != kVersion ||
      root.TextOf("Action").empty()) {
    return false;
  }
  *operation = root.TextOf("Action");
  json::Writer writer(input);
  writer.BeginObject();
  WriteMembers(root, &writer);
  WriteLists(root, &writer);
  if (const Node* const attributes = root.Find("Attribute")) {
    writer.Key("Attributes");
    WriteMap(*attributes, "Name", &writer);
  }
  if (const Node* const tags = root.Find("Tag")) {
    writer.Key(*operation == "CreateQueue" ? "tags" : "Tags");
    WriteMap(*tags, "Key", &writer);
  }
  if (const Node* const entries = root.Find(*operation + "RequestEntry")) {
    writer.Key("Entries");
    writer.BeginArray();
    for (const Node* entry : entries->Numbered()) {
      writer.BeginObject();
      WriteMembers(*entry, &writer);
      writer.EndObject();
    }
    writer.EndArray();
  }
  writer.EndObject();
  return true;
}

void AppendQueueXml(const QueueAnswer& answer, std::string* xml) {
  std::string copy(answer.body);
  json::Document document;
  const bool has_body = !copy.empty() && document.Parse({copy.data(), copy.size()}).ok();
  const json::Value body = has_body ? document.root() : json::Value();
  xml->append("<?xml version=\"1.0\"?>");
  if (answer.http_status != 200) {
    AppendError(answer, body, xml);
    return;
  }
  const std::string name(answer.operation);
  xml->append("<").append(name).append("Response xmlns=\"").append(kNamespace).append("\">");
  if (body.present()) {
    xml->append("<").append(name).append("Result>");
    AppendMembers(name, body, xml);
    xml->append("</").append(name).append("Result>");
  }
  xml->append("<ResponseMetadata>");
  AppendElement("RequestId", answer.request_id, xml);
  xml->append("</ResponseMetadata></").append(name).append("Response>");
}

}  // namespace millrace::api
