#include "config/field_rules.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "text.h"

namespace dittofs::server {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

namespace {

std::string EnumText(const EnumDescriptor& type) {
  std::string text;
  for (int i = 0; i < type.value_count(); ++i) {
    if (i > 0) text += i + 1 == type.value_count() ? " or " : ", ";
    text += type.value(i)->name();
  }
  return text;
}

uint64_t Largest(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32 ? std::numeric_limits<uint32_t>::max()
                                                             : std::numeric_limits<uint64_t>::max();
}

bool IsNumber(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32 || field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
}

}  // namespace

const config::Rules& RulesOf(const FieldDescriptor& field) {
  return field.options().GetExtension(config::rules);
}

std::string NumberText(const FieldDescriptor& field, uint64_t value) {
  if (!RulesOf(field).octal()) return std::to_string(value);
  std::string digits;
  for (; value > 0; value /= 8) digits.insert(digits.begin(), static_cast<char>('0' + value % 8));
  return "0" + digits;
}

std::string AllowedText(const FieldDescriptor& field) {
  const config::Rules& rules = RulesOf(field);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumText(*field.enum_type());
    case FieldDescriptor::CPPTYPE_STRING:
      return rules.form();
    default:
      break;
  }
  if (!IsNumber(field)) return {};
  std::string text =
      Cat(NumberText(field, rules.min()), "..", NumberText(field, rules.has_max() ? rules.max() : Largest(field)));
  if (rules.has_multiple_of()) text += Cat(", a multiple of ", rules.multiple_of());
  if (rules.has_zero_means()) {
    text = rules.min() > 0 ? Cat(text, ", or 0 for \"", rules.zero_means(), "\"")
                           : Cat(text, ", 0 = ", rules.zero_means());
  }
  return text;
}

std::string DefaultText(const FieldDescriptor& field) {
  if (!field.has_default_value()) return {};
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return field.default_value_bool() ? "true" : "false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return field.default_value_enum()->name();
    case FieldDescriptor::CPPTYPE_UINT32:
      return NumberText(field, field.default_value_uint32());
    case FieldDescriptor::CPPTYPE_UINT64:
      return NumberText(field, field.default_value_uint64());
    case FieldDescriptor::CPPTYPE_STRING:
      return Cat('"', field.default_value_string(), '"');
    default:
      return {};
  }
}

std::string TypeText(const FieldDescriptor& field) {
  std::string text;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      text = "true/false";
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      text = "word";
      break;
    case FieldDescriptor::CPPTYPE_STRING:
      text = "text";
      break;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      text = field.message_type()->name();
      break;
    default:
      text = "number";
      break;
  }
  return field.is_repeated() ? "list of " + text : text;
}

std::string Nearest(std::string_view word, const std::vector<std::string>& words) {
  std::string nearest;
  size_t nearest_distance = (word.size() <= 3 ? 1 : std::max<size_t>(2, word.size() / 3)) + 1;  // Must be below.
  for (const std::string& candidate : words) {
    // Levenshtein's distance, one row at a time.
    std::vector<size_t> row(candidate.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 0; i < word.size(); ++i) {
      size_t diagonal = row[0];
      row[0] = i + 1;
      for (size_t j = 0; j < candidate.size(); ++j) {
        const size_t replaced = diagonal + (word[i] == candidate[j] ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
      }
    }
    if (row.back() < nearest_distance) {
      nearest_distance = row.back();
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace dittofs::server
