#include <map>
#include <memory>
#include <random>

#include "fixture.h"
#include "tree_checker.h"

namespace dittofs {
namespace {

// Files as a few maps: what POSIX says about names, types, links and sizes for a caller who may do everything.
class Model {
 public:
  struct Node {
    FileType type = FileType::kRegular;
    std::map<std::string, Node*> entries;
    Node* parent = nullptr;
    uint32_t links = 1;
    uint64_t size = 0;
    FileNumber number;
  };

  Model() {
    root_ = Make(FileType::kDirectory, kRootFileNumber);
    root_->parent = root_;
  }
  Node* root() { return root_; }

  static Node* Find(Node* directory, const std::string& name) {
    const auto found = directory->entries.find(name);
    return found == directory->entries.end() ? nullptr : found->second;
  }
  ErrorCode CanAdd(Node* directory, const std::string& name) const {
    if (directory->type != FileType::kDirectory) return ErrorCode::kNotDirectory;
    return Find(directory, name) ? ErrorCode::kExists : ErrorCode::kOk;
  }
  void Add(Node* directory, const std::string& name, FileType type, FileNumber number) {
    Node* node = Make(type, number);
    node->parent = directory;
    directory->entries[name] = node;
    if (type == FileType::kDirectory) ++directory->links;
  }
  ErrorCode Remove(Node* directory, const std::string& name, bool rmdir) {
    if (directory->type != FileType::kDirectory) return ErrorCode::kNotDirectory;
    Node* node = Find(directory, name);
    if (!node) return ErrorCode::kNotFound;
    const bool is_directory = node->type == FileType::kDirectory;
    if (rmdir && !is_directory) return ErrorCode::kNotDirectory;
    if (!rmdir && is_directory) return ErrorCode::kIsDirectory;
    if (!node->entries.empty()) return ErrorCode::kNotEmpty;
    Drop(directory, name);
    return ErrorCode::kOk;
  }
  ErrorCode Link(Node* node, Node* directory, const std::string& name) {
    const ErrorCode can = CanAdd(directory, name);
    if (can != ErrorCode::kOk) return can;
    if (node->type == FileType::kDirectory) return ErrorCode::kPermissionDenied;
    ++node->links;
    directory->entries[name] = node;
    return ErrorCode::kOk;
  }
  ErrorCode Rename(Node* from, const std::string& from_name, Node* to, const std::string& to_name) {
    if (from->type != FileType::kDirectory || to->type != FileType::kDirectory) return ErrorCode::kNotDirectory;
    Node* node = Find(from, from_name);
    if (!node) return ErrorCode::kNotFound;
    const bool is_directory = node->type == FileType::kDirectory;
    if (is_directory) {
      for (Node* at = to;; at = at->parent) {
        if (at == node) return ErrorCode::kInvalidArgument;
        if (at == root_) break;
      }
    }
    if (Node* target = Find(to, to_name)) {
      if (target == node) return ErrorCode::kOk;
      if (is_directory && target->type != FileType::kDirectory) return ErrorCode::kNotDirectory;
      if (!is_directory && target->type == FileType::kDirectory) return ErrorCode::kIsDirectory;
      if (!target->entries.empty()) return ErrorCode::kNotEmpty;
      Drop(to, to_name);
    }
    from->entries.erase(from_name);
    to->entries[to_name] = node;
    if (is_directory) {
      --from->links;
      ++to->links;
      node->parent = to;
    }
    return ErrorCode::kOk;
  }

  std::vector<Node*> alive() {
    std::vector<Node*> nodes;
    Collect(root_, nodes);
    return nodes;
  }

