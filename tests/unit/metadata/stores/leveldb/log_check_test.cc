#include "metadata/stores/leveldb/log_check.h"

#include <string>

#include "base/bytes.h"
#include "catch.h"

namespace dittofs::leveldb_store {
namespace {

/// A record without a good checksum: the walk does not look at it.
std::string Record(size_t payload) {
  std::string record(7 + payload, 'p');
  base::StoreLittleEndian(record.data() + 4, static_cast<uint16_t>(payload));
  record[6] = 1;
  return record;
}

TEST_CASE("log check: whole records are good") {
  CHECK(CheckLog("", "log").ok());
  CHECK(CheckLog(Record(0) + Record(100) + Record(1), "log").ok());
}

TEST_CASE("log check: a cut anywhere in the last record is good") {
  const std::string log = Record(50) + Record(20);
  for (size_t size = 57; size < log.size(); ++size) CHECK(CheckLog(log.substr(0, size), "log").ok());
}

TEST_CASE("log check: the rest of a block that holds no header is skipped") {
  const std::string first = Record(32768 - 7 - 5);
  CHECK(CheckLog(first + std::string(5, '\0') + Record(10), "log").ok());
}

TEST_CASE("log check: a record across the end of a block is damage") {
  std::string log = Record(32768 - 7 - 20) + Record(100);
  log.resize(40000, 'x');
  const Status status = CheckLog(log, "000003.log");
  CHECK(status == ErrorCode::kCorruption);
  CHECK(status.message().find("000003.log") != std::string_view::npos);
}

TEST_CASE("log check: zeros up to the end are good, zeros before anything else are damage") {
  const std::string zeros(100, '\0');
  CHECK(CheckLog(Record(10) + zeros, "log").ok());
  CHECK(CheckLog(Record(10) + zeros + Record(1), "log") == ErrorCode::kCorruption);
}

}  // namespace
}  // namespace dittofs::leveldb_store
