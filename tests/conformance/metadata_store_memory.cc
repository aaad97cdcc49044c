#include "dittofs/stores/memory.h"
#include "dittofs/testing/metadata_store_suite.h"
#include "suite_cases.h"

namespace {

class MemoryPlace final : public dittofs::testing::MetadataStorePlace {
 public:
  dittofs::Result<std::unique_ptr<dittofs::MetadataStore>> Open() override {
    return dittofs::MakeMemoryMetadataStore();
  }
};

const bool kRegistered = dittofs::conformance::RegisterSuite(
    "memory metadata store", dittofs::testing::MetadataStoreCases([] { return std::make_unique<MemoryPlace>(); }));

}  // namespace
