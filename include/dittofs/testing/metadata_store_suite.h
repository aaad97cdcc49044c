#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "dittofs/metadata_store.h"
#include "dittofs/testing/report.h"

namespace dittofs::testing {

/// Where one store lives during one case: empty when it is made, gone with the object.
class MetadataStorePlace {
 public:
  virtual ~MetadataStorePlace() = default;
  /// Opens the store of this place; again after the one before was destroyed. A store whose traits say `durable` then
  /// has what was committed.
  virtual Result<std::unique_ptr<MetadataStore>> Open() = 0;
};
/// Makes a fresh place. Called once or more per case.
using MetadataStoreFactory = std::function<std::unique_ptr<MetadataStorePlace>()>;

/// What the contract in dittofs/metadata_store.h demands of every store, one behaviour per case. What applies is chosen
/// by the store's traits. Some cases start up to 8 threads; all together take a few seconds.
std::vector<SuiteCase> MetadataStoreCases(const MetadataStoreFactory& factory);

/// Runs them all.
SuiteReport RunMetadataStoreSuite(const MetadataStoreFactory& factory,
                                  const std::function<void(const CaseResult&)>& reporter = {});

}  // namespace dittofs::testing
