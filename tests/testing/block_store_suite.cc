#include "dittofs/testing/block_store_suite.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "case_checks.h"

namespace dittofs::testing {
namespace {

/// The store under test, opened in a fresh place.
class Subject {
 public:
  explicit Subject(const BlockStoreFactory& factory) : place_(factory()) {
    Expect(place_ != nullptr, "the factory made no place");
    store_ = Take(place_->Open(), "Open");
  }
  BlockStore& store() noexcept { return *store_; }
  void Reopen() {
    store_.reset();
    store_ = Take(place_->Open(), "Open, again");
  }
  Status Put(std::string_view key, std::string_view content) {
    return store_->Put(key, {reinterpret_cast<const std::byte*>(content.data()), content.size()});
  }
  void MustPut(std::string_view key, std::string_view content,
               const std::source_location& where = std::source_location::current()) {
    ExpectOk(Put(key, content), "Put", where);
  }
  /// The answer of Get() and what it read.
  Status Get(std::string_view key, uint64_t offset, size_t length, std::string& content) {
    content.assign(length, '?');
    size_t got = SIZE_MAX;
    const Status status = store_->Get(key, offset, {reinterpret_cast<std::byte*>(content.data()), length}, &got);
    content.resize(std::min(got, length));
    return status;
  }
  void ExpectContent(std::string_view key, std::string_view content,
                     const std::source_location& where = std::source_location::current()) {
    std::string found;
    ExpectOk(Get(key, 0, content.size() + 10, found), "Get", where);
    Expect(found == content, "the object has another content", where);
  }
  std::map<std::string, uint64_t> List(std::string_view prefix,
                                       const std::source_location& where = std::source_location::current()) {
    std::map<std::string, uint64_t> found;
    bool twice = false;
    ExpectOk(store_->List(prefix,
                          [&](const StoredObject& object) {
                            twice = !found.emplace(object.key, object.size_bytes).second || twice;
                            return true;
                          }),
             "List", where);
    Expect(!twice, "an object was listed twice", where);
    return found;
  }

