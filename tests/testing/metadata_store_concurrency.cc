#include <algorithm>
#include <atomic>
#include <map>
#include <set>

#include "metadata_store_subject.h"

namespace dittofs::testing {
namespace {

constexpr int kThreads = 8;
constexpr int kRounds = 50;
constexpr FileNumber kDirectory{30};

uint64_t NumberOf(int thread, int round) {
  return 100 + static_cast<uint64_t>(thread * kRounds + round);
}

void AddMergeCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddCase(cases, factory, "changes of a directory by 8 threads chain without a gap", [](Subject& subject) {
    std::vector<std::vector<DirectoryChange>> changes(kThreads);
    const InodeRecord start = subject.Inode(kRoot);
    RunThreads(kThreads, [&](int thread) {
      for (int round = 0; round < kRounds; ++round) {
        DirectoryChange change;
        const uint64_t number = NumberOf(thread, round);
        ExpectOk(subject.Create(kRoot, "file" + std::to_string(number), number, &change), "Create");
        changes[static_cast<size_t>(thread)].push_back(change);
      }
    });
    std::map<uint64_t, DirectoryChange> chain;
    for (const auto& of_thread : changes) {
      for (size_t i = 0; i < of_thread.size(); ++i) {
        chain.emplace(of_thread[i].before.change, of_thread[i]);
        if (i != 0) Expect(of_thread[i - 1].after.change <= of_thread[i].before.change, "time went back in a thread");
      }
    }
    Expect(chain.size() == kThreads * kRounds, "two changes began at the same state");
    uint64_t expected = start.change;
    uint64_t entries = 0;
    Timestamp mtime = start.mtime;
    for (const auto& [before, change] : chain) {
      Expect(before == expected, "a gap");
      Expect(change.after.change == before + 1, "a change of more than one");
      Expect(change.before.mtime == mtime, "the time before is not the time after of the one before");
      Expect(change.after.entry_count == ++entries, "entries are not counted one by one");
      mtime = change.after.mtime;
      expected = change.after.change;
    }
    Expect(subject.Inode(kRoot) == chain.rbegin()->second.after, "the row is not the last after");
    Expect(subject.Names(kRoot).size() == kThreads * kRounds, "an entry is lost");
  });
  AddCase(cases, factory, "usage of 8 threads adds up", [](Subject& subject) {
    RunThreads(kThreads, [&](int thread) {
      for (int round = 0; round < kRounds; ++round) {
        subject.Commit([&](MetadataTransaction& transaction) { transaction.AddUsage({thread + 1, 1}); });
      }
    });
    subject.See([](MetadataReader& reader) {
      UsageRecord usage;
      ExpectOk(reader.GetUsage(usage), "GetUsage");
      Expect(usage.files == kThreads * kRounds && usage.bytes == kRounds * kThreads * (kThreads + 1) / 2,
             "another sum");
    });
  });
  AddCase(cases, factory, "references of 8 threads add up", [](Subject& subject) {
    subject.Commit([](MetadataTransaction& transaction) {
      transaction.PutBlock(MakeBlock(1), 1, BlockState::kStored);
      transaction.AddBlockReferences(MakeBlock(1), 1000);
    });
    RunThreads(kThreads, [&](int thread) {
      for (int round = 0; round < kRounds; ++round) {
        subject.Commit([&](MetadataTransaction& transaction) {
          transaction.AddBlockReferences(MakeBlock(1), thread % 2 == 0 ? 2 : -1);
        });
      }
    });
    subject.See([](MetadataReader& reader) {
      BlockRecord record;
      ExpectOk(reader.GetBlock(MakeBlock(1), record), "GetBlock");
      Expect(record.references == 1000 + kRounds * (kThreads / 2), "another sum");
    });
  });
  AddCase(cases, factory, "8 threads that store the same block do so once", [](Subject& subject) {
    std::atomic<int> stored{0};
    RunThreads(kThreads, [&](int) {
      bool made = false;
      subject.Commit([&](MetadataTransaction& transaction) {
        BlockRecord record;
        const Status status = transaction.GetBlock(MakeBlock(1), record);
        made = status == ErrorCode::kNotFound;
        if (made) transaction.PutBlock(MakeBlock(1), 1, BlockState::kStored);
        transaction.AddBlockReferences(MakeBlock(1), 1);
      });
      if (made) ++stored;
    });
    Expect(stored == 1, "more than one believes to have made the row");
    subject.See([](MetadataReader& reader) {
      BlockRecord record;
      ExpectOk(reader.GetBlock(MakeBlock(1), record), "GetBlock");
      Expect(record.references == kThreads, "a reference is lost");
    });
  });
}

void AddSerialCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddCase(cases, factory, "8 threads that increment one inode lose nothing and are never refused",
          [](Subject& subject) {
            subject.Commit([](MetadataTransaction& transaction) { transaction.PutInode(MakeInode(FileNumber{20})); });
            RunThreads(kThreads, [&](int) {
              for (int round = 0; round < kRounds; ++round) {
                subject.Commit([](MetadataTransaction& transaction) {
                  InodeRecord inode;
                  ExpectOk(transaction.GetInodeForUpdate(FileNumber{20}, inode), "GetInodeForUpdate");
                  ++inode.size_bytes;
                  transaction.PutInode(inode);
                });
              }
            });
            Expect(subject.Inode(FileNumber{20}).size_bytes == kThreads * kRounds, "an increment is lost");
          });
  AddCase(cases, factory, "of 8 threads that make one name, one succeeds", [](Subject& subject) {
    for (int round = 0; round < 20; ++round) {
      std::atomic<int> made{0};
      RunThreads(kThreads, [&](int thread) {
        const Status status = subject.Create(kRoot, "name" + std::to_string(round), NumberOf(thread, round));
        if (status.ok()) {
          ++made;
        } else {
          ExpectCode(status, ErrorCode::kExists, "Create");
        }
      });
      Expect(made == 1, "not exactly one made the name");
    }
    Expect(subject.Inode(kRoot).entry_count == 20, "entries are not counted right");
  });
  AddCase(cases, factory, "views see every sum of concurrent transfers unchanged", [](Subject& subject) {
    constexpr uint64_t kAccounts = 6;
    subject.Commit([](MetadataTransaction& transaction) {
      for (uint64_t i = 0; i < kAccounts; ++i) {
        InodeRecord inode = MakeInode(FileNumber{20 + i});
        inode.size_bytes = 1000;
        transaction.PutInode(inode);
      }
    });
    RunThreads(4, [&](int thread) {
      for (int round = 0; round < 4 * kRounds; ++round) {
        if (thread < 2) {
          subject.Commit([&](MetadataTransaction& transaction) {
            InodeRecord from;
            InodeRecord to;
            const auto first = static_cast<uint64_t>(round + thread) % kAccounts;
            ExpectOk(transaction.GetInode(FileNumber{20 + first}, from), "GetInode");
            ExpectOk(transaction.GetInode(FileNumber{20 + (first + 1) % kAccounts}, to), "GetInode");
            --from.size_bytes;
            ++to.size_bytes;
            transaction.PutInode(from);
            transaction.PutInode(to);
          });
          continue;
        }
        uint64_t sum = 0;
        subject.See([&](MetadataReader& reader) {
          sum = 0;
          for (uint64_t i = 0; i < kAccounts; ++i) {
            InodeRecord inode;
            ExpectOk(reader.GetInode(FileNumber{20 + i}, inode), "GetInode");
            sum += inode.size_bytes;
          }
        });
        Expect(sum == kAccounts * 1000, "a view saw half of a transfer");
      }
    });
  });
  AddCase(cases, factory, "directories made and removed by 8 threads keep the link count", [](Subject& subject) {
    RunThreads(kThreads, [&](int thread) {
      for (int round = 0; round < kRounds / 2; ++round) {
        const std::string name = "directory" + std::to_string(thread);
        ExpectOk(subject.Create(kRoot, name, NumberOf(thread, round), nullptr, FileType::kDirectory), "Create");
        ExpectOk(subject.Remove(kRoot, name), "Remove");
      }
    });
    const InodeRecord root = subject.Inode(kRoot);
    Expect(root.link_count == 2 && root.entry_count == 0, "links or entries are left");
  });
  AddCase(cases, factory, "files made in a directory and removals of it never leave an entry without directory",
          [](Subject& subject) {
            for (int round = 0; round < 20; ++round) {
              subject.Commit([](MetadataTransaction& transaction) {
                transaction.PutInode(MakeInode(kDirectory, FileType::kDirectory));
              });
              RunThreads(4, [&](int thread) {
                if (thread == 0) {
                  const Status status = subject.TryCommit([](MetadataTransaction& transaction) -> Status {
                    InodeRecord directory;
                    DITTOFS_RETURN_IF_ERROR(transaction.GetInodeForUpdate(kDirectory, directory));
                    if (directory.entry_count != 0) return ErrorCode::kNotEmpty;
                    transaction.DeleteInode(kDirectory);
                    return {};
                  });
                  Expect(status.ok() || status == ErrorCode::kNotEmpty, "the removal: " + status.ToString());
                  return;
                }
                const uint64_t number = NumberOf(thread, round);
                const Status status = subject.Create(kDirectory, "file" + std::to_string(thread), number);
                Expect(status.ok() || status == ErrorCode::kNotFound, "the create: " + status.ToString());
              });
              const std::vector<std::string> names = subject.Names(kDirectory);
              if (subject.Look(kDirectory) == ErrorCode::kNotFound) {
                Expect(names.empty(), "entries without directory");
              } else {
                Expect(subject.Inode(kDirectory).entry_count == names.size(), "entries are not counted right");
              }
              for (const std::string& name : names) ExpectOk(subject.Remove(kDirectory, name), "Remove");
            }
          });
}

void AddListingUnderChangeCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddCase(cases, factory, "a listing in pages has every lasting entry once while others come and go",
          [](Subject& subject) {
            constexpr uint64_t kLasting = 200;
            for (uint64_t i = 0; i < kLasting; ++i) {
              ExpectOk(subject.Create(kRoot, "lasting" + std::to_string(i), 1000 + 10 * i), "Create");
            }
            std::atomic<bool> stop{false};
            RunThreads(3, [&](int thread) {
              if (thread != 0) {
                for (uint64_t i = 0; !stop.load() && i < 100000; ++i) {
                  const std::string name = "passing" + std::to_string(thread);
                  ExpectOk(subject.Create(kRoot, name, 1000 + 10 * (i % kLasting) + static_cast<uint64_t>(thread)),
                           "Create");
                  ExpectOk(subject.Remove(kRoot, name), "Remove");
                }
                return;
              }
              for (int round = 0; round < 5; ++round) {
                std::multiset<std::string> seen;
                Cookie after;
                size_t count = 1;
                while (count != 0) {
                  std::vector<std::pair<std::string, Cookie>> page;
                  subject.See([&](MetadataReader& reader) {
                    page.clear();
                    ExpectOk(reader.ListEntries(kRoot, after, true,
                                                [&](const MetadataEntry& entry) {
                                                  page.emplace_back(entry.name, entry.entry.cookie);
                                                  return page.size() < 17;
                                                }),
                             "ListEntries");
                  });
                  count = page.size();
                  for (const auto& [name, cookie] : page) {
                    Expect(cookie > after, "cookies went back");
                    after = cookie;
                    if (name.starts_with("lasting")) seen.insert(name);
                  }
                }
                Expect(seen.size() == kLasting, "a lasting entry was left out or repeated");
                Expect(std::set<std::string>(seen.begin(), seen.end()).size() == kLasting, "an entry was repeated");
              }
              stop.store(true);
            });
          });
}

}  // namespace

void AddConcurrencyCases(CaseList& cases, const MetadataStoreFactory& factory) {
  AddMergeCases(cases, factory);
  AddSerialCases(cases, factory);
  AddListingUnderChangeCases(cases, factory);
}

}  // namespace dittofs::testing
