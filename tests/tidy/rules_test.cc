// Every rule must be able to fail: a small good tree passes all of them, and one fault at a time breaks just its rule.
#include "rules.h"

#include <algorithm>
#include <functional>
#include <string>

#include "catch.h"

namespace {

using tidy::Findings;
using tidy::Tree;

/// A tree that no rule objects to.
Tree GoodTree() {
  Tree tree;
  tree.top_level = {".git", ".ci", "README.md", "meson.build", "include", "lib", "server", "examples", "tests", "docs"};
  tree.files["lib/layers.txt"] =
      "# comment\n"
      "base:\nnet: base\nmetadata: base\nmetadata/stores: base\nonc_rpc: base net\n"
      "nfs3: base onc_rpc\nmount3: base onc_rpc\n";
  tree.files["lib/meson.build"] =
      "areas = ['base', 'net', 'metadata', 'metadata/stores/memory', 'metadata/stores/leveldb', "
      "'onc_rpc', 'nfs3', 'mount3']\n";
  for (const char* area :
       {"base", "net", "metadata", "metadata/stores/memory", "metadata/stores/leveldb", "onc_rpc", "nfs3", "mount3"}) {
    const std::string folder = std::string("lib/") + area + "/";
    tree.files[folder + "meson.build"] = "area_sources = files('a.cc')\n";
    tree.files[folder + "README.md"] = "# area\n";
    tree.files[folder + "a.h"] = "#pragma once\n";
    tree.files[folder + "a.cc"] =
        std::string("#include \"") + area + "/a.h\"\n\n#include <vector>\n\n#include \"base/a.h\"\n";
  }
  tree.files["include/dittofs/meson.build"] = "public_headers = files('ids.h', 'stores/memory.h')\n";
  tree.files["include/dittofs/ids.h"] = "#pragma once\n#include <cstdint>\n";
  tree.files["include/dittofs/stores/memory.h"] = "#pragma once\n#include \"dittofs/ids.h\"\n";
  tree.files["server/main.cc"] = "#include <CLI/CLI.hpp>\n#include \"config/config.h\"\n#include \"dittofs/ids.h\"\n";
  tree.files["server/config/config.h"] = "#pragma once\n#include \"config/dittofs.pb.h\"\n";
  tree.files["examples/tiny/main.cc"] = "#include <dittofs/ids.h>\n#include <unistd.h>\n";
  tree.files["tests/fuzz/record_fuzz.cc"] = "extern \"C\" int LLVMFuzzerTestOneInput(const uint8_t*, size_t);\n";
  tree.files["tests/fuzz/corpus/record/empty"] = "";
  tree.files["tests/fuzz/meson.build"] = "fuzz_targets = ['record']\n";
  tree.files["lib/nfs3/procedures.h"] =
      "#pragma once\nusing Procedures = std::tuple<NULLPROC,\n  GETATTR, LOCK<Offset>, MOUNTPROC3_MNT>;\n";
  for (const char* name : {"null", "getattr", "lock", "mnt"}) {
    tree.files[std::string("tests/golden/nfs3_") + name + ".hex"] = "00\n";
  }
  tree.files["docs/changes/added/first.md"] = "The first line.\n";
  return tree;
}

/// The names of the rules that object to `tree`.
std::vector<std::string> Objections(const Tree& tree) {
  std::vector<std::string> names;
  for (const tidy::Rule& rule : tidy::Rules()) {
    Findings findings;
    rule.check(tree, findings);
    if (!findings.empty()) names.emplace_back(rule.name);
  }
  return names;
}

using Names = std::vector<std::string>;

std::string Lines(size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += "//\n";
  return text;
}

}  // namespace

TEST_CASE("tidy: a good tree passes every rule") {
  CHECK(Objections(GoodTree()).empty());
}

TEST_CASE("tidy layers: an edge that is not in the table") {
  Tree tree = GoodTree();
  tree.files["lib/base/a.cc"] += "#include \"net/a.h\"\n";
  CHECK(Objections(tree) == Names{"layers"});
}

TEST_CASE("tidy layers: an include without its area") {
  Tree tree = GoodTree();
  tree.files["lib/net/a.cc"] += "#include \"a.h\"\n";
  CHECK(Objections(tree) == Names{"layers"});
}

TEST_CASE("tidy layers: an own header in brackets") {
  Tree tree = GoodTree();
  tree.files["lib/net/a.cc"] += "#include <base/a.h>\n";
  CHECK(Objections(tree) == Names{"layers"});
}

