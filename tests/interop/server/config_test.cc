// The reference server's configuration, without a server: parsing, overrides, validation and what is made of it.
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <string>

#include "catch.h"
#include "config/document.h"
#include "config/field_rules.h"
#include "config/library_options.h"
#include "config/schema.h"

namespace dittofs::server {
namespace {

/// A good configuration, whose lines tests replace or add to.
constexpr char kGood[] = R"(data_directory: "/var/lib/d"
metadata_stores { name: "names" leveldb {} }
block_stores { name: "content" filesystem {} }
shares { name: "/a" metadata_store: "names" block_store: "content" }
)";

struct Loaded {
  Document document;
  std::vector<Problem> problems;
  /// All of them, one per line.
  std::string Text() const {
    std::string text;
    for (const Problem& problem : problems) text += problem.ToString() + "\n";
    return text;
  }
};

Loaded Load(const std::string& text, const Overrides& overrides = {}) {
  Loaded loaded;
  ParseText(text, "f", loaded.document, loaded.problems);
  if (loaded.problems.empty()) ApplyOverrides(overrides, loaded.document, loaded.problems);
  if (loaded.problems.empty()) Validate("/cwd", loaded.document, loaded.problems);
  return loaded;
}
std::string Problems(const std::string& text, const Overrides& overrides = {}) {
  return Load(text, overrides).Text();
}

bool Contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("A good configuration has no problems") {
  CHECK(Problems(kGood).empty());
}

TEST_CASE("An empty configuration is good") {
  CHECK(Problems("").empty());
}

TEST_CASE("An unknown field is named with its position, what is known and what was meant") {
  CHECK(Problems("nfs {\n  prot: 3\n}")
            .starts_with("f:2:3: prot: there is no such field here, did you mean port?; allowed: addresses, port, "));
}

TEST_CASE("A value of the wrong type is named with its field, position and bounds") {
  CHECK(Problems("nfs { port: \"abc\" }") ==
        "f:1:13: port: expected integer, got: \"abc\"; allowed: 0..65535, 0 = any free port\n");
  CHECK(Problems("shares { name: 5 }") == "f:1:16: name: expected string, got: 5\n");
}

TEST_CASE("A number that its type can't hold is out of bounds") {
  CHECK(Problems("nfs { port: 99999999999 }") ==
        "f:1:13: port: the number is out of bounds; allowed: 0..65535, 0 = any free port\n");
  CHECK(Contains(Problems("nfs { port: -1 }"), "f:1:13: port: "));
}

TEST_CASE("An unknown word is answered with the known ones") {
  CHECK(Problems("log { level: loud }") ==
        "f:1:14: level: there is no value \"loud\"; allowed: debug, info, warning or error\n");
}

TEST_CASE("A wrong truth value is answered with the two right ones") {
  CHECK(Problems("shares { read_only: maybe }") ==
        "f:1:21: read_only: there is no value \"maybe\"; allowed: true or false\n");
}

TEST_CASE("A field given twice is a problem") {
  CHECK(Problems("nfs { port: 1 port: 2 }") == "f:1:15: port: given twice\n");
}

TEST_CASE("Two kinds of one store are a problem") {
  CHECK(Contains(Problems("metadata_stores { name: \"a\" memory {} leveldb {} }"),
                 "leveldb: given together with memory"));
}

TEST_CASE("A tab before a mistake does not move its column") {
  CHECK(Problems("nfs {\n\tprot: 3 }").starts_with("f:2:2: prot: "));
}

TEST_CASE("Text that ends too early says so") {
  CHECK(Contains(Problems("nfs {"), "ends too early"));
}

TEST_CASE("What is no text at all is a problem, not a crash") {
  CHECK_FALSE(Problems(std::string("\0\1\2", 3)).empty());
  CHECK_FALSE(Problems("\xff\xfe").empty());
  CHECK_FALSE(Problems(std::string(2 << 20, ' ')).empty());
}

TEST_CASE("Every problem of a configuration is reported, each with its own place") {
  const Loaded loaded = Load(R"(nfs { port: 70000 max_threads: 1 }
cache { clean_bytes: 1 })");
  CHECK(loaded.Text() ==
        "f:2:9: cache.clean_bytes: is 1; allowed: 8388608..1099511627776\n"
        "f:1:7: nfs.port: is 70000; allowed: 0..65535, 0 = any free port\n"
        "f:1:19: nfs.max_threads: is 1; allowed: 2..4096\n");
}

TEST_CASE("0 is allowed below the bounds only where it means something") {
  CHECK(Problems("nfs { event_loops: 0 }").empty());
  CHECK(Contains(Problems("nfs { slow_client_timeout_s: 0 }"), "is 0; allowed: 1..86400"));
}

TEST_CASE("A number that must be a multiple is checked for it") {
  CHECK(Contains(Problems("nfs { max_read_bytes: 5000 }"), "a multiple of 4096"));
}

TEST_CASE("A required field that is missing is reported where its message stands") {
  CHECK(Problems("\nshares { name: \"/a\" block_store: \"b\" }")
            .starts_with("f:2:1: shares[0].metadata_store: must be given"));
}

TEST_CASE("Two stores of one name are a problem that names both places") {
  CHECK(Contains(Problems(std::string(kGood) + "metadata_stores { name: \"names\" memory {} }"),
                 "f:5:19: metadata_stores[1].name: \"names\" is declared already at f:2:19"));
}

TEST_CASE("Two shares of one name are a problem that names both places") {
  CHECK(Contains(
      Problems(std::string(kGood) + "shares { name: \"/a\" metadata_store: \"names\" block_store: \"content\" }"),
      "shares[1].name: \"/a\" is declared already at f:4:10"));
}

TEST_CASE("A metadata store and a block store may have one name") {
  CHECK(Problems("metadata_stores { name: \"x\" memory {} } block_stores { name: \"x\" memory {} }").empty());
}

TEST_CASE("A share over a store that is not declared is a problem that lists the declared ones") {
  CHECK(Contains(Problems("metadata_stores { name: \"one\" memory {} }\n"
                          "block_stores { name: \"two\" memory {} }\n"
                          "shares { name: \"/a\" metadata_store: \"two\" block_store: \"one\" durability: memory }"),
                 "f:3:21: shares[0].metadata_store: no metadata store is called \"two\"; allowed: one\n"
                 "f:3:43: shares[0].block_store: no block store is called \"one\"; allowed: two\n"));
}

TEST_CASE("A store without a kind is a problem") {
  CHECK(Contains(Problems("block_stores { name: \"a\" }"),
                 "block_stores[0]: has no kind; allowed: memory {} or filesystem {}"));
}

TEST_CASE("Names of stores are made of letters, digits, '-' and '_'") {
  CHECK(Contains(Problems("block_stores { name: \"a/b\" memory {} }"), "has a character that is not allowed"));
}

TEST_CASE("Durability that a store can't keep is a problem") {
  const std::string memory = "metadata_stores { name: \"m\" memory {} } block_stores { name: \"b\" memory {} }\n";
  const std::string share = "shares { name: \"/a\" metadata_store: \"m\" block_store: \"b\" ";
  CHECK(Contains(Problems(memory + share + "}"),
                 "shares[0].durability: is local, but metadata store \"m\" ends with the server"));
  CHECK(Problems(memory + share + "durability: memory }").empty());
}

TEST_CASE("Durability over blocks that are not synced is a problem") {
  std::string text = kGood;
  text.replace(text.find("filesystem {}"), 13, "filesystem { sync: false }");
  CHECK(Contains(Problems(text), "block store \"content\" does not sync"));
}

TEST_CASE("Two stores in one directory are a problem") {
  CHECK(Contains(Problems("metadata_stores { name: \"a\" leveldb { directory: \"/x/y\" } }\n"
                          "block_stores { name: \"b\" filesystem { directory: \"/x/./y/\" } }"),
                 "belongs to another store already, at f:1:"));
}

TEST_CASE("A store in a directory wants one, or a data directory") {
  CHECK(Contains(Problems("metadata_stores { name: \"a\" leveldb {} }"), "needs a directory"));
}

TEST_CASE("Directories of stores start at the data directory, and that at the working directory") {
  std::string text = kGood;
  text.replace(text.find("/var/lib/d"), 10, "state");
  const Loaded loaded = Load(text);
  CHECK(loaded.problems.empty());
  CHECK(loaded.document.config.data_directory() == "/cwd/state");
  CHECK(loaded.document.config.metadata_stores(0).leveldb().directory() == "/cwd/state/metadata-names");
  CHECK(loaded.document.config.block_stores(0).filesystem().directory() == "/cwd/state/blocks-content");
}

TEST_CASE("Wrong names of shares and patterns of clients are found where they stand") {
  std::string text = kGood;
  text.replace(text.find("\"/a\""), 4,
               "\"a\"\n clients { pattern: \"192.0.2.0/24\" }\n clients { pattern: \"192.0.2.0/99\" }\n");
  const std::string problems = Problems(text);
  CHECK(Contains(problems, "f:4:10: shares[0].name: "));
  CHECK(Contains(problems, "f:6:12: shares[0].clients[1].pattern: \"192.0.2.0/99\" is no pattern for clients"));
  CHECK_FALSE(Contains(problems, "clients[0]"));
}

TEST_CASE("Numeric addresses only may be listened on") {
  CHECK(Problems("nfs { addresses: \"127.0.0.1\" addresses: \"::1\" }").empty());
  CHECK(Contains(Problems("nfs { addresses: \"127.0.0.1\" addresses: \"localhost\" }"),
                 "f:1:30: nfs.addresses[1]: \"localhost\" is not a numeric address"));
}

TEST_CASE("How fields of nfs go together is checked before anything starts") {
  CHECK(Contains(Problems("nfs { portmapper: true register_with_rpcbind: true }"),
                 "f:1:24: nfs.register_with_rpcbind: "));
  CHECK(Contains(Problems("nfs { event_loops: 128 max_threads: 64 }"),
                 "f:1:24: nfs.max_threads: must be at least event_loops"));
}

// Overrides.

TEST_CASE("An environment variable overrides a field of the file") {
  const Loaded loaded = Load("nfs { port: 1 }", {{{"DITTOFS_NFS_PORT", "2"}, {"OTHER", "x"}}, {}});
  CHECK(loaded.problems.empty());
  CHECK(loaded.document.config.nfs().port() == 2);
}

TEST_CASE("A flag overrides an environment variable, and the last flag counts") {
  const Loaded loaded = Load("", {{{"DITTOFS_NFS_PORT", "2"}}, {{"nfs.port", "3"}, {"nfs.port", "4"}}});
  CHECK(loaded.document.config.nfs().port() == 4);
}

TEST_CASE("Every kind of field can be overridden") {
  const Loaded loaded = Load("nfs { addresses: \"::1\" }", {{{"DITTOFS_LOG_LEVEL", "debug"},
                                                             {"DITTOFS_NFS_PORTMAPPER", "true"},
                                                             {"DITTOFS_CACHE_CLEAN_BYTES", "0x1000000"},
                                                             {"DITTOFS_DATA_DIRECTORY", "/d"},
                                                             {"DITTOFS_NFS_ADDRESSES", "127.0.0.1, 127.0.0.2"}},
                                                            {}});
  CHECK(loaded.Text().empty());
  const config::Config& config = loaded.document.config;
  CHECK(config.log().level() == config::Log::debug);
  CHECK(config.nfs().portmapper());
  CHECK(config.cache().clean_bytes() == 0x1000000);
  CHECK(config.data_directory() == "/d");
  REQUIRE(config.nfs().addresses_size() == 2);
  CHECK(config.nfs().addresses(1) == "127.0.0.2");
}

TEST_CASE("A wrong value is reported with the variable it comes from") {
  CHECK(Problems("", {{{"DITTOFS_NFS_PORT", "x"}}, {}}) ==
        "DITTOFS_NFS_PORT: nfs.port: \"x\" is not a whole number; allowed: 0..65535, 0 = any free port\n");
  CHECK(Contains(Problems("nfs { port: 1 }", {{{"DITTOFS_NFS_PORT", "70000"}}, {}}),
                 "DITTOFS_NFS_PORT: nfs.port: is 70000"));
  CHECK(Contains(Problems("", {{{"DITTOFS_LOG_LEVEL", "loud"}}, {}}), "allowed: debug, info, warning or error"));
  CHECK(Contains(Problems("", {{{"DITTOFS_NFS_PORTMAPPER", "yes"}}, {}}), "allowed: true or false"));
}

TEST_CASE("A variable or flag that names no field is a problem, with what was meant") {
  CHECK(Contains(Problems("", {{{"DITTOFS_NFS_PROT", "1"}}, {}}), "did you mean DITTOFS_NFS_PORT?"));
  CHECK(Contains(Problems("", {{}, {{"nfs.prot", "1"}}}), "did you mean nfs.port?"));
  CHECK_FALSE(Problems("", {{}, {{"shares.name", "1"}}}).empty());
}

TEST_CASE("Each field has an environment variable of its own") {
  std::vector<std::string> names;
  for (const std::string& path : OverridablePaths()) names.push_back(VariableName(path));
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
  CHECK(names.size() > 15);
}

// What is made of it.

TEST_CASE("The effective configuration loads again and means the same") {
  std::string text = kGood;
  text.insert(text.rfind('}'), " root_mode: 01777 clients { pattern: \"*\" squash: all }");
  const Loaded first = Load(text, {{{"DITTOFS_NFS_PORT", "77"}}, {}});
  REQUIRE(first.problems.empty());
  const std::string shown = EffectiveText(first.document);
  CHECK(Contains(shown, "# nfs.port comes from DITTOFS_NFS_PORT"));
  CHECK(Contains(shown, "root_mode: 01777"));
  CHECK(Contains(shown, "squash: root"));
  const Loaded second = Load(shown);
  CHECK(second.Text().empty());
  CHECK(EffectiveText(second.document) == shown.substr(shown.find('\n') + 1));
}

TEST_CASE("A client's absent settings stay absent, to follow the share") {
  const Loaded loaded =
      Load(EffectiveText(Load("metadata_stores { name: \"m\" memory {} } block_stores { name: \"b\" memory {} }"
                              "shares { name: \"/a\" metadata_store: \"m\" block_store: \"b\" durability: memory"
                              " clients { pattern: \"*\" } }")
                             .document));
  REQUIRE(loaded.problems.empty());
  const ShareOptions options = ShareOptionsOf(loaded.document.config.shares(0));
  REQUIRE(options.clients.size() == 1);
  CHECK_FALSE(options.clients[0].read_only.has_value());
  CHECK_FALSE(options.clients[0].squash.has_value());
}

TEST_CASE("The configuration's defaults are the library's") {
  const config::Share share;
  const ShareOptions options = ShareOptionsOf(share);
  const ShareOptions library;
  CHECK(options.id == library.id);
  CHECK(options.read_only == library.read_only);
  CHECK(options.squash == library.squash);
  CHECK(options.anonymous_uid == library.anonymous_uid);
  CHECK(options.anonymous_gid == library.anonymous_gid);
  CHECK(options.allow_auth_none == library.allow_auth_none);
  CHECK(options.require_privileged_port == library.require_privileged_port);
  const StoredShareOptions stored = StoredShareOptionsOf(share);
  const StoredShareOptions stored_library;
  CHECK(stored.durability == stored_library.durability);
  CHECK(stored.metadata_cache_bytes == stored_library.metadata_cache_bytes);
  CHECK(stored.quota_bytes == stored_library.quota_bytes);
  CHECK(stored.quota_files == stored_library.quota_files);
  CHECK(stored.root_mode == stored_library.root_mode);
  CHECK(stored.root_uid == stored_library.root_uid);
  CHECK(stored.root_gid == stored_library.root_gid);
  CHECK(stored.flush_after_ms == stored_library.flush_after_ms);
  const RuntimeOptions runtime_library;
  CHECK(config::Cache().clean_bytes() == runtime_library.cache_bytes);
  CHECK(config::Cache().dirty_bytes() == runtime_library.max_dirty_bytes);
}

TEST_CASE("The configuration's defaults for nfs are the library's, the documented port included") {
  const NfsOptions options = NfsOptionsOf(config::Nfs());
  const NfsOptions library;
  CHECK(options.port == kDefaultNfsPort);
  CHECK(options.port == library.port);
  CHECK(options.addresses == library.addresses);
  CHECK(options.portmapper == library.portmapper);
  CHECK(options.portmapper_port == library.portmapper_port);
  CHECK(options.register_with_rpcbind == library.register_with_rpcbind);
  CHECK(options.locks == library.locks);
  CHECK(options.grace_period_s == library.grace_period_s);
  CHECK(options.max_read_bytes == library.max_read_bytes);
  CHECK(options.max_write_bytes == library.max_write_bytes);
  CHECK(options.event_loops == library.event_loops);
  CHECK(options.max_threads == library.max_threads);
  CHECK(options.max_connections == library.max_connections);
  CHECK(options.max_requests_per_connection == library.max_requests_per_connection);
  CHECK(options.idle_timeout_s == library.idle_timeout_s);
  CHECK(options.slow_client_timeout_s == library.slow_client_timeout_s);
  CHECK(options.replay_cache_bytes == library.replay_cache_bytes);
}

TEST_CASE("Whatever the schema allows for nfs, the library accepts") {
  const auto& type = *config::Nfs::descriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const auto& field = *type.field(i);
    const config::Rules& rules = RulesOf(field);
    if (field.cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_UINT32) continue;
    for (const uint32_t value : {static_cast<uint32_t>(rules.min()), static_cast<uint32_t>(rules.max())}) {
      config::Nfs nfs;
      nfs.set_max_threads(4096);  // Enough for the most event loops.
      nfs.GetReflection()->SetUInt32(&nfs, &field, value);
      if (nfs.event_loops() > nfs.max_threads()) nfs.set_event_loops(1);
      INFO(field.name() << " = " << value);
      CHECK(MakeNfsAdapter(NfsOptionsOf(nfs)).status().ToString() == "ok");
    }
  }
}

