#include "metadata_store_subject.h"

namespace dittofs::testing {
namespace {

void AddInodeCases(CaseList& cases, const MetadataStoreFactory& factory) {
  for (const FileType type : {FileType::kRegular, FileType::kDirectory, FileType::kBlockDevice,
                              FileType::kCharacterDevice, FileType::kSymlink, FileType::kSocket, FileType::kFifo}) {
    cases.push_back(
        MakeCase("inode of type " + std::to_string(static_cast<int>(type)) + " keeps every field", [factory, type] {
          Subject subject(factory);
          const InodeRecord inode = MakeFullInode(FileNumber{20}, type);
          subject.Commit([&](MetadataTransaction& transaction) { transaction.PutInode(inode); });
          Expect(subject.Inode(inode.number) == inode, "the inode changed on the way");
        }));
  }
  AddCase(cases, factory, "inode of plain values keeps every field", [](Subject& subject) {
    const InodeRecord inode = MakeInode(FileNumber{20});
    subject.Commit([&](MetadataTransaction& transaction) { transaction.PutInode(inode); });
    Expect(subject.Inode(inode.number) == inode, "the inode changed on the way");
  });
  AddCase(cases, factory, "an inode that was never made is absent",
          [](Subject& subject) { ExpectCode(subject.Look(FileNumber{20}), ErrorCode::kNotFound, "GetInode"); });
  AddCase(cases, factory, "putting an inode again replaces all of it", [](Subject& subject) {
    subject.Commit([](MetadataTransaction& transaction) {
      transaction.PutInode(MakeFullInode(FileNumber{20}, FileType::kRegular));
    });
    const InodeRecord inode = MakeInode(FileNumber{20});
    subject.Commit([&](MetadataTransaction& transaction) { transaction.PutInode(inode); });
    Expect(subject.Inode(inode.number) == inode, "something of the old inode is left");
  });
  AddCase(cases, factory, "a deleted inode is absent", [](Subject& subject) {
    subject.Commit([](MetadataTransaction& transaction) { transaction.PutInode(MakeInode(FileNumber{20})); });
    subject.Commit([](MetadataTransaction& transaction) { transaction.DeleteInode(FileNumber{20}); });
    ExpectCode(subject.Look(FileNumber{20}), ErrorCode::kNotFound, "GetInode");
  });
  AddCase(cases, factory, "the largest file number is a number like others", [](Subject& subject) {
    const FileNumber last{UINT64_MAX};
    subject.Commit([&](MetadataTransaction& transaction) { transaction.PutInode(MakeInode(last)); });
    Expect(subject.Inode(last).number == last, "another number came back");
  });
}

void AddSymlinkCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddCase(cases, factory, "symlink target: put, replaced, read", [](Subject& subject) {
    const FileNumber link{20};
    std::string target;
    subject.Commit([&](MetadataTransaction& transaction) { transaction.PutSymlink(link, "a"); });
    subject.Commit(
        [&](MetadataTransaction& transaction) { transaction.PutSymlink(link, std::string_view("/b/\xff\x01 c", 8)); });
    subject.See([&](MetadataReader& reader) { ExpectOk(reader.GetSymlink(link, target), "GetSymlink"); });
    Expect(target == std::string_view("/b/\xff\x01 c", 8), "another target came back");
  });
  AddCase(cases, factory, "symlink target of 4096 bytes", [](Subject& subject) {
    const std::string long_target(4096, 'x');
    std::string target;
    subject.Commit([&](MetadataTransaction& transaction) { transaction.PutSymlink(FileNumber{20}, long_target); });
    subject.See([&](MetadataReader& reader) { ExpectOk(reader.GetSymlink(FileNumber{20}, target), "GetSymlink"); });
    Expect(target == long_target, "another target came back");
  });
  AddCase(cases, factory, "symlink target that was never made is absent", [](Subject& subject) {
    subject.See([](MetadataReader& reader) {
      std::string target;
      ExpectCode(reader.GetSymlink(FileNumber{20}, target), ErrorCode::kNotFound, "GetSymlink");
    });
  });
  AddCase(cases, factory, "deleting an inode deletes its symlink target", [](Subject& subject) {
    subject.Commit([](MetadataTransaction& transaction) {
      transaction.PutInode(MakeInode(FileNumber{20}, FileType::kSymlink));
      transaction.PutSymlink(FileNumber{20}, "target");
    });
    subject.Commit([](MetadataTransaction& transaction) { transaction.DeleteInode(FileNumber{20}); });
    subject.See([](MetadataReader& reader) {
      std::string target;
      ExpectCode(reader.GetSymlink(FileNumber{20}, target), ErrorCode::kNotFound, "GetSymlink");
    });
  });
}

void AddAttributeCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddCase(cases, factory, "extended attribute: put, replaced, read", [](Subject& subject) {
    subject.Commit([](MetadataTransaction& transaction) {
      transaction.PutExtendedAttribute(FileNumber{20}, "user.a", "old");
      transaction.PutExtendedAttribute(FileNumber{20}, "user.b", "");
    });
    subject.Commit([](MetadataTransaction& transaction) {
      transaction.PutExtendedAttribute(FileNumber{20}, "user.a", std::string_view("n\0w", 3));
    });
    subject.See([](MetadataReader& reader) {
      std::string value;
      ExpectOk(reader.GetExtendedAttribute(FileNumber{20}, "user.a", value), "GetExtendedAttribute");
      Expect(value == std::string_view("n\0w", 3), "another value came back");
      ExpectOk(reader.GetExtendedAttribute(FileNumber{20}, "user.b", value), "GetExtendedAttribute");
      Expect(value.empty(), "an empty value is not empty");
    });
  });
  AddCase(cases, factory, "extended attribute that was never set is absent", [](Subject& subject) {
    subject.Commit(
        [](MetadataTransaction& transaction) { transaction.PutExtendedAttribute(FileNumber{20}, "user.ab", "x"); });
    subject.See([](MetadataReader& reader) {
      std::string value;
      ExpectCode(reader.GetExtendedAttribute(FileNumber{20}, "user.a", value), ErrorCode::kNotFound, "GetExtended");
      ExpectCode(reader.GetExtendedAttribute(FileNumber{21}, "user.ab", value), ErrorCode::kNotFound, "GetExtended");
    });
  });
  AddCase(cases, factory, "extended attributes are listed per file", [](Subject& subject) {
    subject.Commit([](MetadataTransaction& transaction) {
      transaction.PutExtendedAttribute(FileNumber{20}, "user.b", "1");
      transaction.PutExtendedAttribute(FileNumber{20}, "user.a", "2");
      transaction.PutExtendedAttribute(FileNumber{21}, "user.c", "3");
    });
    subject.See([](MetadataReader& reader) {
      std::vector<std::string> names;
      ExpectOk(reader.ListExtendedAttributes(FileNumber{20}, names), "ListExtendedAttributes");
      Expect(names.size() == 2, "not two names");
      Expect(names == std::vector<std::string>{"user.a", "user.b"} ||
                 names == std::vector<std::string>{"user.b", "user.a"},
             "other names came back");
    });
  });
  AddCase(cases, factory, "a deleted extended attribute is absent", [](Subject& subject) {
    subject.Commit(
        [](MetadataTransaction& transaction) { transaction.PutExtendedAttribute(FileNumber{20}, "user.a", "1"); });
    subject.Commit(
        [](MetadataTransaction& transaction) { transaction.DeleteExtendedAttribute(FileNumber{20}, "user.a"); });
    subject.See([](MetadataReader& reader) {
      std::vector<std::string> names;
      ExpectOk(reader.ListExtendedAttributes(FileNumber{20}, names), "ListExtendedAttributes");
      Expect(names.empty(), "it is still listed");
    });
  });
  AddCase(cases, factory, "deleting an inode deletes its extended attributes", [](Subject& subject) {
    subject.Commit([](MetadataTransaction& transaction) {
      transaction.PutInode(MakeInode(FileNumber{20}));
      transaction.PutExtendedAttribute(FileNumber{20}, "user.a", "1");
      transaction.PutExtendedAttribute(FileNumber{20}, "user.b", "2");
    });
    subject.Commit([](MetadataTransaction& transaction) { transaction.DeleteInode(FileNumber{20}); });
    subject.See([](MetadataReader& reader) {
      std::vector<std::string> names;
      ExpectOk(reader.ListExtendedAttributes(FileNumber{20}, names), "ListExtendedAttributes");
      Expect(names.empty(), "attributes of a deleted file are listed");
      std::string value;
      ExpectCode(reader.GetExtendedAttribute(FileNumber{20}, "user.b", value), ErrorCode::kNotFound, "GetExtended");
    });
  });
}

void AddOrphanAndUsageCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddCase(cases, factory, "orphans are listed in order, page by page", [](Subject& subject) {
    subject.Commit([](MetadataTransaction& transaction) {
      for (const uint64_t number : {30u, 20u, 25u, 40u}) transaction.PutOrphan(FileNumber{number});
      transaction.PutOrphan(FileNumber{20});
    });
    subject.See([](MetadataReader& reader) {
      std::vector<FileNumber> orphans;
      ExpectOk(reader.ListOrphans(FileNumber{0}, 2, orphans), "ListOrphans");
      Expect(orphans == std::vector<FileNumber>{FileNumber{20}, FileNumber{25}}, "wrong first page");
      ExpectOk(reader.ListOrphans(FileNumber{25}, 10, orphans), "ListOrphans");
      Expect(orphans.size() == 4 && orphans[2] == FileNumber{30} && orphans[3] == FileNumber{40},
             "wrong second page, or it did not append");
    });
  });
  AddCase(cases, factory, "a deleted orphan is not listed", [](Subject& subject) {
    subject.Commit([](MetadataTransaction& transaction) { transaction.PutOrphan(FileNumber{20}); });
    subject.Commit([](MetadataTransaction& transaction) { transaction.DeleteOrphan(FileNumber{20}); });
    subject.See([](MetadataReader& reader) {
      std::vector<FileNumber> orphans;
      ExpectOk(reader.ListOrphans(FileNumber{0}, 10, orphans), "ListOrphans");
      Expect(orphans.empty(), "it is still listed");
    });
  });
  AddCase(cases, factory, "usage of a new share is zero", [](Subject& subject) {
    subject.See([](MetadataReader& reader) {
      UsageRecord usage{1, 1};
      ExpectOk(reader.GetUsage(usage), "GetUsage");
      Expect(usage.bytes == 0 && usage.files == 0, "not zero");
    });
  });
  AddCase(cases, factory, "usage adds up, also below what one transaction added", [](Subject& subject) {
    subject.Commit([](MetadataTransaction& transaction) {
      transaction.AddUsage({1000, 2});
      transaction.AddUsage({int64_t{1} << 40, 1});
    });
    subject.Commit([](MetadataTransaction& transaction) { transaction.AddUsage({-1000, -1}); });
    subject.See([](MetadataReader& reader) {
      UsageRecord usage;
      ExpectOk(reader.GetUsage(usage), "GetUsage");
      Expect(usage.bytes == int64_t{1} << 40 && usage.files == 2, "another sum");
    });
  });
}

}  // namespace

void AddRowCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddInodeCases(cases, factory);
  AddSymlinkCases(cases, factory);
  AddAttributeCases(cases, factory);
  AddOrphanAndUsageCases(cases, factory);
}

}  // namespace dittofs::testing
