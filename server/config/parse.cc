#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>

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

constexpr int kMaxDepth = 16;

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

/// Every field of every message reachable from `type`.
void CollectFields(const Descriptor& type, std::set<const Descriptor*>& seen,
                   std::vector<const FieldDescriptor*>& fields) {
  if (!seen.insert(&type).second) return;
  for (int i = 0; i < type.field_count(); ++i) {
    fields.push_back(type.field(i));
    if (type.field(i)->message_type()) CollectFields(*type.field(i)->message_type(), seen, fields);
  }
}
std::vector<const FieldDescriptor*> AllFields() {
  std::set<const Descriptor*> seen;
  std::vector<const FieldDescriptor*> fields;
  CollectFields(*config::Config::descriptor(), seen, fields);
  return fields;
}

/// The text between the first pair of quotes at or after `from`.
std::string Quoted(std::string_view message, size_t from = 0) {
  const size_t start = message.find('"', from);
  if (start == std::string_view::npos) return {};
  return std::string(message.substr(start + 1, message.find('"', start + 1) - start - 1));
}

/// Turns what protobuf's parser says into what a person needs. Only the first error counts: what follows is mostly its
/// consequence.
class ErrorTranslator final : public google::protobuf::io::ErrorCollector {
 public:
  ErrorTranslator(std::string_view text, std::string file) : text_(text), file_(std::move(file)) {}

  void AddError(int line, google::protobuf::io::ColumnNumber column, const std::string& message) override {
    if (!problem_) problem_ = Translate(OffsetOf(line, column), message);
  }
  const std::optional<Problem>& problem() const { return problem_; }

 private:
  Problem Translate(size_t offset, const std::string& message) const {
    Problem problem;
    const auto begins = [&](std::string_view prefix) { return message.starts_with(prefix); };
    if (begins("Message type ")) {
      problem.field = Quoted(message, message.find("named"));
      problem.what = "there is no such field here";
      offset = BackTo(problem.field, offset);
      if (const Descriptor* type =
              config::Config::descriptor()->file()->pool()->FindMessageTypeByName(Quoted(message))) {
        std::vector<std::string> names;
        for (int i = 0; i < type->field_count(); ++i) names.push_back(type->field(i)->name());
        problem.allowed = Join(names, ", ");
        if (const std::string nearest = Nearest(problem.field, names); !nearest.empty()) {
          problem.what += Cat(", did you mean ", nearest, '?');
        }
      }
    } else if (begins("Unknown enumeration value of ")) {
      const std::string value = Quoted(message);
      problem.field = Quoted(message, message.find("for field"));
      problem.what = Cat("there is no value \"", value, '"');
      offset = BackTo(value, offset);
      problem.allowed = AllowedFor(problem.field);
    } else if (begins("Invalid value for boolean field ")) {
      problem.field = Quoted(message);
      problem.what = Cat("there is no value \"", Quoted(message, message.find("Value:")), '"');
      offset = BackTo(Quoted(message, message.find("Value:")), offset);
      problem.allowed = AllowedFor(problem.field);
    } else if (begins("Non-repeated field ")) {
      problem.field = Quoted(message);
      problem.what = "given twice";
      offset = BackTo(problem.field, offset);
    } else if (begins("Field ") && message.find("another member of oneof") != std::string::npos) {
      problem.field = Quoted(message);
      problem.what = Cat("given together with ", Quoted(message, message.find("along with")));
      problem.allowed = "one of them";
      offset = BackTo(problem.field, offset);
    } else if (begins("Expected ") || begins("Integer out of range") || begins("Double-")) {
      problem.field = FieldBefore(offset);
      problem.allowed = AllowedFor(problem.field);
      problem.what = begins("Integer")            ? "the number is out of bounds"
                     : message.ends_with("got: ") ? "the text ends too early: a '}' is missing?"
                                                  : FirstLower(message);
    } else {
      problem.field = FieldBefore(offset);
      problem.what = FirstLower(message);
    }
    while (!problem.what.empty() && problem.what.back() == '.') problem.what.pop_back();
    problem.where = Position(offset);
    return problem;
  }

  static std::string FirstLower(std::string text) {
    if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    return text;
  }

  /// What every field of that name allows, if they agree.
  static std::string AllowedFor(std::string_view name) {
    std::optional<std::string> allowed;
    for (const FieldDescriptor* field : AllFields()) {
      if (field->name() != name) continue;
      const std::string text = AllowedText(*field);
      if (allowed && *allowed != text) return {};
      allowed = text;
    }
    return allowed.value_or("");
  }

