#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "dittofs/block_store.h"
#include "dittofs/testing/report.h"

namespace dittofs::testing {

/// Where one store lives during one case: empty when it is made, gone with the object.
class BlockStorePlace {
 public:
  virtual ~BlockStorePlace() = default;
  /// Opens the store of this place; again after the one before was destroyed. A store whose traits say `durable` then
  /// has what was put.
  virtual Result<std::unique_ptr<BlockStore>> Open() = 0;
};
/// Makes a fresh place. Called once or more per case.
using BlockStoreFactory = std::function<std::unique_ptr<BlockStorePlace>()>;

/// What the contract in dittofs/block_store.h demands of every store, one behaviour per case. Some cases start up to 8
/// threads; all together put about 100 MiB.
std::vector<SuiteCase> BlockStoreCases(const BlockStoreFactory& factory);

/// Runs them all.
SuiteReport RunBlockStoreSuite(const BlockStoreFactory& factory,
                               const std::function<void(const CaseResult&)>& reporter = {});

}  // namespace dittofs::testing