TEST_CASE("tidy layers: one store that knows another") {
  Tree tree = GoodTree();
  tree.files["lib/metadata/stores/leveldb/a.cc"] += "#include \"metadata/stores/memory/a.h\"\n";
  CHECK(Objections(tree) == Names{"layers"});
}

TEST_CASE("tidy layers: a service that knows a store") {
  Tree tree = GoodTree();
  tree.files["lib/metadata/a.cc"] += "  #  include \"metadata/stores/memory/a.h\"\n";
  CHECK(Objections(tree) == Names{"layers"});
}

TEST_CASE("tidy layers: a folder without a row") {
  Tree tree = GoodTree();
  tree.files["lib/extra/a.cc"] = "#include <vector>\n";
  CHECK(Objections(tree) == Names{"layers"});
}

TEST_CASE("tidy layer-table: a row without a folder") {
  Tree tree = GoodTree();
  tree.files["lib/layers.txt"] += "smoke: base\n";
  CHECK(Objections(tree) == Names{"layer-table"});
}

TEST_CASE("tidy layer-table: an edge to a row that does not exist") {
  Tree tree = GoodTree();
  tree.files["lib/layers.txt"] += "net: mirrors\n";
  CHECK(Objections(tree) == Names{"layer-table"});
}

TEST_CASE("tidy layer-table: a cycle") {
  Tree tree = GoodTree();
  tree.files["lib/layers.txt"] += "base: net\n";
  CHECK(Objections(tree) == Names{"layer-table"});
}

TEST_CASE("tidy layer-table: an area that is not built") {
  Tree tree = GoodTree();
  tree.files["lib/meson.build"] = "areas = []\n";
  CHECK(Objections(tree) == Names{"layer-table"});
}

TEST_CASE("tidy protocols-apart: a table row that joins two protocols") {
  Tree tree = GoodTree();
  tree.files["lib/layers.txt"] += "nfs3: mount3\n";
  CHECK(Objections(tree) == Names{"protocols-apart"});
}

TEST_CASE("tidy protocols-apart: an include of another protocol") {
  Tree tree = GoodTree();
  tree.files["lib/nfs3/a.cc"] += "#include \"mount3/a.h\"\n";
  CHECK(Objections(tree) == Names{"layers", "protocols-apart"});
}

TEST_CASE("tidy outsiders: a private header in the server") {
  Tree tree = GoodTree();
  tree.files["server/main.cc"] += "#include \"base/a.h\"\n";
  CHECK(Objections(tree) == Names{"outsiders"});
}

TEST_CASE("tidy outsiders: a private header in an example") {
  Tree tree = GoodTree();
  tree.files["examples/tiny/main.cc"] += "#include <nfs3/a.h>\n";
  CHECK(Objections(tree) == Names{"outsiders"});
}

TEST_CASE("tidy outsiders: a header that is nowhere") {
  Tree tree = GoodTree();
  tree.files["examples/tiny/main.cc"] += "#include \"shared/text.h\"\n";
  CHECK(Objections(tree) == Names{"outsiders"});
}

TEST_CASE("tidy outsiders: the server's libraries in a public test") {
  Tree tree = GoodTree();
  tree.files["tests/public/a.cc"] = "#include <google/protobuf/message.h>\n";
  CHECK(Objections(tree) == Names{"outsiders"});
}

TEST_CASE("tidy headers-listed: a header that would not be installed") {
  Tree tree = GoodTree();
  tree.files["include/dittofs/extra.h"] = "#pragma once\n";
  CHECK(Objections(tree) == Names{"headers-listed"});
}

TEST_CASE("tidy headers-lean: a third-party type in a public header") {
  Tree tree = GoodTree();
  tree.files["include/dittofs/ids.h"] += "#include <absl/strings/string_view.h>\n";
  CHECK(Objections(tree) == Names{"headers-lean"});
}

TEST_CASE("tidy headers-lean: a private header in a public one") {
  Tree tree = GoodTree();
  tree.files["include/dittofs/ids.h"] += "#include \"base/a.h\"\n";
  CHECK(Objections(tree) == Names{"headers-lean"});
}

TEST_CASE("tidy pragma-once: a header without it") {
  Tree tree = GoodTree();
  tree.files["lib/base/a.h"] = "\n";
  CHECK(Objections(tree) == Names{"pragma-once"});
}

