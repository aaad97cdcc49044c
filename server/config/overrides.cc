#include <charconv>
#include <cstdlib>
#include <limits>

#include "config/document.h"
#include "config/field_rules.h"
#include "text.h"

extern "C" char** environ;  // NOLINT: POSIX

namespace dittofs::server {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::string_view kPrefix = "DITTOFS_";
/// Names the configuration file; no field of it.
constexpr std::string_view kConfigVariable = "DITTOFS_CONFIG";

void CollectPaths(const Descriptor& type, const std::string& prefix, std::vector<std::string>& paths) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      paths.push_back(prefix + field.name());
    } else if (!field.is_repeated()) {
      CollectPaths(*field.message_type(), Cat(prefix, field.name(), '.'), paths);
    }
  }
}

/// Whole numbers as in the file: decimal, 0x… or 0….
bool ParseNumber(std::string_view text, uint64_t& value) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text[0] == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

/// Sets one value of `message`; what is wrong, or empty.
std::string SetScalar(Message& message, const FieldDescriptor& field, const std::string& text) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      if (text != "true" && text != "false") return Cat("there is no value \"", text, '"');
      reflection.SetBool(&message, &field, text == "true");
      return {};
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value = field.enum_type()->FindValueByName(text);
      if (value == nullptr) return Cat("there is no value \"", text, '"');
      reflection.SetEnum(&message, &field, value);
      return {};
    }
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64: {
      uint64_t value = 0;
      if (!ParseNumber(text, value)) return Cat('"', text, "\" is not a whole number");
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64) {
        reflection.SetUInt64(&message, &field, value);
      } else if (value <= std::numeric_limits<uint32_t>::max()) {
        reflection.SetUInt32(&message, &field, static_cast<uint32_t>(value));
      } else {
        return "the number is out of bounds";
      }
      return {};
    }
    case FieldDescriptor::CPPTYPE_STRING:
      reflection.SetString(&message, &field, text);
      return {};
    default:
      return "can be set in the configuration file only";
  }
}

/// `origin` is the variable or flag, for messages.
void SetPath(const std::string& path, const std::string& text, const std::string& origin, Document& document,
             std::vector<Problem>& problems) {
  Message* message = &document.config;
  const FieldDescriptor* field = nullptr;
  for (const std::string& name : Split(path, '.')) {
    if (field != nullptr) {
      message = message->GetReflection()->MutableMessage(message, field);
    }
    field = message->GetDescriptor()->FindFieldByName(name);
  }
  document.origins[path] = origin;
  document.overridden.push_back(path);
  std::string wrong;
  if (!field->is_repeated()) {
    wrong = SetScalar(*message, *field, text);
  } else {
    const Reflection& reflection = *message->GetReflection();
    reflection.ClearField(message, field);
    const std::vector<std::string> values = Split(text, ',');
    for (size_t i = 0; i < values.size(); ++i) {
      reflection.AddString(message, field, values[i]);
      document.origins[Cat(path, '[', i, ']')] = origin;
    }
  }
  if (!wrong.empty()) problems.push_back({origin, path, wrong, AllowedText(*field)});
}

}  // namespace

std::vector<std::pair<std::string, std::string>> ProcessEnvironment() {
  std::vector<std::pair<std::string, std::string>> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

std::vector<std::string> OverridablePaths() {
  std::vector<std::string> paths;
  CollectPaths(*config::Config::descriptor(), "", paths);
  return paths;
}

std::string VariableName(std::string_view path) {
  std::string name(kPrefix);
  for (const char c : path)
    name.push_back(c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c));
  return name;
}

void ApplyOverrides(const Overrides& overrides, Document& document, std::vector<Problem>& problems) {
  const std::vector<std::string> paths = OverridablePaths();
  for (const auto& [name, value] : overrides.environment) {
    if (!name.starts_with(kPrefix) || name == kConfigVariable) continue;
    std::vector<std::string> names;
    const std::string* found = nullptr;
    for (const std::string& path : paths) {
      names.push_back(VariableName(path));
      if (names.back() == name) found = &path;
    }
    if (found != nullptr) {
      SetPath(*found, value, name, document, problems);
      continue;
    }
    const std::string nearest = Nearest(name, names);
    problems.push_back({name, "",
                        Cat("this environment variable names no field", nearest.empty() ? "" : ", did you mean ",
                            nearest, nearest.empty() ? "" : "?"),
                        "what `dittofs config schema` lists"});
  }
  for (const auto& [path, value, name] : overrides.flags) {
    const std::string origin = name.empty() ? "--set " + path : name;
    bool known = false;
    for (const std::string& candidate : paths) known = known || candidate == path;
    if (known) {
      SetPath(path, value, origin, document, problems);
      continue;
    }
    const std::string nearest = Nearest(path, paths);
    problems.push_back(
        {origin, "",
         Cat("there is no such field", nearest.empty() ? "" : ", did you mean ", nearest, nearest.empty() ? "" : "?"),
         "what `dittofs config schema` lists"});
  }
}

}  // namespace dittofs::server
