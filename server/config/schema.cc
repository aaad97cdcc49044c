#include "config/schema.h"

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "config/dittofs.pb.h"
#include "config/document.h"
#include "config/field_rules.h"
#include "config/schema_bytes.h"
#include "text.h"

namespace dittofs::server {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::SourceLocation;

namespace {

constexpr size_t kLineWidth = 110;

/// What `dittofs init` sets; everything else stays a comment.
const std::map<std::string, std::string, std::less<>>& ExampleValues() {
  static const std::map<std::string, std::string, std::less<>> values = {
      {"metadata_stores.name", "\"main\""}, {"metadata_stores.leveldb", ""}, {"block_stores.name", "\"main\""},
      {"block_stores.filesystem", ""},      {"shares.name", "\"/export\""},  {"shares.metadata_store", "\"main\""},
      {"shares.block_store", "\"main\""},   {"shares.root_mode", "01777"},
  };
  return values;
}

void AppendWrapped(std::string_view comment, const std::string& indent, std::string& text) {
  std::string line = indent + "#";
  for (const std::string& word : Split(comment, ' ')) {
    if (line.size() + word.size() + 1 > kLineWidth) {
      text += line + "\n";
      line = indent + "#";
    }
    line += " " + word;
  }
  text += line + "\n";
}

std::string Escaped(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

std::string Anchor(const Descriptor& message) {
  std::string anchor = message.name();
  for (char& c : anchor) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return anchor;
}

std::string_view WhenApplied(const FieldDescriptor& field) {
  return RulesOf(field).live() ? "at reload" : "at start";
}

}  // namespace

Schema::Schema() : pool_(std::make_unique<google::protobuf::DescriptorPool>()) {
  google::protobuf::FileDescriptorSet files;
  // Made by the build; a program that carries a broken one was built wrong.
  if (!files.ParseFromArray(kSchemaBytes, static_cast<int>(sizeof kSchemaBytes))) std::abort();
  for (const auto& file : files.file()) {
    if (pool_->BuildFile(file) == nullptr) std::abort();
  }
}

template <typename D>
std::string Schema::Comment(const D& descriptor) {
  SourceLocation location;
  if (!descriptor.GetSourceLocation(&location)) return {};
  std::string text;
  for (const std::string& line : Split(location.leading_comments, '\n')) {
    if (!line.empty()) text += (text.empty() ? "" : " ") + line;
  }
  return text;
}

const Descriptor& Schema::Root() const {
  return *pool_->FindMessageTypeByName("dittofs.config.Config");
}

const FieldDescriptor& Schema::Own(const FieldDescriptor& field) {
  return *config::Config::descriptor()->file()->pool()->FindFieldByName(field.full_name());
}

std::vector<const Descriptor*> Schema::Messages() const {
  std::vector<const Descriptor*> messages = {&Root()};
  for (size_t i = 0; i < messages.size(); ++i) {
    for (int j = 0; j < messages[i]->field_count(); ++j) {
      const Descriptor* inner = messages[i]->field(j)->message_type();
      if (inner && std::find(messages.begin(), messages.end(), inner) == messages.end()) messages.push_back(inner);
    }
  }
  return messages;
}

void Schema::AppendMarkdown(const Descriptor& message, std::string& text) const {
  text += Cat("\n## ", message.name(), "\n\n", Comment(message), "\n\n");
  text += "| field | type | default | allowed | changes apply | meaning |\n|---|---|---|---|---|---|\n";
  std::vector<const EnumDescriptor*> enums;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const FieldDescriptor& own = Own(field);
    std::string type = TypeText(own);
    if (const Descriptor* inner = field.message_type()) {
      type = Cat(field.is_repeated() ? "list of " : "", "[", inner->name(), "](#", Anchor(*inner), ")");
    }
    std::string fallback = DefaultText(own);
    if (RulesOf(own).required()) fallback = "required";
    const std::string allowed = AllowedText(own);
    text += Cat("| `", field.name(), "` | ", type, " | ", fallback.empty() ? "" : Cat('`', fallback, '`'), " | ",
                Escaped(allowed), " | ", field.message_type() && !field.is_repeated() ? "" : WhenApplied(own), " | ",
                Escaped(Comment(field)), " |\n");
    const EnumDescriptor* words = field.enum_type();
    if (words && std::find(enums.begin(), enums.end(), words) == enums.end()) enums.push_back(words);
  }
  for (const EnumDescriptor* words : enums) {
    text += Cat('\n', words->name(), ":\n\n");
    for (int i = 0; i < words->value_count(); ++i) {
      text += Cat("- `", words->value(i)->name(), "`: ", Comment(*words->value(i)), '\n');
    }
  }
}

std::string Schema::Markdown() const {
  std::string text =
      "# Configuration of the reference server\n"
      "\n"
      "<!-- Generated from server/config/dittofs.proto by `dittofs config schema --markdown`; a test compares. -->\n"
      "\n"
      "`dittofs start --config FILE` reads a file in protobuf text format, whose top level is a [Config](#config).\n"
      "`dittofs init` writes a commented one, `dittofs config validate` checks it without touching anything else, and\n"
      "`dittofs config show` prints what is in force.\n"
      "\n"
      "Three sources, later ones win: the file; environment variables; flags. A variable is `DITTOFS_` and the path of "
      "the\n"
      "field in capitals with `_` between its parts, so `DITTOFS_NFS_PORT` sets `nfs.port`; lists of text are "
      "separated by\n"
      "commas. `--set nfs.port=2049` does the same on the command line. Stores and shares are declared in the file "
      "only.\n"
      "`DITTOFS_CONFIG` names the file where `--config` is not given.\n"
      "\n"
      "A mistake is reported as `file:line:column: field: what is wrong; allowed: what would be right`, with exit "
      "status 2;\n"
      "nothing is made or started then. Unknown fields, wrong types, values out of bounds, duplicate names and "
      "references\n"
      "to stores that are not declared are all mistakes.\n"
      "\n"
      "*Changes apply*: `at reload` means that SIGHUP (`dittofs reload`) is enough; the log names every change that "
      "has to\n"
      "wait for a restart. Changing a share's other fields, or a store, needs a restart; adding stores and adding and\n"
      "removing shares does not.\n"
      "\n"
      "Numbers may be written in decimal, in hexadecimal (`0x10`) or in octal (`020`).\n";
  for (const Descriptor* message : Messages()) AppendMarkdown(*message, text);
  text += "\n## Environment variables\n\n| variable | field |\n|---|---|\n";
  for (const std::string& path : OverridablePaths()) text += Cat("| `", VariableName(path), "` | `", path, "` |\n");
  return text;
}

void Schema::AppendTable(const Descriptor& message, const std::string& prefix, std::string& text) const {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const FieldDescriptor& own = Own(field);
    const std::string path = Cat(prefix, field.name(), field.is_repeated() ? "[]" : "");
    if (field.message_type()) {
      AppendTable(*field.message_type(), path + ".", text);
      continue;
    }
    std::string line = path;
    const auto column = [&](size_t at, const std::string& cell) {
      line.append(line.size() < at ? at - line.size() : 1, ' ').append(cell);
    };
    column(40, TypeText(own));
    column(54, RulesOf(own).required() ? "required" : DefaultText(own).empty() ? "-" : DefaultText(own));
    column(70, AllowedText(own));
    text += std::string(line, 0, line.find_last_not_of(' ') + 1) + "\n";
  }
}

