// Runs a fuzz target on every seed of a folder, without a fuzzer. Prints TAP, one case per seed.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argument_count, char** arguments) {
  if (argument_count != 2) return std::fprintf(stderr, "usage: replay FOLDER\n"), 2;
  std::vector<std::filesystem::path> seeds;
  for (const auto& entry : std::filesystem::directory_iterator(arguments[1])) seeds.push_back(entry.path());
  std::sort(seeds.begin(), seeds.end());
  std::printf("1..%zu\n", seeds.size());
  size_t number = 0;
  for (const auto& seed : seeds) {
    std::ifstream in(seed, std::ios::binary);
    const std::vector<char> bytes(std::istreambuf_iterator<char>(in), {});
    std::fflush(stdout);  // a seed that kills the target is the one after the last that was reported
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    std::printf("ok %zu - seed %s\n", ++number, seed.filename().c_str());
  }
  return number > 0 ? 0 : 1;
}