 private:
  Node* Make(FileType type, FileNumber number) {
    nodes_.push_back(std::make_unique<Node>());
    nodes_.back()->type = type;
    nodes_.back()->number = number;
    nodes_.back()->links = type == FileType::kDirectory ? 2 : 1;
    return nodes_.back().get();
  }
  void Drop(Node* directory, const std::string& name) {
    Node* node = Find(directory, name);
    if (node->type == FileType::kDirectory) --directory->links;
    --node->links;
    directory->entries.erase(name);
  }
  void Collect(Node* node, std::vector<Node*>& nodes) {
    nodes.push_back(node);
    for (const auto& [name, child] : node->entries) Collect(child, nodes);
  }

  std::vector<std::unique_ptr<Node>> nodes_;
  Node* root_ = nullptr;
};

std::string Spell(std::mt19937& random) {
  // Few names, some of which fold alike.
  static constexpr const char* kNames[] = {"a", "A", "b", "B", "c", "long name", "Long Name", "\xff\xfe", "ä", "Ä"};
  return kNames[random() % std::size(kNames)];
}

}  // namespace

TEST_CASE("a random history agrees with a simple model, answer by answer") {
  const auto seed = GENERATE(11u, 12u, 13u);
  CAPTURE(seed);
  std::mt19937 random(seed);
  MetadataServiceOptions options;
  if (seed == 13) options.cache_bytes = 32 * 1024;
  ServiceFixture f(options);
  Model model;
  for (int step = 0; step < 2500; ++step) {
    CAPTURE(step);
    const std::vector<Model::Node*> alive = model.alive();
    Model::Node* a = alive[random() % alive.size()];
    Model::Node* b = alive[random() % alive.size()];
    const std::string x = Spell(random);
    const std::string y = Spell(random);
    Attributes made;
    switch (random() % 10) {
      case 0:
      case 1: {
        const ErrorCode expected = model.CanAdd(a, x);
        REQUIRE(f.Create(f.root, a->number, x, 0644, &made) == expected);
        if (expected == ErrorCode::kOk) model.Add(a, x, FileType::kRegular, made.number);
        break;
      }
      case 2: {
        const ErrorCode expected = model.CanAdd(a, x);
        REQUIRE(f.MakeDirectory(f.root, a->number, x, 0755, &made) == expected);
        if (expected == ErrorCode::kOk) model.Add(a, x, FileType::kDirectory, made.number);
        break;
      }
      case 3:
      case 4: {
        const bool rmdir = random() % 2 != 0;
        REQUIRE(f.Remove(f.root, a->number, x, rmdir ? RemoveKind::kDirectory : RemoveKind::kAnyButDirectory) ==
                model.Remove(a, x, rmdir));
        break;
      }
      case 5:
        REQUIRE(f.Link(f.root, b->number, a->number, x) == model.Link(b, a, x));
        break;
      case 6:
      case 7:
        REQUIRE(f.Rename(f.root, a->number, x, b->number, y) == model.Rename(a, x, b, y));
        break;
      case 8:
        if (a->type == FileType::kRegular) {
          a->size = random() % 1000;
          REQUIRE(f.SetSize(f.root, a->number, a->size) == ErrorCode::kOk);
        }
        break;
      case 9: {
        if (a->type != FileType::kDirectory) break;
        const Model::Node* expected = Model::Find(a, x);
        REQUIRE(f.Find(f.root, a->number, x, &made) == (expected ? ErrorCode::kOk : ErrorCode::kNotFound));
        if (expected) REQUIRE(made.number == expected->number);
        break;
      }
    }
    const Attributes shown = f.Get(a->links ? a->number : kRootFileNumber);
    if (a->links != 0 && shown.number == a->number) {
      REQUIRE(shown.link_count == a->links);
      if (a->type == FileType::kRegular) REQUIRE(shown.size_bytes == a->size);
    }
    if (step % 500 == 0) {
      REQUIRE(CheckTree(*f.options.store, f.options.share, *f.service) == "");
      if (step % 1000 == 0) f.Open();
    }
  }
  CHECK(CheckTree(*f.options.store, f.options.share, *f.service) == "");
}

}  // namespace dittofs
