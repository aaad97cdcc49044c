#pragma once

#include <google/protobuf/descriptor.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dittofs::server {

/// The schema with its comments, which the program carries inside it: where docs/configuration.md, the commented
/// configuration of `dittofs init` and `dittofs config schema` come from.
class Schema {
 public:
  Schema();

  /// docs/configuration.md.
  std::string Markdown() const;
  /// One line per field: path, type, default, what is allowed.
  std::string Table() const;
  /// A commented configuration: one share over LevelDB and a directory of blocks, everything else as comments.
  std::string Template(std::string_view data_directory) const;

 private:
  /// The comment before a message, field or value, as one line per paragraph.
  template <typename Descriptor>
  static std::string Comment(const Descriptor& descriptor);
  const google::protobuf::Descriptor& Root() const;
  /// Messages reachable from the root, in the order they are first named.
  std::vector<const google::protobuf::Descriptor*> Messages() const;
  /// The same field of the program's own schema: that one knows the rules.
  static const google::protobuf::FieldDescriptor& Own(const google::protobuf::FieldDescriptor& field);

  void AppendMarkdown(const google::protobuf::Descriptor& message, std::string& text) const;
  void AppendTable(const google::protobuf::Descriptor& message, const std::string& prefix, std::string& text) const;
  void AppendTemplate(const google::protobuf::Descriptor& message, const std::string& prefix, int depth,
                      std::string_view data_directory, std::string& text) const;

  std::unique_ptr<google::protobuf::DescriptorPool> pool_;
};

}  // namespace dittofs::server
