#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmath>
#include <string>
#include <vector>

#include "catch.h"
#include "histogram.h"
#include "stream.h"
#include "wire.h"

namespace dittofs::bench {
namespace {

std::vector<std::byte> Fragment(const std::string& text, bool last) {
  std::vector<std::byte> bytes(kMarkBytes + text.size());
  StoreU32(bytes.data(), static_cast<uint32_t>(text.size()) | (last ? kLastFragment : 0));
  std::memcpy(bytes.data() + kMarkBytes, text.data(), text.size());
  return bytes;
}

void Append(std::vector<std::byte>& to, const std::vector<std::byte>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

// What a reader that keeps `head_bytes_max` makes of `stream` in portions of `portion` bytes: "head/length" per record.
std::vector<std::string> ReadRecords(const std::vector<std::byte>& stream, size_t portion, size_t head_bytes_max) {
  RecordReader reader(head_bytes_max);
  std::vector<std::string> records;
  for (size_t at = 0; at < stream.size(); at += portion) {
    reader.Feed(std::span(stream).subspan(at, std::min(portion, stream.size() - at)),
                [&](std::span<const std::byte> head, size_t length) {
                  const size_t kept = std::min(head.size(), head_bytes_max);
                  records.push_back(std::string(reinterpret_cast<const char*>(head.data()), kept) + "/" +
                                    std::to_string(length));
                });
  }
  return records;
}

TEST_CASE("Histogram percentiles are right to a bucket of 1/32") {
  Histogram histogram;
  for (uint64_t value = 1; value <= 100'000; ++value) histogram.Add(value);
  for (const double fraction : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const double expected = fraction * 100'000;
    CHECK(std::abs(static_cast<double>(histogram.PercentileNs(fraction)) - expected) <= expected / 32 + 1);
  }
  CHECK(histogram.PercentileNs(1) == 100'000);
  CHECK(histogram.max_ns() == 100'000);
}

TEST_CASE("Histogram takes the longest duration there is") {
  Histogram histogram;
  histogram.Add(UINT64_MAX);
  CHECK(histogram.PercentileNs(0.5) == UINT64_MAX);
}

TEST_CASE("RecordReader finds the same records however the stream is cut") {
  std::vector<std::byte> stream;
  Append(stream, Fragment("one", true));
  Append(stream, Fragment("", true));
  Append(stream, Fragment("two ", false));
  Append(stream, Fragment("", false));
  Append(stream, Fragment("parts", true));
  Append(stream, Fragment("a record that is longer than what is kept", true));
  Append(stream, Fragment("end", true));
  const std::vector<std::string> expected = {"one/3", "/0", "two part/9", "a record/41", "end/3"};
  for (size_t portion = 1; portion <= stream.size(); ++portion) CHECK(ReadRecords(stream, portion, 8) == expected);
}

TEST_CASE("SendQueue keeps the order of messages and payloads over a socket that takes little at a time") {
  int sockets[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
  const int small = 4096;
  setsockopt(sockets[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  fcntl(sockets[1], F_SETFL, O_NONBLOCK);
  SendQueue queue(4, 64);
  const std::vector<std::byte> payload(10'000, std::byte{'p'});
  std::string expected;
  std::string received;
  char buffer[3000];
  const auto drain = [&] {
    const ssize_t length = ::recv(sockets[1], buffer, sizeof buffer, 0);
    if (length > 0) received.append(buffer, static_cast<size_t>(length));
  };
  for (int message = 0; message < 200; ++message) {
    const std::string text = std::to_string(message).append(";");
    std::memcpy(queue.Reserve(), text.data(), text.size());
    queue.Commit(text.size());
    expected += text;
    if (message % 7 == 0) {
      queue.CommitPayload(payload);
      expected.append(payload.size(), 'p');
    }
    CHECK(queue.Flush(sockets[0]) != SendQueue::Outcome::kFailed);
    drain();
  }
  while (!queue.empty()) {
    CHECK(queue.Flush(sockets[0]) != SendQueue::Outcome::kFailed);
    drain();
  }
  while (received.size() < expected.size()) drain();
  CHECK(received == expected);
  ::close(sockets[0]);
  ::close(sockets[1]);
}

TEST_CASE("DecodeReplyHead names what the server refused") {
  const auto head = [](std::initializer_list<uint32_t> words) {
    std::vector<std::byte> bytes(4 * words.size());
    Encoder encoder(bytes.data());
    for (const uint32_t word : words) encoder.U32(word);
    return bytes;
  };
  const char* why = "";
  const std::vector<std::byte> good = head({7, 1, 0, 0, 0, 0});
  Decoder accepted(good);
  CHECK(DecodeReplyHead(accepted, &why));
  CHECK(accepted.Finished());
  const std::vector<std::byte> mismatch = head({7, 1, 0, 0, 0, 2, 3, 3});
  Decoder refused(mismatch);
  CHECK_FALSE(DecodeReplyHead(refused, &why));
  CHECK(std::string(why) == "PROG_MISMATCH");
  const std::vector<std::byte> cut = head({7, 1, 0, 0});
  Decoder shortened(cut);
  CHECK_FALSE(DecodeReplyHead(shortened, &why));
}

}  // namespace
}  // namespace dittofs::bench