  /// Lines and columns as protobuf's tokenizer counts them: from 0, a tab goes to the next multiple of 8.
  size_t OffsetOf(int line, int column) const {
    size_t offset = 0;
    for (int i = 0; i < line; ++i) {
      const size_t end = text_.find('\n', offset);
      if (end == std::string_view::npos) return text_.size();
      offset = end + 1;
    }
    for (int at = 0; at < column && offset < text_.size() && text_[offset] != '\n'; ++offset) {
      at = text_[offset] == '\t' ? (at / 8 + 1) * 8 : at + 1;
    }
    return offset;
  }

  /// "file:line:column", columns in bytes from 1.
  std::string Position(size_t offset) const {
    offset = std::min(offset, text_.size());
    const std::string_view before = text_.substr(0, offset);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0.
    return Cat(file_, ':', line, ':', offset - line_start + 1);
  }

  /// The last place at or before `offset` where `word` stands; `offset` if there is none.
  size_t BackTo(std::string_view word, size_t offset) const {
    if (word.empty()) return offset;
    const size_t found = text_.rfind(word, offset);
    return found == std::string_view::npos ? offset : found;
  }

  /// The field whose value stands at `offset`, if a name and ':' come right before.
  std::string FieldBefore(size_t offset) const {
    size_t end = std::min(offset, text_.size());
    while (end > 0 && std::isspace(static_cast<unsigned char>(text_[end - 1]))) --end;
    if (end == 0 || text_[end - 1] != ':') return {};
    --end;
    while (end > 0 && std::isspace(static_cast<unsigned char>(text_[end - 1]))) --end;
    size_t start = end;
    while (start > 0 && IsWordCharacter(text_[start - 1])) --start;
    return std::string(text_.substr(start, end - start));
  }

  const std::string_view text_;
  const std::string file_;
  std::optional<Problem> problem_;
};

/// Enters the position of every value in `message` into `origins`.
void CollectOrigins(const Message& message, TextFormat::ParseInfoTree& tree, const std::string& file,
                    const std::string& prefix, std::map<std::string, std::string>& origins) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const int index = field->is_repeated() ? i : -1;
      const std::string path = field->is_repeated() ? Cat(prefix, field->name(), '[', i, ']') : prefix + field->name();
      const TextFormat::ParseLocation location = tree.GetLocation(field, index);
      if (location.line >= 0) origins[path] = Cat(file, ':', location.line + 1, ':', location.column + 1);
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
      if (TextFormat::ParseInfoTree* nested = tree.GetTreeForNested(field, index)) {
        const Message& inner = field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                                    : reflection.GetMessage(message, field);
        CollectOrigins(inner, *nested, file, path + ".", origins);
      }
    }
  }
}

}  // namespace

std::string Problem::ToString() const {
  std::string line = where;
  if (!field.empty()) line += (line.empty() ? "" : ": ") + field;
  line += (line.empty() ? "" : ": ") + what;
  if (!allowed.empty()) line += "; allowed: " + allowed;
  return line;
}

std::string Document::Where(std::string_view path) const {
  while (true) {
    if (const auto at = origins.find(std::string(path)); at != origins.end()) return at->second;
    const size_t dot = path.rfind('.');
    if (dot == std::string_view::npos) return file;
    path = path.substr(0, dot);
  }
}

void ParseText(std::string_view text, const std::string& file, Document& document, std::vector<Problem>& problems) {
  document.file = file;
  if (text.size() > kMaxConfigBytes) {
    problems.push_back({file, "", "the file is longer than 1 MiB", ""});
    return;
  }
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    problems.push_back({file, "", Cat("byte ", nul, " is NUL: this is not a text file"), ""});
    return;
  }
  ErrorTranslator errors(text, file);
  TextFormat::ParseInfoTree tree;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.WriteLocationsTo(&tree);
  parser.SetRecursionLimit(kMaxDepth);
  google::protobuf::io::ArrayInputStream input(text.data(), static_cast<int>(text.size()));
  if (!parser.Parse(&input, &document.config) || errors.problem()) {
    problems.push_back(errors.problem().value_or(Problem{file, "", "the file can't be read as protobuf text", ""}));
    return;
  }
  CollectOrigins(document.config, tree, file, "", document.origins);
}

}  // namespace dittofs::server
