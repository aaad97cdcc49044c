#include <algorithm>

#include "metadata_store_subject.h"

namespace dittofs::testing {
namespace {

void Put(Subject& subject, std::string_view name, std::string_view folded, uint64_t number) {
  subject.Commit([&](MetadataTransaction& transaction) {
    transaction.PutInode(MakeInode(FileNumber{number}));
    transaction.PutEntry(kRoot, name, folded, MakeEntry(number));
  });
}

Status Find(Subject& subject, std::string_view name, EntryRecord& entry) {
  return subject.store().View(kShare, [&](MetadataReader& reader) { return reader.GetEntry(kRoot, name, entry); });
}

Status FindFolded(Subject& subject, std::string_view folded, std::string& name) {
  return subject.store().View(kShare, [&](MetadataReader& reader) {
    EntryRecord entry;
    return reader.FindFolded(kRoot, folded, name, entry);
  });
}

void Delete(Subject& subject, std::string_view name, std::string_view folded) {
  subject.Commit([&](MetadataTransaction& transaction) {
    EntryRecord entry;
    ExpectOk(transaction.GetEntry(kRoot, name, entry), "GetEntry");
    transaction.DeleteEntry(kRoot, name, folded, entry);
  });
}

void AddNameCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddCase(cases, factory, "an entry keeps child, type and cookie", [](Subject& subject) {
    const EntryRecord entry{FileNumber{UINT64_MAX - 1}, FileType::kFifo, Cookie{UINT64_MAX}};
    subject.Commit([&](MetadataTransaction& transaction) { transaction.PutEntry(kRoot, "name", "name", entry); });
    EntryRecord found;
    ExpectOk(Find(subject, "name", found), "GetEntry");
    Expect(found == entry, "the entry changed on the way");
  });
  AddCase(cases, factory, "a name that was never made is absent, prefixes included", [](Subject& subject) {
    Put(subject, "name", "name", 20);
    EntryRecord entry;
    for (const std::string_view absent : {"nam", "name2", "NAME", "n"}) {
      ExpectCode(Find(subject, absent, entry), ErrorCode::kNotFound, "GetEntry");
    }
  });
  AddCase(cases, factory, "a name is absent in another directory", [](Subject& subject) {
    Put(subject, "name", "name", 20);
    subject.See([](MetadataReader& reader) {
      EntryRecord entry;
      ExpectCode(reader.GetEntry(FileNumber{2}, "name", entry), ErrorCode::kNotFound, "GetEntry");
    });
  });
  AddCase(cases, factory, "putting a name again replaces the entry and its place in the listing", [](Subject& subject) {
    Put(subject, "first", "first", 20);
    Put(subject, "second", "second", 21);
    Put(subject, "first", "first", 22);
    EntryRecord entry;
    ExpectOk(Find(subject, "first", entry), "GetEntry");
    Expect(entry == MakeEntry(22), "the old entry came back");
    Expect(subject.Names(kRoot) == std::vector<std::string>{"second", "first"}, "the listing has the old place");
  });
  AddCase(cases, factory, "a deleted entry is absent by name, by cookie and by folded name", [](Subject& subject) {
    Put(subject, "Name", "name", 20);
    Delete(subject, "Name", "name");
    EntryRecord entry;
    std::string name;
    ExpectCode(Find(subject, "Name", entry), ErrorCode::kNotFound, "GetEntry");
    ExpectCode(FindFolded(subject, "name", name), ErrorCode::kNotFound, "FindFolded");
    Expect(subject.Names(kRoot).empty(), "it is still listed");
  });
  AddCase(cases, factory, "names may hold every byte from 0x01 to 0xff", [](Subject& subject) {
    std::vector<std::string> names;
    for (int byte = 1; byte <= 0xff; ++byte) names.push_back(std::string(1, static_cast<char>(byte)));
    subject.Commit([&](MetadataTransaction& transaction) {
      for (size_t i = 0; i < names.size(); ++i) transaction.PutEntry(kRoot, names[i], names[i], MakeEntry(20 + i));
    });
    Expect(subject.Names(kRoot) == names, "the listing has other names");
    for (size_t i = 0; i < names.size(); ++i) {
      EntryRecord entry;
      ExpectOk(Find(subject, names[i], entry), "GetEntry");
      Expect(entry.child.value == 20 + i, "another file came back");
    }
  });
  AddCase(cases, factory, "names of 255 bytes that differ in the last one", [](Subject& subject) {
    const std::string base(254, '\xff');
    Put(subject, base + "a", base + "a", 20);
    Put(subject, base + "b", base + "b", 21);
    EntryRecord entry;
    ExpectOk(Find(subject, base + "b", entry), "GetEntry");
    Expect(entry.child.value == 21, "another file came back");
    Expect(subject.Names(kRoot) == std::vector<std::string>{base + "a", base + "b"}, "the listing has other names");
  });
}

void AddFoldedCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddCase(cases, factory, "a name is found by its folded name and spelled as it was made", [](Subject& subject) {
    Put(subject, "ReadMe.TXT", "readme.txt", 20);
    std::string name;
    ExpectOk(FindFolded(subject, "readme.txt", name), "FindFolded");
    Expect(name == "ReadMe.TXT", "another spelling");
  });
  AddCase(cases, factory, "a name that is its own folded name is found", [](Subject& subject) {
    Put(subject, "plain", "plain", 20);
    std::string name;
    ExpectOk(FindFolded(subject, "plain", name), "FindFolded");
    Expect(name == "plain", "another spelling");
  });
  AddCase(cases, factory, "a folded name that no entry has is absent", [](Subject& subject) {
    Put(subject, "Name", "name", 20);
    std::string name;
    ExpectCode(FindFolded(subject, "Name", name), ErrorCode::kNotFound, "FindFolded");
    ExpectCode(FindFolded(subject, "nam", name), ErrorCode::kNotFound, "FindFolded");
    ExpectCode(FindFolded(subject, "names", name), ErrorCode::kNotFound, "FindFolded");
  });
  AddCase(cases, factory, "of two names with one folded name, either is found until both are gone",
          [](Subject& subject) {
            Put(subject, "NAME", "name", 20);
            Put(subject, "Name", "name", 21);
            std::string name;
            ExpectOk(FindFolded(subject, "name", name), "FindFolded");
            const std::string other = name == "NAME" ? "Name" : "NAME";
            Delete(subject, name, "name");
            ExpectOk(FindFolded(subject, "name", name), "FindFolded");
            Expect(name == other, "the deleted one was found");
            Delete(subject, other, "name");
            ExpectCode(FindFolded(subject, "name", name), ErrorCode::kNotFound, "FindFolded");
          });
  AddCase(cases, factory, "folded names are seen by the transaction that makes them", [](Subject& subject) {
    Put(subject, "OLD", "old", 20);
    subject.Commit([](MetadataTransaction& transaction) {
      std::string name;
      EntryRecord entry;
      transaction.PutEntry(kRoot, "NEW", "new", MakeEntry(21));
      ExpectOk(transaction.FindFolded(kRoot, "new", name, entry), "FindFolded");
      Expect(name == "NEW" && entry == MakeEntry(21), "another entry");
      transaction.DeleteEntry(kRoot, "OLD", "old", MakeEntry(20));
      ExpectCode(transaction.FindFolded(kRoot, "old", name, entry), ErrorCode::kNotFound, "FindFolded");
    });
  });
}

void AddListingCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddCase(cases, factory, "a listing is in the order of cookies, not of names", [](Subject& subject) {
    Put(subject, "c", "c", 20);
    Put(subject, "a", "a", 22);
    Put(subject, "b", "b", 21);
    Expect(subject.Names(kRoot) == std::vector<std::string>{"c", "b", "a"}, "another order");
  });
  AddCase(cases, factory, "a listing begins after its cookie and ends when told", [](Subject& subject) {
    for (uint64_t i = 20; i < 30; ++i) Put(subject, std::to_string(i), std::to_string(i), i);
    Expect(subject.Names(kRoot, Cookie{24}, 3) == std::vector<std::string>{"25", "26", "27"}, "another page");
    Expect(subject.Names(kRoot, Cookie{29}).empty(), "something after the last cookie");
    Expect(subject.Names(kRoot, Cookie{UINT64_MAX}).empty(), "something after the largest cookie");
  });
  AddCase(cases, factory, "a listing resumes after a cookie whose entry is gone", [](Subject& subject) {
    for (uint64_t i = 20; i < 24; ++i) Put(subject, std::to_string(i), std::to_string(i), i);
    Delete(subject, "21", "21");
    Expect(subject.Names(kRoot, Cookie{21}) == std::vector<std::string>{"22", "23"}, "another page");
  });
  AddCase(cases, factory, "a directory without entries lists nothing, successfully", [](Subject& subject) {
    Expect(subject.Names(kRoot).empty(), "entries from nowhere");
    Expect(subject.Names(FileNumber{999}).empty(), "entries from nowhere");
  });
  AddCase(cases, factory, "listings of neighbouring directories do not mix", [](Subject& subject) {
    subject.Commit([](MetadataTransaction& transaction) {
      transaction.PutEntry(FileNumber{255}, "a", "a", MakeEntry(20));
      transaction.PutEntry(FileNumber{256}, "b", "b", MakeEntry(21));
      transaction.PutEntry(FileNumber{257}, "c", "c", MakeEntry(22));
    });
    Expect(subject.Names(FileNumber{256}) == std::vector<std::string>{"b"}, "another listing");
  });
  AddCase(cases, factory, "a listing with inodes brings each entry's own inode", [](Subject& subject) {
    subject.Commit([](MetadataTransaction& transaction) {
      // Numbers that run with the cookies, against them, and far apart.
      const uint64_t children[] = {100, 101, 103, 90, 5000, 102, 16, 1u << 20};
      uint64_t cookie = 20;
      for (const uint64_t child : children) {
        InodeRecord inode = MakeInode(FileNumber{child});
        inode.size_bytes = child * 3;
        transaction.PutInode(inode);
        const std::string name = std::to_string(child);
        transaction.PutEntry(kRoot, name, name, {FileNumber{child}, FileType::kRegular, Cookie{cookie++}});
      }
    });
    size_t count = 0;
    subject.See([&](MetadataReader& reader) {
      count = 0;
      ExpectOk(reader.ListEntries(kRoot, Cookie{}, true,
                                  [&](const MetadataEntry& entry) {
                                    ++count;
                                    Expect(entry.inode != nullptr, "no inode came along");
                                    Expect(entry.inode->number == entry.entry.child, "another file's inode");
                                    Expect(entry.inode->size_bytes == entry.entry.child.value * 3, "another size");
                                    return true;
                                  }),
               "ListEntries");
    });
    Expect(count == 8, "not every entry was visited");
  });
  AddCase(cases, factory, "an entry without inode is corruption in a listing with inodes only", [](Subject& subject) {
    Put(subject, "good", "good", 20);
    subject.Commit([](MetadataTransaction& transaction) { transaction.PutEntry(kRoot, "bad", "bad", MakeEntry(21)); });
    const auto list = [&](bool with_inodes) {
      return subject.store().View(kShare, [&](MetadataReader& reader) {
        return reader.ListEntries(kRoot, Cookie{}, with_inodes, [](const MetadataEntry&) { return true; });
      });
    };
    ExpectOk(list(false), "ListEntries");
    ExpectCode(list(true), ErrorCode::kCorruption, "ListEntries with inodes");
  });
  AddCase(cases, factory, "a listing of 3,000 entries visits each once, in pages", [](Subject& subject) {
    subject.Commit([](MetadataTransaction& transaction) {
      for (uint64_t i = 0; i < 3000; ++i) {
        const std::string name = "file" + std::to_string(i);
        transaction.PutInode(MakeInode(FileNumber{20 + i}));
        transaction.PutEntry(kRoot, name, name, MakeEntry(20 + i));
      }
    });
    uint64_t expected = 20;
    Cookie after;
    while (true) {
      size_t count = 0;
      subject.See([&](MetadataReader& reader) {
        count = 0;
        uint64_t next = after.value == 0 ? 20 : after.value + 1;
        ExpectOk(reader.ListEntries(kRoot, after, true,
                                    [&](const MetadataEntry& entry) {
                                      Expect(entry.entry.cookie.value == next++, "an entry was left out or repeated");
                                      ++count;
                                      return count < 333;
                                    }),
                 "ListEntries");
      });
      expected += count;
      after = Cookie{expected - 1};
      if (count < 333) break;
    }
    Expect(expected == 3020, "not every entry was visited");
  });
  AddCase(cases, factory, "a transaction lists what it made and not what it deleted, in order", [](Subject& subject) {
    for (uint64_t i = 20; i < 26; i += 2) Put(subject, std::to_string(i), std::to_string(i), i);
    subject.Commit([](MetadataTransaction& transaction) {
      transaction.PutEntry(kRoot, "21", "21", MakeEntry(21));
      transaction.PutInode(MakeInode(FileNumber{21}));
      transaction.DeleteEntry(kRoot, "22", "22", MakeEntry(22));
      transaction.PutEntry(kRoot, "24", "24", {FileNumber{24}, FileType::kRegular, Cookie{30}});
      std::vector<std::string> names;
      ExpectOk(transaction.ListEntries(kRoot, Cookie{}, true,
                                       [&](const MetadataEntry& entry) {
                                         names.emplace_back(entry.name);
                                         Expect(entry.inode->number == entry.entry.child, "another file's inode");
                                         return true;
                                       }),
               "ListEntries");
      Expect(names == std::vector<std::string>{"20", "21", "24"}, "another listing");
    });
    Expect(subject.Names(kRoot) == std::vector<std::string>{"20", "21", "24"}, "another listing after the commit");
  });
  AddCase(cases, factory, "a name may move to another and keep its cookie", [](Subject& subject) {
    Put(subject, "old", "old", 20);
    subject.Commit([](MetadataTransaction& transaction) {
      EntryRecord entry;
      ExpectOk(transaction.GetEntry(kRoot, "old", entry), "GetEntry");
      transaction.PutEntry(kRoot, "new", "new", entry);
      transaction.DeleteEntry(kRoot, "old", "old", entry);
    });
    Expect(subject.Names(kRoot) == std::vector<std::string>{"new"}, "another listing");
  });
}

}  // namespace

void AddEntryCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddNameCases(cases, factory);
  AddFoldedCases(cases, factory);
  AddListingCases(cases, factory);
}

}  // namespace dittofs::testing
