#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "onc_rpc/program.h"
#include "xdr/reader.h"

namespace dittofs::onc_rpc::testing {

inline constexpr uint32_t kTestProgram = 0x2000'0001;
enum Procedure : uint32_t {
  kNull = 0,
  kEcho = 1,           // opaque<> -> the same
  kWait = 2,           // announces to block, then waits for Release()
  kRelease = 3,        // releases one that waits
  kThrow = 4,          // writes a little, then throws
  kGarbage = 5,        // writes a little, then finds the arguments garbage
  kCount = 6,          // replay protected: how often it was executed
  kFill = 7,           // n -> n bytes, spliced
  kWaitCount = 8,      // replay protected: kWait, then kCount
  kCredentials = 9,    // uid, gid, groups, machine name
  kGrow = 10,          // n -> n words, one by one
  kThrowLate = 11,     // announces to block, then throws
  kCountAndFail = 12,  // replay protected: counts, and throws
  kOwned = 13,         // opaque<> -> whether the record has memory of its own, and the opaque's size
  kBlockEcho = 14,     // announces to block, then kEcho
  kThrowLong = 15,     // writes and splices more than any buffer holds, then throws
  kWaitFill = 16,      // n -> kWait, then kFill
  kProcedures,
};

/// A program that does what tests need. Thread-safe.
class TestProgram final : public Program {
 public:
  uint32_t number() const noexcept override { return kTestProgram; }
  uint32_t lowest_version() const noexcept override { return 2; }
  uint32_t highest_version() const noexcept override { return 3; }
  const ProcedureTraits* procedure(uint32_t version, uint32_t procedure) const noexcept override {
    static constexpr std::array<ProcedureTraits, kProcedures> kTraits{{{"NULL"},
                                                                       {"ECHO"},
                                                                       {"WAIT"},
                                                                       {"RELEASE"},
                                                                       {"THROW"},
                                                                       {"GARBAGE"},
                                                                       {"COUNT", true},
                                                                       {"FILL"},
                                                                       {"WAITCOUNT", true},
                                                                       {"CREDENTIALS"},
                                                                       {"GROW"},
                                                                       {"THROWLATE"},
                                                                       {"COUNTANDFAIL", true},
                                                                       {"OWNED"},
                                                                       {"BLOCKECHO"},
                                                                       {"THROWLONG"},
                                                                       {"WAITFILL"}}};
    if (procedure >= kTraits.size()) return nullptr;
    // Version 2 is a small one.
    return version == 2 && procedure > kEcho ? nullptr : &kTraits[procedure];
  }

  AcceptStatus Run(const Call& call, xdr::Writer& reply) override {
    xdr::Reader arguments(call.arguments);
    switch (call.procedure) {
      case kBlockEcho:
        call.blocking->WillBlock();
        [[fallthrough]];
      case kEcho: {
        const auto bytes = arguments.Opaque(1 << 22);
        if (!arguments.Finished()) return AcceptStatus::kGarbageArguments;
        reply.Opaque(bytes);
        break;
      }
      case kWaitCount:
      case kWait:
        reply.Uint32(7);  // what was written before must survive the hand-over
        call.blocking->WillBlock();
        Wait();
        if (call.procedure == kWaitCount) reply.Uint32(++executions);
        break;
      case kRelease:
        Release(1);
        break;
      case kThrow:
        for (int i = 0; i < 5; ++i) reply.Uint32(1);
        throw std::runtime_error("on purpose");
      case kThrowLong:
        reply.Content(BufferChain(Buffer::Copy(std::vector<std::byte>(100))));
        for (int i = 0; i < 100'000; ++i) reply.Uint32(1);
        throw std::runtime_error("on purpose");
      case kThrowLate:
        reply.Uint32(7);
        call.blocking->WillBlock();
        throw std::bad_alloc();
      case kGarbage:
        reply.Uint32(1);
        return AcceptStatus::kGarbageArguments;
      case kCount:
        reply.Uint32(++executions);
        break;
      case kCountAndFail:
        ++executions;
        throw 17;
      case kWaitFill:
        call.blocking->WillBlock();
        Wait();
        [[fallthrough]];
      case kFill: {
        std::byte* bytes = nullptr;
        const uint32_t size_bytes = arguments.Uint32();
        BufferChain content(Buffer::Allocate(size_bytes, &bytes));
        std::memset(bytes, 0x5a, size_bytes);
        reply.Content(content);
        break;
      }
      case kCredentials:
        reply.Uint32(call.credentials.uid);
        reply.Uint32(call.credentials.gid);
        reply.Uint32(static_cast<uint32_t>(call.credentials.groups.size()));
        for (const uint32_t group : call.credentials.groups) reply.Uint32(group);
        reply.String(call.machine_name);
        break;
      case kGrow: {
        const uint32_t count = arguments.Uint32();
        for (uint32_t i = 0; i < count; ++i) reply.Uint32(i);
        break;
      }
      case kOwned: {
        const auto bytes = arguments.Opaque(1 << 22);
        reply.Bool(call.record.owned() && bytes.data() >= call.record.data() &&
                   bytes.data() + bytes.size() <= call.record.data() + call.record.size());
        reply.Uint32(static_cast<uint32_t>(bytes.size()));
        break;
      }
      default:
        break;
    }
    ++finished;
    return AcceptStatus::kSuccess;
  }

  void Release(uint32_t count) {
    base::MutexLock lock(mutex_);
    permits_ += count;
    changed_.NotifyAll();
  }
  /// Until so many calls of kWait are or were inside.
  void AwaitEntered(uint32_t count) {
    base::MutexLock lock(mutex_);
    while (entered_ < count) changed_.Wait(mutex_);
  }
  uint32_t entered() {
    base::MutexLock lock(mutex_);
    return entered_;
  }

  std::atomic<uint32_t> executions{0};
  std::atomic<uint32_t> finished{0};

 private:
  void Wait() {
    base::MutexLock lock(mutex_);
    ++entered_;
    changed_.NotifyAll();
    while (permits_ == 0) changed_.Wait(mutex_);
    --permits_;
  }
  base::Mutex mutex_;  // rank: leaf
  base::CondVar changed_;
  uint32_t permits_ GUARDED_BY(mutex_) = 0;
  uint32_t entered_ GUARDED_BY(mutex_) = 0;
};

}  // namespace dittofs::onc_rpc::testing
