#include <filesystem>
#include <map>
#include <set>

#include "config/document.h"
#include "config/field_rules.h"
#include "config/library_options.h"
#include "dittofs/nfs.h"
#include "text.h"

namespace dittofs::server {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::string_view kOptionPrefix = "NfsOptions::";

/// Checks a Document and collects what is wrong.
class Validator {
 public:
  Validator(const std::string& working_directory, Document& document, std::vector<Problem>& problems)
      : working_directory_(working_directory), document_(document), problems_(problems) {}

  void Run() {
    config::Config& config = document_.config;
    CheckRules(config, "");
    if (config.has_data_directory() && !config.data_directory().empty()) {
      config.set_data_directory(Absolute(working_directory_, config.data_directory()));
    }
    if (!config.log().file().empty()) {
      config.mutable_log()->set_file(Absolute(working_directory_, config.log().file()));
    }
    CheckMetadataStores();
    CheckBlockStores();
    CheckShares();
    CheckNfs();
  }

 private:
  void Report(const std::string& path, std::string what, std::string allowed = {}) {
    problems_.push_back({document_.Where(path), path, std::move(what), std::move(allowed)});
  }

  static std::string Absolute(const std::string& base, const std::string& path) {
    std::filesystem::path absolute = (std::filesystem::path(base) / path).lexically_normal();
    if (!absolute.has_filename() && absolute.has_parent_path() && absolute != absolute.root_path()) {
      absolute = absolute.parent_path();  // "dir/" is "dir".
    }
    return absolute.string();
  }

  // What the schema says as data.

  void CheckRules(const Message& message, const std::string& prefix) {
    const Reflection& reflection = *message.GetReflection();
    const auto& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      const config::Rules& rules = RulesOf(field);
      const std::string path = prefix + field.name();
      if (!field.is_repeated()) {
        const bool given = reflection.HasField(message, &field);
        if (rules.required() && !given) {
          const std::string parent = prefix.substr(0, prefix.empty() ? 0 : prefix.size() - 1);
          problems_.push_back({document_.Where(parent), path, "must be given", AllowedText(field)});
        }
        if (!given) continue;
        if (field.message_type()) {
          CheckRules(reflection.GetMessage(message, &field), path + ".");
        } else {
          CheckValue(message, field, -1, path);
        }
        continue;
      }
      const int count = reflection.FieldSize(message, &field);
      if (rules.has_max_entries() && count > static_cast<int>(rules.max_entries())) {
        Report(Cat(path, '[', rules.max_entries(), ']'), "too many entries", Cat("at most ", rules.max_entries()));
      }
      for (int index = 0; index < count; ++index) {
        const std::string entry = Cat(path, '[', index, ']');
        if (field.message_type()) {
          CheckRules(reflection.GetRepeatedMessage(message, &field, index), entry + ".");
        } else {
          CheckValue(message, field, index, entry);
        }
      }
    }
  }