 private:
  std::unique_ptr<BlockStorePlace> place_;
  std::unique_ptr<BlockStore> store_;
};

using CaseList = std::vector<SuiteCase>;
using CaseBody = void (*)(Subject&);

void AddCase(CaseList& cases, const BlockStoreFactory& factory, std::string name, CaseBody body) {
  cases.push_back(MakeCase(std::move(name), [factory, body] {
    Subject subject(factory);
    body(subject);
  }));
}

std::string Pattern(size_t size, uint32_t seed) {
  std::string text(size, '\0');
  uint32_t x = seed * 2654435761u + 1;
  for (char& c : text) {
    x = x * 1664525u + 1013904223u;
    c = static_cast<char>(x >> 24);
  }
  return text;
}

void RunThreads(int count, const std::function<void(int)>& fn) {
  std::mutex mutex;
  std::exception_ptr failure;
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      try {
        fn(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
}

void AddObjectCases(CaseList& cases, const BlockStoreFactory& factory) {
  AddCase(cases, factory, "an object is read back whole", [](Subject& subject) {
    subject.MustPut("blocks/ab/cdef", "content");
    subject.ExpectContent("blocks/ab/cdef", "content");
  });
  AddCase(cases, factory, "a range is read from its offset on", [](Subject& subject) {
    subject.MustPut("key", "0123456789");
    std::string found;
    ExpectOk(subject.Get("key", 3, 4, found), "Get");
    Expect(found == "3456", "other bytes");
  });
  AddCase(cases, factory, "a range over the end is cut there", [](Subject& subject) {
    subject.MustPut("key", "0123456789");
    std::string found;
    ExpectOk(subject.Get("key", 8, 100, found), "Get");
    Expect(found == "89", "other bytes");
  });
  AddCase(cases, factory, "a range at or behind the end is empty and no error", [](Subject& subject) {
    subject.MustPut("key", "0123456789");
    std::string found;
    ExpectOk(subject.Get("key", 10, 5, found), "Get at the end");
    Expect(found.empty(), "bytes at the end");
    ExpectOk(subject.Get("key", uint64_t{1} << 40, 5, found), "Get far behind the end");
    Expect(found.empty(), "bytes behind the end");
  });
  AddCase(cases, factory, "a read of no bytes answers whether there is an object", [](Subject& subject) {
    subject.MustPut("key", "x");
    std::string found;
    ExpectOk(subject.Get("key", 0, 0, found), "Get of nothing");
    ExpectCode(subject.Get("other", 0, 0, found), ErrorCode::kNotFound, "Get of nothing from nothing");
  });
  AddCase(cases, factory, "an object may be empty", [](Subject& subject) {
    subject.MustPut("key", "");
    subject.ExpectContent("key", "");
    Expect(Take(subject.store().Stat("key"), "Stat") == 0, "another size");
  });
  AddCase(cases, factory, "Stat answers the size", [](Subject& subject) {
    subject.MustPut("key", std::string(12345, 'x'));
    Expect(Take(subject.store().Stat("key"), "Stat") == 12345, "another size");
  });
  AddCase(cases, factory, "an object that is absent is kNotFound for Get, Stat and Delete", [](Subject& subject) {
    std::string found;
    ExpectCode(subject.Get("no/such", 0, 10, found), ErrorCode::kNotFound, "Get");
    Expect(found.empty(), "Get of an absent object read bytes");
    ExpectCode(subject.store().Stat("no/such").status(), ErrorCode::kNotFound, "Stat");
    ExpectCode(subject.store().Delete("no/such"), ErrorCode::kNotFound, "Delete");
  });
  AddCase(cases, factory, "putting a key again replaces the object, by a longer or shorter one", [](Subject& subject) {
    subject.MustPut("key", "first");
    subject.MustPut("key", "the second is longer");
    subject.ExpectContent("key", "the second is longer");
    subject.MustPut("key", "3");
    subject.ExpectContent("key", "3");
    Expect(subject.List("").size() == 1, "more than one object");
  });
  AddCase(cases, factory, "a deleted object is gone and can be put again", [](Subject& subject) {
    subject.MustPut("a/b", "x");
    ExpectOk(subject.store().Delete("a/b"), "Delete");
    std::string found;
    ExpectCode(subject.Get("a/b", 0, 1, found), ErrorCode::kNotFound, "Get");
    Expect(subject.List("").empty(), "it is still listed");
    subject.MustPut("a/b", "y");
    subject.ExpectContent("a/b", "y");
  });
  AddCase(cases, factory, "deleting one object leaves its neighbours", [](Subject& subject) {
    for (const char* key : {"a/1", "a/2", "a/2x"}) subject.MustPut(key, key);
    ExpectOk(subject.store().Delete("a/2"), "Delete");
    subject.ExpectContent("a/1", "a/1");
    subject.ExpectContent("a/2x", "a/2x");
  });
  AddCase(cases, factory, "objects of every byte value and of 9 MiB come back as they were", [](Subject& subject) {
    const std::string large = Pattern(9'000'001, 1);
    subject.MustPut("large", large);
    subject.ExpectContent("large", large);
    std::string found;
    ExpectOk(subject.Get("large", 5'000'000, 4096, found), "Get");
    Expect(found == large.substr(5'000'000, 4096), "other bytes in the middle");
  });
}

void AddKeyCases(CaseList& cases, const BlockStoreFactory& factory) {
  AddCase(cases, factory, "every operation refuses what is no key", [](Subject& subject) {
    const std::vector<std::string> bad = {"",
                                          "/",
                                          "/a",
                                          "a/",
                                          "a//b",
                                          ".",
                                          "..",
                                          "a/..",
                                          "../a",
                                          "a/./b",
                                          "a b",
                                          "a\nb",
                                          "a\\b",
                                          "a:b",
                                          "ä",
                                          "a*",
                                          "a+b",
                                          "a~",
                                          std::string("a\0b", 3),
                                          std::string(513, 'a')};
    for (const std::string& key : bad) {
      std::string found;
      ExpectCode(subject.Put(key, "x"), ErrorCode::kInvalidArgument, "Put of \"" + key + "\"");
      ExpectCode(subject.Get(key, 0, 1, found), ErrorCode::kInvalidArgument, "Get of \"" + key + "\"");
      ExpectCode(subject.store().Stat(key).status(), ErrorCode::kInvalidArgument, "Stat of \"" + key + "\"");
      ExpectCode(subject.store().Delete(key), ErrorCode::kInvalidArgument, "Delete of \"" + key + "\"");
    }
    Expect(subject.List("").empty(), "something was stored");
  });
  AddCase(cases, factory, "every key that is one is taken, up to 512 bytes", [](Subject& subject) {
    std::string deep;
    while (deep.size() < 500) deep += "d/";
    const std::vector<std::string> good = {"a",
                                           "A",
                                           "0",
                                           "-",
                                           "_",
                                           "...",
                                           ".hidden",
                                           "a.b-c_d/E9",
                                           std::string(512, 'x'),
                                           std::string(255, 'y') + "/" + std::string(256, 'y'),
                                           deep + "end"};
    for (const std::string& key : good) subject.MustPut(key, key);
    for (const std::string& key : good) subject.ExpectContent(key, key);
    const auto listed = subject.List("");
    Expect(listed.size() == good.size(), "another number of objects is listed");
    for (const std::string& key : good) Expect(listed.contains(key), "not listed: " + key);
  });
  AddCase(cases, factory, "a key and its prefixes are objects of their own", [](Subject& subject) {
    for (const char* key : {"a/b/c", "a", "a/b", "ab"}) subject.MustPut(key, key);
    for (const char* key : {"a/b/c", "a", "a/b", "ab"}) subject.ExpectContent(key, key);
    ExpectOk(subject.store().Delete("a/b"), "Delete");
    subject.ExpectContent("a/b/c", "a/b/c");
    subject.ExpectContent("a", "a");
  });
  AddCase(cases, factory, "keys that differ in case are different", [](Subject& subject) {
    subject.MustPut("Key", "upper");
    subject.MustPut("key", "lower");
    subject.ExpectContent("Key", "upper");
    subject.ExpectContent("key", "lower");
  });
}

void AddListCases(CaseList& cases, const BlockStoreFactory& factory) {
  AddCase(cases, factory, "an empty store lists nothing", [](Subject& subject) {
    Expect(subject.List("").empty(), "there is something");
    Expect(subject.List("blocks/").empty(), "there is something");
  });
  AddCase(cases, factory, "a prefix selects whole keys, also in the middle of a component", [](Subject& subject) {
    for (const char* key : {"blocks/ab/1", "blocks/ab/2", "blocks/ac/1", "blocksx", "b"}) subject.MustPut(key, "x");
    Expect(subject.List("blocks/ab/").size() == 2, "blocks/ab/");
    Expect(subject.List("blocks/a").size() == 3, "blocks/a");
    Expect(subject.List("blocks/").size() == 3, "blocks/");
    Expect(subject.List("blocks").size() == 4, "blocks");
    Expect(subject.List("blocks/ab/1").size() == 1, "a whole key");
    Expect(subject.List("blocks/ab/11").empty(), "longer than any key");
    Expect(subject.List("c").empty(), "no such prefix");
    Expect(subject.List("").size() == 5, "everything");
  });
  AddCase(cases, factory, "objects are listed with their sizes", [](Subject& subject) {
    subject.MustPut("a", "12345");
    subject.MustPut("b/c", "");
    const auto listed = subject.List("");
    Expect(listed.at("a") == 5 && listed.at("b/c") == 0, "another size");
  });
  AddCase(cases, factory, "the age of an object is plausible", [](Subject& subject) {
    subject.MustPut("a", "x");
    int64_t modified = 0;
    ExpectOk(subject.store().List("",
                                  [&](const StoredObject& object) {
                                    modified = object.modified_seconds;
                                    return true;
                                  }),
             "List");
    Expect(modified > 1'600'000'000, "modified_seconds is long ago");
  });
  AddCase(cases, factory, "a listing stops when the visitor has enough", [](Subject& subject) {
    for (int i = 0; i < 20; ++i) subject.MustPut("a/" + std::to_string(i), "x");
    int visited = 0;
    ExpectOk(subject.store().List("", [&](const StoredObject&) { return ++visited < 3; }), "List");
    Expect(visited == 3, "it went on");
  });
  AddCase(cases, factory, "the visitor may call the store", [](Subject& subject) {
    for (int i = 0; i < 20; ++i) subject.MustPut("a/" + std::to_string(i), "x");
    std::vector<std::string> keys;
    ExpectOk(subject.store().List("a/",
                                  [&](const StoredObject& object) {
                                    keys.emplace_back(object.key);
                                    return subject.store().Delete(object.key).ok();
                                  }),
             "List");
    Expect(keys.size() == 20, "not every object was visited");
    Expect(subject.List("").empty(), "something is left");
  });
  AddCase(cases, factory, "thousands of objects are listed once each", [](Subject& subject) {
    for (int i = 0; i < 3000; ++i) subject.MustPut("n/" + std::to_string(i % 7) + "/" + std::to_string(i), "x");
    Expect(subject.List("n/").size() == 3000, "another number");
  });
}

void AddConcurrencyCases(CaseList& cases, const BlockStoreFactory& factory) {
  AddCase(cases, factory, "threads put, read and delete objects of their own", [](Subject& subject) {
    RunThreads(8, [&](int thread) {
      for (int i = 0; i < 40; ++i) {
        const std::string key = "t/" + std::to_string(i % 5) + "/" + std::to_string(thread) + "." + std::to_string(i);
        const std::string content = Pattern(1000, static_cast<uint32_t>(thread * 1000 + i));
        subject.MustPut(key, content);
        subject.ExpectContent(key, content);
        if (i % 2 == 0) ExpectOk(subject.store().Delete(key), "Delete");
      }
    });
    Expect(subject.List("t/").size() == 8 * 20, "another number of objects is left");
  });
  AddCase(cases, factory, "a reader sees one whole object while it is replaced", [](Subject& subject) {
    constexpr size_t kSize = 200'000;
    subject.MustPut("key", std::string(kSize, 'a'));
    std::atomic<int> writers{3};
    RunThreads(5, [&](int thread) {
      if (thread < 3) {
        for (int i = 0; i < 20; ++i) subject.MustPut("key", std::string(kSize, static_cast<char>('a' + thread)));
        --writers;
        return;
      }
      std::string found;
      while (writers > 0) {
        ExpectOk(subject.Get("key", 0, kSize, found), "Get");
        Expect(found == std::string(kSize, found.empty() ? '?' : found[0]), "a mixture of two objects");
      }
    });
  });
  AddCase(cases, factory, "a listing sees what stays, exactly once, while other objects come and go",
          [](Subject& subject) {
            for (int i = 0; i < 300; ++i) subject.MustPut("stay/" + std::to_string(i), "x");
            std::atomic<bool> stop{false};
            RunThreads(3, [&](int thread) {
              if (thread == 0) {
                for (int round = 0; round < 10; ++round) {
                  size_t stayed = 0;
                  for (const auto& [key, size] : subject.List("")) stayed += key.starts_with("stay/") ? 1 : 0;
                  if (stayed != 300) stop = true;
                  Expect(stayed == 300, "an object that stays was not listed");
                }
                stop = true;
                return;
              }
              for (int i = 0; !stop; ++i) {
                const std::string key = "come/" + std::to_string(thread) + "/" + std::to_string(i % 50);
                subject.MustPut(key, "x");
                if (i % 3 == 0) ExpectOk(subject.store().Delete(key), "Delete");
              }
            });
          });
}

void AddStoreCases(CaseList& cases, const BlockStoreFactory& factory) {
  AddCase(cases, factory, "a store says what it is and takes objects of 4 MiB", [](Subject& subject) {
    Expect(!subject.store().Describe().empty(), "Describe() is empty");
    Expect(subject.store().traits().max_object_bytes >= kMaxBlockBytes, "max_object_bytes is below 4 MiB");
  });
  AddCase(cases, factory, "a durable store has its objects when it is opened again", [](Subject& subject) {
    if (!subject.store().traits().durable) throw CaseSkip{"traits().durable is false"};
    const std::string content = Pattern(100'000, 3);
    subject.MustPut("blocks/ab/abcd", content);
    subject.MustPut("gone", "x");
    ExpectOk(subject.store().Delete("gone"), "Delete");
    subject.Reopen();
    subject.ExpectContent("blocks/ab/abcd", content);
    Expect(subject.List("").size() == 1, "another number of objects");
  });
  AddCase(cases, factory, "capacity, if known, adds up", [](Subject& subject) {
    const Result<BlockStoreCapacity> capacity = subject.store().Capacity();
    if (capacity.code() == ErrorCode::kNotSupported) throw CaseSkip{"Capacity() is not supported"};
    ExpectOk(capacity.status(), "Capacity");
    Expect(capacity->free_bytes <= capacity->total_bytes, "more is free than there is");
    Expect(capacity->available_bytes <= capacity->free_bytes, "more is available than free");
  });
}

}  // namespace

std::vector<SuiteCase> BlockStoreCases(const BlockStoreFactory& factory) {
  CaseList cases;
  AddObjectCases(cases, factory);
  AddKeyCases(cases, factory);
  AddListCases(cases, factory);
  AddConcurrencyCases(cases, factory);
  AddStoreCases(cases, factory);
  return cases;
}

SuiteReport RunBlockStoreSuite(const BlockStoreFactory& factory,
                               const std::function<void(const CaseResult&)>& reporter) {
  return RunCases(BlockStoreCases(factory), reporter);
}

}  // namespace dittofs::testing
