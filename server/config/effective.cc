#include <google/protobuf/text_format.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>

#include "config/document.h"
#include "config/field_rules.h"
#include "text.h"

namespace dittofs::server {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::TextFormat;

/// Writes every default into `message`, so that it is printed.
void FillDefaults(Message& message) {
  const Reflection& reflection = *message.GetReflection();
  const Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (field->is_repeated()) {
      const int count = field->message_type() ? reflection.FieldSize(message, field) : 0;
      for (int j = 0; j < count; ++j) FillDefaults(*reflection.MutableRepeatedMessage(&message, field, j));
      continue;
    }
    const bool given = reflection.HasField(message, field);
    if (field->message_type()) {
      if (given || field->containing_oneof() == nullptr) FillDefaults(*reflection.MutableMessage(&message, field));
      continue;
    }
    if (given || !field->has_default_value()) continue;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        reflection.SetBool(&message, field, field->default_value_bool());
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        reflection.SetEnum(&message, field, field->default_value_enum());
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        reflection.SetUInt32(&message, field, field->default_value_uint32());
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        reflection.SetUInt64(&message, field, field->default_value_uint64());
        break;
      default:
        break;
    }
  }
}

class OctalPrinter final : public TextFormat::FastFieldValuePrinter {
 public:
  explicit OctalPrinter(const FieldDescriptor& field) : field_(field) {}
  void PrintUInt32(uint32_t value, TextFormat::BaseTextGenerator* generator) const override {
    generator->PrintString(NumberText(field_, value));
  }

 private:
  const FieldDescriptor& field_;
};

void RegisterOctal(const Descriptor& type, TextFormat::Printer& printer) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (field->message_type()) RegisterOctal(*field->message_type(), printer);
    if (!RulesOf(*field).octal()) continue;
    auto octal = std::make_unique<OctalPrinter>(*field);
    if (printer.RegisterFieldValuePrinter(field, octal.get())) octal.release();  // The printer owns it then.
  }
}

}  // namespace

std::string EffectiveText(const Document& document) {
  config::Config effective = document.config;
  FillDefaults(effective);
  std::string text;
  for (const std::string& path : document.overridden)
    text += Cat("# ", path, " comes from ", document.Where(path), '\n');
  TextFormat::Printer printer;
  RegisterOctal(*config::Config::descriptor(), printer);
  std::string body;
  printer.PrintToString(effective, &body);
  return text + body;
}

Document LoadFile(const std::string& file, const Overrides& overrides, std::vector<Problem>& problems,
                  const std::string& working_directory) {
  Document document;
  document.file = file;
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    problems.push_back({file, "", "is a directory, not a configuration file", ""});
    return document;
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    problems.push_back(
        {file, "", Cat("can't be read: ", std::error_code(errno, std::generic_category()).message()), ""});
    return document;
  }
  std::string text;
  char chunk[4096];
  while (text.size() <= kMaxConfigBytes && (stream.read(chunk, sizeof chunk), stream.gcount() > 0)) {
    text.append(chunk, static_cast<size_t>(stream.gcount()));
  }
  ParseText(text, file, document, problems);
  if (!problems.empty()) return document;
  ApplyOverrides(overrides, document, problems);
  if (!problems.empty()) return document;
  Validate(working_directory.empty() ? std::filesystem::current_path(error).string() : working_directory, document,
           problems);
  return document;
}

}  // namespace dittofs::server
