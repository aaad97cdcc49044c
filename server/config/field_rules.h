#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>
#include <vector>

#include "config/rules.pb.h"

namespace dittofs::server {

/// What the schema says about `field`, as data.
const config::Rules& RulesOf(const google::protobuf::FieldDescriptor& field);
/// What a value of `field` may be, for people: "true or false", "0..65535", "none, root or all". Empty if anything
/// goes.
std::string AllowedText(const google::protobuf::FieldDescriptor& field);
/// The default as it would be written in a file; empty if there is none.
std::string DefaultText(const google::protobuf::FieldDescriptor& field);
/// "number", "text", "true/false", "list of …": the type in a reader's words.
std::string TypeText(const google::protobuf::FieldDescriptor& field);
/// A whole number as written in a file: octal if the rules say so.
std::string NumberText(const google::protobuf::FieldDescriptor& field, uint64_t value);

/// The one of `words` that `word` is most likely a slip of; empty if none is near.
std::string Nearest(std::string_view word, const std::vector<std::string>& words);

}  // namespace dittofs::server
