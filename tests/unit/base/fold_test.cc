#include "base/fold.h"

#include "catch.h"

namespace dittofs::base {

TEST_CASE("names fold as CaseFolding.txt says") {
  struct Row {
    const char* name;
    const char* folded;
  };
  const Row rows[] = {
      {"README.TXT", "readme.txt"},
      {"[\\]^_`{|}@", "[\\]^_`{|}@"},
      {"ÀÖØÞ×÷ß", "àöøþ×÷ß"},
      {"ĀĮİĲĶĸĹŇŉŊŶŸŹŽſ", "āįİĳķĸĺňŉŋŷÿźžs"},
      {"ΆΈΏΑΡΣΫςϐ", "άέώαρσϋσβ"},
      {"ЀЏАЯѠҀӀӁԮ", "ѐџаяѡҁӏӂԯ"},
      {"ԱՖ", "աֆ"},
      {"ẀẞẠỾ", "ẁßạỿ"},
      {"Ａｚ", "ａｚ"},
      {"漢字 😀", "漢字 😀"},
      {"µ", "μ"},
  };
  for (const Row& row : rows) {
    CHECK(FoldName(row.name) == row.folded);
    CHECK(FoldName(row.folded) == row.folded);
  }
}

TEST_CASE("bytes that are not UTF-8 stay as they are when a name is folded") {
  // Lone continuation, cut sequences, an overlong form of 'A' in two and of U+00C0 in three bytes, and 0xFF.
  for (const char* name : {"\x80", "\xC3", "\xE1\xBA", "\xC1\x81", "\xE0\x83\x80", "\xFF\xFE", "\xC3(", "\xE1\x80("}) {
    CHECK(FoldName(name) == name);
  }
  CHECK(FoldName("A\x80Z") == "a\x80z");
}

TEST_CASE("a folded name is never longer, whatever the bytes") {
  for (unsigned a = 0; a < 256; ++a) {
    for (unsigned b = 0; b < 256; ++b) {
      const char bytes[] = {static_cast<char>(a), static_cast<char>(b), static_cast<char>(b ^ 0x21), 'Z'};
      const std::string_view name(bytes, sizeof bytes);
      const std::string folded = FoldName(name);
      REQUIRE(folded.size() <= name.size());
      REQUIRE(FoldName(folded) == folded);
    }
  }
}

}  // namespace dittofs::base