std::string Schema::Table() const {
  std::string text = "field                                   type          default         allowed\n";
  AppendTable(Root(), "", text);
  return text;
}

void Schema::AppendTemplate(const Descriptor& message, const std::string& prefix, int depth,
                            std::string_view data_directory, std::string& text) const {
  const std::string indent(static_cast<size_t>(depth) * 2, ' ');
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const FieldDescriptor& own = Own(field);
    const std::string path = prefix + field.name();
    const auto example = ExampleValues().find(path);
    if (depth == 0 || field.message_type() == nullptr) text += i == 0 ? "" : "\n";
    AppendWrapped(Comment(field), indent, text);
    if (const Descriptor* inner = field.message_type()) {
      const bool shown = field.containing_oneof() == nullptr || example != ExampleValues().end();
      // Clients are an example only: an example in force would lock everybody else out.
      if (!shown || path == "shares.clients") {
        text += Cat(indent, "# ", field.name(), path == "shares.clients" ? " { pattern: \"192.168.0.0/16\" }" : " { }",
                    '\n');
        continue;
      }
      text += Cat(indent, field.name(), " {\n");
      AppendTemplate(*inner, path + ".", depth + 1, data_directory, text);
      text += indent + "}\n";
      continue;
    }
    if (const std::string allowed = AllowedText(own); !allowed.empty())
      AppendWrapped("Allowed: " + allowed, indent, text);
    if (path == "data_directory") {
      text += Cat(indent, field.name(), ": \"", data_directory, "\"\n");
    } else if (example != ExampleValues().end()) {
      text += Cat(indent, field.name(), ": ", example->second, '\n');
    } else {
      const std::string fallback = field.is_repeated() ? "[]" : DefaultText(own);
      text += Cat(indent, "# ", field.name(), ": ", fallback.empty() ? "\"\"" : fallback, '\n');
    }
  }
}

std::string Schema::Template(std::string_view data_directory) const {
  std::string text =
      "# Configuration of dittofs. Check it with `dittofs config validate --config FILE`, start the server with\n"
      "# `dittofs start --config FILE`. Lines that begin with '#' show defaults. Everything about every field:\n"
      "# docs/configuration.md, or `dittofs config schema`.\n"
      "\n";
  AppendTemplate(Root(), "", 0, data_directory, text);
  return text;
}

}  // namespace dittofs::server