TEST_CASE("tidy folder-readme: an area without one") {
  Tree tree = GoodTree();
  tree.files.erase("lib/net/README.md");
  CHECK(Objections(tree) == Names{"folder-readme"});
}

TEST_CASE("tidy folder-readme: one that is longer than a screen") {
  Tree tree = GoodTree();
  tree.files["lib/net/README.md"] = Lines(61);
  CHECK(Objections(tree) == Names{"folder-readme"});
}

TEST_CASE("tidy file-length: 1000 lines are allowed, 1001 are not") {
  Tree tree = GoodTree();
  tree.files["lib/net/a.cc"] = Lines(1000);
  CHECK(Objections(tree).empty());
  tree.files["lib/net/a.cc"] += "//\n";
  CHECK(Objections(tree) == Names{"file-length"});
}

TEST_CASE("tidy: files above 500 lines are named as a question") {
  Tree tree = GoodTree();
  tree.files["lib/net/a.cc"] = Lines(501);
  CHECK(tidy::LongFiles(tree) == Findings{"lib/net/a.cc: 501 lines"});
}

TEST_CASE("tidy leftovers: a mark for later") {
  Tree tree = GoodTree();
  tree.files["lib/net/a.cc"] += std::string("// TO") + "DO(later): more\n";
  CHECK(Objections(tree) == Names{"leftovers"});
}

TEST_CASE("tidy leftovers: part of a longer word is none") {
  Tree tree = GoodTree();
  tree.files["lib/net/a.cc"] += std::string("int TO") + "DOWN = 0;\n";
  CHECK(Objections(tree).empty());
}

TEST_CASE("tidy machine-paths: an absolute path of one machine") {
  Tree tree = GoodTree();
  tree.files["README.md"] = std::string("see `/wor") + "k/main`\n";
  CHECK(Objections(tree) == Names{"machine-paths"});
}

TEST_CASE("tidy machine-paths: a relative path that only looks like one") {
  Tree tree = GoodTree();
  tree.files["README.md"] = std::string("art/wor") + "k/main\n";
  CHECK(Objections(tree).empty());
}

TEST_CASE("tidy top-level: an entry too many") {
  Tree tree = GoodTree();
  tree.top_level.push_back("scripts");
  CHECK(Objections(tree) == Names{"top-level"});
}

TEST_CASE("tidy fuzz-seeds: a target without a seed") {
  Tree tree = GoodTree();
  tree.files.erase("tests/fuzz/corpus/record/empty");
  CHECK(Objections(tree) == Names{"fuzz-seeds"});
}

TEST_CASE("tidy fuzz-seeds: a target that is not built") {
  Tree tree = GoodTree();
  tree.files["tests/fuzz/meson.build"] = "fuzz_targets = []\n";
  CHECK(Objections(tree) == Names{"fuzz-seeds"});
}

TEST_CASE("tidy golden: a procedure without golden bytes") {
  for (const char* name : {"null", "getattr", "lock", "mnt"}) {
    Tree tree = GoodTree();
    tree.files.erase(std::string("tests/golden/nfs3_") + name + ".hex");
    CHECK(Objections(tree) == Names{"golden"});
  }
}

TEST_CASE("tidy changes: two lines") {
  Tree tree = GoodTree();
  tree.files["docs/changes/added/first.md"] += "And a second.\n";
  CHECK(Objections(tree) == Names{"changes"});
}

TEST_CASE("tidy changes: a kind that does not exist") {
  Tree tree = GoodTree();
  tree.files["docs/changes/other/first.md"] = "A line.\n";
  CHECK(Objections(tree) == Names{"changes"});
}

TEST_CASE("tidy locks: a lock that is not annotated") {
  Tree tree = GoodTree();
  tree.files["lib/net/a.cc"] += std::string("std::") + "mutex lock;\n";
  CHECK(Objections(tree) == Names{"locks"});
}

TEST_CASE("tidy lock-ranks: a lock that does not say its rank") {
  Tree tree = GoodTree();
  tree.files["lib/net/a.h"] += "// rank: leaf\n  mutable base::Mutex mutex_;\n";
  CHECK(Objections(tree).empty());
  tree.files["lib/net/a.h"] += "\n\n\n  base::Mutex mutex_;\n";
  CHECK(Objections(tree) == Names{"lock-ranks"});
}
