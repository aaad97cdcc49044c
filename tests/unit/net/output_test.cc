#include "net/output.h"

#include <cstring>
#include <string>

#include "base/bytes.h"
#include "catch.h"

namespace dittofs::net {
namespace {

struct Batch {
  MemoryPool pool{1 << 22};
  OutputBatch batch{pool};

  void Write(std::string_view text) {
    if (batch.room().size() < text.size()) batch.Grow(text.size());
    std::byte* const to = batch.room().data();
    std::memcpy(to, text.data(), text.size());
    batch.Reach(to + text.size());
  }
  void Splice(std::string_view text) { batch.Splice(Buffer::Copy(base::AsBytes(text))); }
  std::string Since(const OutputBatch::Mark& mark) {
    std::string text(batch.size_since(mark), '?');
    batch.CopySince(mark, reinterpret_cast<std::byte*>(text.data()));
    return text;
  }
};

std::string Text(std::span<const OutputBatch::Segment> segments) {
  std::string text;
  for (const auto& segment : segments) text += base::AsText({segment.bytes, segment.size_bytes});
  return text;
}

TEST_CASE("net output: runs and spliced buffers come out in order") {
  Batch batch;
  batch.Write("one ");
  batch.Write("two ");
  batch.Splice("three ");
  batch.Write("four");
  CHECK(batch.batch.size_bytes() == 18);
  const auto segments = batch.batch.Close();
  CHECK(segments.size() == 3);  // what is written in a row is one piece
  CHECK(Text(segments) == "one two three four");
}

TEST_CASE("net output: what was written since a mark can be copied and taken back") {
  // Each tail continues differently over the end of a run or of the memory.
  const std::string large(OutputBatch::kMemoryBytes + 5, 'L');
  for (const std::string_view spliced : {"", "spliced"}) {
    for (const std::string_view more : {std::string_view(""), std::string_view("more"), std::string_view(large)}) {
      Batch batch;
      batch.Write("kept");
      const auto mark = batch.batch.Begin();
      batch.Write("gone");
      if (!spliced.empty()) batch.Splice(spliced);
      batch.Write(more);
      CHECK(batch.Since(mark) == "gone" + std::string(spliced) + std::string(more));
      batch.batch.Rollback(mark);
      CHECK(batch.Since(mark).empty());
      batch.Write(" and new");
      CHECK(batch.Since(mark) == " and new");
      CHECK(Text(batch.batch.Close()) == "kept and new");
    }
  }
}

TEST_CASE("net output: what is before a mark can be taken out, and the rest goes on") {
  const std::string large(OutputBatch::kMemoryBytes + 5, 'L');
  for (const bool splice_before : {false, true}) {
    for (const bool write_before : {false, true}) {
      for (const int after : {0, 1, 2, 3}) {
        Batch batch;
        std::string expected;
        if (splice_before) {
          batch.Splice("spliced");
          expected += "spliced";
        }
        if (write_before) {
          batch.Write("written");
          expected += "written";
        }
        auto mark = batch.batch.Begin();
        batch.Write("head");
        std::string rest = "head";
        if (after == 1) batch.Splice("tail");
        if (after == 1) rest += "tail";
        if (after == 2) batch.Write(large);
        if (after == 2) rest += large;
        if (after == 3) batch.batch.Rollback(mark);
        if (after == 3) rest.clear();
        const auto before = batch.batch.TakeBefore(&mark);
        CHECK(Text(before) == expected);
        CHECK(batch.Since(mark) == rest);
        batch.Write("!");
        CHECK(batch.Since(mark) == rest + "!");
        CHECK(batch.batch.size_bytes() == rest.size() + 1);
        CHECK(Text(batch.batch.Close()) == rest + "!");
      }
    }
  }
}

TEST_CASE("net output: after taking out what was before, the reply can still be taken back") {
  Batch batch;
  batch.Write("before");
  auto mark = batch.batch.Begin();
  batch.Write("half a reply");
  batch.Splice("and a buffer");
  const auto before = batch.batch.TakeBefore(&mark);
  batch.batch.Rollback(mark);
  batch.Write("error");
  CHECK(Text(batch.batch.Close()) == "error");
}

TEST_CASE("net output: Begin sees to room for a head") {
  Batch batch;
  batch.Write(std::string(OutputBatch::kMemoryBytes - 10, 'x'));
  batch.batch.Begin();
  CHECK(batch.batch.room().size() >= OutputBatch::kHeadroomBytes);
}

TEST_CASE("net output: a batch is empty and whole again after Reset") {
  Batch batch;
  batch.Write(std::string(OutputBatch::kMemoryBytes + 10, 'x'));
  batch.Splice("y");
  batch.batch.Close();
  batch.batch.Reset();
  CHECK(batch.batch.empty());
  CHECK(batch.batch.room().size() == OutputBatch::kMemoryBytes);
}

std::string Drain(OutputQueue& queue, size_t step) {
  std::string text;
  while (!queue.empty()) {
    std::array<iovec, OutputQueue::kMaxVectors> vectors;
    const size_t count = queue.FillVectors(vectors);
    REQUIRE(count > 0);
    size_t left = std::min(step, queue.size_bytes());
    const size_t taken_bytes = left;
    for (size_t i = 0; i < count && left > 0; ++i) {
      const size_t part = std::min(left, vectors[i].iov_len);
      text.append(static_cast<const char*>(vectors[i].iov_base), part);
      left -= part;
    }
    queue.Consume(taken_bytes - left);
  }
  return text;
}

TEST_CASE("net output queue: however little the socket takes, bytes keep their order") {
  for (const size_t step : {1u, 3u, 1000u, 1'000'000u}) {
    OutputQueue queue;
    std::string expected;
    for (int i = 0; i < 20; ++i) {
      Batch batch;
      const std::string text = std::to_string(i) + std::string(static_cast<size_t>(i * 400), 'a');
      batch.Write(text);
      batch.Splice(text);
      queue.Append(batch.batch.Close());
      expected += text + text;
    }
    CHECK(queue.size_bytes() == expected.size());
    CHECK(Drain(queue, step) == expected);
  }
}

TEST_CASE("net output queue: what was half sent goes before what was queued meanwhile") {
  Batch first;
  first.Write("abc");
  first.Splice("def");
  first.Write("ghi");
  Batch second;
  second.Write("second");
  for (size_t sent = 0; sent <= 8; ++sent) {
    OutputQueue queue;
    queue.Append(second.batch.Close());
    queue.Prepend(first.batch.Close(), sent);
    CHECK(Drain(queue, 4) == std::string("abcdefghi").substr(sent) + "second");
  }
}

TEST_CASE("net output queue: large owned buffers are shared, not copied") {
  Batch batch;
  const Buffer buffer = Buffer::Copy(base::AsBytes(std::string(100'000, 'x')));
  batch.batch.Splice(buffer);
  OutputQueue queue;
  queue.Append(batch.batch.Close(), 10);
  std::array<iovec, OutputQueue::kMaxVectors> vectors;
  REQUIRE(queue.FillVectors(vectors) == 1);
  CHECK(vectors[0].iov_base == buffer.data() + 10);
}

}  // namespace
}  // namespace dittofs::net