  /// `index` is -1 for a field that is not repeated.
  void CheckValue(const Message& message, const FieldDescriptor& field, int index, const std::string& path) {
    const Reflection& reflection = *message.GetReflection();
    const config::Rules& rules = RulesOf(field);
    uint64_t number = 0;
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING: {
        const std::string text =
            index < 0 ? reflection.GetString(message, &field) : reflection.GetRepeatedString(message, &field, index);
        if (text.size() > rules.max_bytes()) {
          Report(path, Cat("the text is longer than ", rules.max_bytes(), " bytes"), AllowedText(field));
        }
        if (text.empty() && (rules.required() || index >= 0)) Report(path, "is empty", AllowedText(field));
        for (const char c : text) {
          if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) continue;
          Report(path, "the text has a control character", AllowedText(field));
          break;
        }
        return;
      }
      case FieldDescriptor::CPPTYPE_UINT32:
        number = reflection.GetUInt32(message, &field);
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        number = reflection.GetUInt64(message, &field);
        break;
      default:
        return;
    }
    if (number == 0 && rules.has_zero_means()) return;
    const bool too_large = rules.has_max() && number > rules.max();
    const bool uneven = rules.has_multiple_of() && number % rules.multiple_of() != 0;
    if (number < rules.min() || too_large || uneven) {
      Report(path, Cat("is ", NumberText(field, number)), AllowedText(field));
    }
  }

  // What one value says about another.

  static bool IsStoreName(std::string_view name) {
    for (const char c : name) {
      const bool good =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
      if (!good) return false;
    }
    return true;
  }

  /// Names must be unique among `names`.
  void CheckName(const std::string& path, const std::string& name, const FieldDescriptor& field,
                 std::map<std::string, std::string>& names) {
    if (name.empty()) return;  // Said already.
    const auto [at, added] = names.emplace(name, document_.Where(path));
    if (!added) Report(path, Cat("\"", name, "\" is declared already at ", at->second), "a name of its own");
    if (!IsStoreName(name)) Report(path, Cat('"', name, "\" has a character that is not allowed"), AllowedText(field));
  }

  /// Stores have a directory of their own.
  std::string ClaimDirectory(const std::string& path, const std::string& given, const std::string& otherwise) {
    const std::string& data_directory = document_.config.data_directory();
    const std::string relative = given.empty() ? otherwise : given;
    const bool is_absolute = std::filesystem::path(relative).is_absolute();
    if (data_directory.empty() && !is_absolute) {
      Report(path, "needs a directory", "an absolute path, or a data_directory to put it in");
      return given;
    }
    const std::string directory = Absolute(data_directory, relative);
    const auto [at, added] = directories_.emplace(directory, document_.Where(path));
    if (!added)
      Report(path, Cat(directory, " belongs to another store already, at ", at->second), "a directory of its own");
    if (directory == data_directory) Report(path, "is the data directory itself", "a directory of its own");
    return directory;
  }

  void CheckMetadataStores() {
    std::map<std::string, std::string> names;
    for (int i = 0; i < document_.config.metadata_stores_size(); ++i) {
      config::MetadataStore& store = *document_.config.mutable_metadata_stores(i);
      const std::string path = Cat("metadata_stores[", i, ']');
      CheckName(path + ".name", store.name(), *store.GetDescriptor()->FindFieldByName("name"), names);
      if (store.kind_case() == config::MetadataStore::KIND_NOT_SET)
        Report(path, "has no kind", "memory {} or leveldb {}");
      if (store.has_leveldb()) {
        store.mutable_leveldb()->set_directory(
            ClaimDirectory(path + ".leveldb.directory", store.leveldb().directory(), "metadata-" + store.name()));
      }
    }
  }

  void CheckBlockStores() {
    std::map<std::string, std::string> names;
    for (int i = 0; i < document_.config.block_stores_size(); ++i) {
      config::BlockStore& store = *document_.config.mutable_block_stores(i);
      const std::string path = Cat("block_stores[", i, ']');
      CheckName(path + ".name", store.name(), *store.GetDescriptor()->FindFieldByName("name"), names);
      if (store.kind_case() == config::BlockStore::KIND_NOT_SET)
        Report(path, "has no kind", "memory {} or filesystem {}");
      if (store.has_filesystem()) {
        store.mutable_filesystem()->set_directory(
            ClaimDirectory(path + ".filesystem.directory", store.filesystem().directory(), "blocks-" + store.name()));
      }
    }
  }

  template <typename Stores>
  static auto FindStore(const Stores& stores, const std::string& name) -> decltype(&stores[0]) {
    for (const auto& store : stores) {
      if (store.name() == name) return &store;
    }
    return nullptr;
  }
  template <typename Stores>
  static std::string Names(const Stores& stores) {
    std::vector<std::string> names;
    for (const auto& store : stores) names.push_back(store.name());
    return names.empty() ? "none is declared" : Join(names, ", ");
  }

  void CheckShares() {
    const config::Config& config = document_.config;
    std::map<std::string, std::string> names;
    std::map<uint32_t, std::string> ids;
    for (int i = 0; i < config.shares_size(); ++i) {
      const config::Share& share = config.shares(i);
      const std::string path = Cat("shares[", i, ']');
      if (!share.name().empty()) CheckShare(share, path, names);
      if (share.id() != 0 && !ids.emplace(share.id(), share.name()).second) {
        Report(path + ".id", Cat("share \"", ids[share.id()], "\" has the id ", share.id(), " already"),
               "an id of its own");
      }
      const config::MetadataStore* metadata = FindStore(config.metadata_stores(), share.metadata_store());
      if (metadata == nullptr && !share.metadata_store().empty()) {
        Report(path + ".metadata_store", Cat("no metadata store is called \"", share.metadata_store(), '"'),
               Names(config.metadata_stores()));
      }
      const config::BlockStore* blocks = FindStore(config.block_stores(), share.block_store());
      if (blocks == nullptr && !share.block_store().empty()) {
        Report(path + ".block_store", Cat("no block store is called \"", share.block_store(), '"'),
               Names(config.block_stores()));
      }
      if (share.durability() != config::Share::local) continue;
      if (metadata != nullptr && metadata->has_memory()) {
        Report(path + ".durability",
               Cat("is local, but metadata store \"", metadata->name(), "\" ends with the server"),
               "memory, or a leveldb store");
      }
      if (blocks != nullptr && (blocks->has_memory() || (blocks->has_filesystem() && !blocks->filesystem().sync()))) {
        Report(path + ".durability",
               Cat("is local, but block store \"", blocks->name(),
                   blocks->has_memory() ? "\" ends with the server" : "\" does not sync"),
               "memory, or a filesystem store with sync");
      }
    }
  }

  void CheckShare(const config::Share& share, const std::string& path, std::map<std::string, std::string>& names) {
    const auto [at, added] = names.emplace(share.name(), document_.Where(path + ".name"));
    if (!added)
      Report(path + ".name", Cat('"', share.name(), "\" is declared already at ", at->second), "a name of its own");
    // The library decides what it takes; each part alone, so that the position is right.
    ShareOptions options;
    options.name = share.name();
    if (const Status name = CheckShareOptions(options); !name.ok()) {
      Report(path + ".name", std::string(name.message()), AllowedText(*share.GetDescriptor()->FindFieldByName("name")));
      options.name = "/x";
    }
    for (int i = 0; i < share.clients_size(); ++i) {
      const std::string& pattern = share.clients(i).pattern();
      options.clients = {{pattern, {}, {}}};
      if (pattern.empty() || CheckShareOptions(options).ok()) continue;
      Report(Cat(path, ".clients[", i, "].pattern"), Cat('"', pattern, "\" is no pattern for clients"),
             AllowedText(*share.clients(i).GetDescriptor()->FindFieldByName("pattern")));
    }
  }

  void CheckNfs() {
    const config::Nfs& nfs = document_.config.nfs();
    for (int i = 0; i < nfs.addresses_size(); ++i) {
      if (nfs.addresses(i).empty() || ParseAddress(nfs.addresses(i)).ok()) continue;
      Report(Cat("nfs.addresses[", i, ']'), Cat('"', nfs.addresses(i), "\" is not a numeric address"),
             AllowedText(*nfs.GetDescriptor()->FindFieldByName("addresses")));
    }
    // How fields go together the library knows itself; each alone is good by now.
    if (!problems_.empty()) return;
    if (const auto adapter = MakeNfsAdapter(NfsOptionsOf(nfs)); !adapter.ok()) {
      // "NfsOptions::FIELD RULE"
      std::string_view message = adapter.status().message();
      if (message.starts_with(kOptionPrefix)) message.remove_prefix(kOptionPrefix.size());
      const size_t space = message.find(' ');
      Report(Cat("nfs.", message.substr(0, space)),
             std::string(space == std::string_view::npos ? message : message.substr(space + 1)));
    }
  }

  const std::string& working_directory_;
  Document& document_;
  std::vector<Problem>& problems_;
  std::map<std::string, std::string> directories_;  ///< Of stores, and where each was declared.
};

}  // namespace

void Validate(const std::string& working_directory, Document& document, std::vector<Problem>& problems) {
  Validator(working_directory, document, problems).Run();
}

}  // namespace dittofs::server