TEST_CASE("Every field of the schema says what it is for") {
  const std::string markdown = Schema().Markdown();
  CHECK_FALSE(Contains(markdown, " |  |\n"));
  CHECK(Contains(markdown, "| `port` | number | `12049` | 0..65535, 0 = any free port | at start |"));
  CHECK(Contains(markdown, "| `DITTOFS_NFS_PORT` | `nfs.port` |"));
}

TEST_CASE("The commented configuration is good, and so is it with every default written out") {
  const std::string text = Schema().Template("/var/lib/d");
  CHECK(Problems(text).empty());
  std::string uncommented;
  size_t start = 0;
  while (start < text.size()) {
    const size_t end = text.find('\n', start);
    std::string line = text.substr(start, end - start);
    start = end + 1;
    // A default: "# name: value" and nothing more.
    const size_t mark = line.find("# ");
    const size_t colon = line.find(": ", mark == std::string::npos ? 0 : mark);
    const bool is_default = mark != std::string::npos && colon != std::string::npos &&
                            line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", mark + 2) == colon &&
                            line.find(' ', colon + 2) == std::string::npos;
    if (is_default) line.erase(mark, 2);
    uncommented += line + "\n";
  }
  // An override of a share's setting that is empty or refers to nothing has no default to write out.
  CHECK(Problems(uncommented) == "");
}

TEST_CASE("Words are matched to what was likely meant") {
  CHECK(Nearest("prot", {"port", "name"}) == "port");
  CHECK(Nearest("adresses", {"port", "addresses"}) == "addresses");
  CHECK(Nearest("zzzzzz", {"port", "addresses"}).empty());
  CHECK(Nearest("x", {}).empty());
}

}  // namespace
}  // namespace dittofs::server
