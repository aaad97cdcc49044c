#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "base/bytes.h"
#include "dittofs/buffer.h"
#include "xdr/reader.h"
#include "xdr/writer.h"

// Messages as declarations. A struct lists its members once, in the order of the wire; Decode() and Encode() derive
// from that list at compile time:
//
//   struct nfstime3 {
//     uint32_t seconds = 0, nseconds = 0;
//     static constexpr auto kFields = xdr::Fields(&nfstime3::seconds, &nfstime3::nseconds);
//   };
//
// Decoding never allocates: variable-length members are views into the input. An enumeration whose values are bounded
// declares `constexpr bool IsDefined(E)` beside it; any other value then fails the Reader (RFC 4506 §4.3).
namespace dittofs::xdr {

/// opaque<kMax> (RFC 4506 §4.10). A view.
template <size_t kMax = UINT32_MAX>
struct Opaque {
  std::span<const std::byte> bytes;
};
/// string<kMax> (RFC 4506 §4.11). A view.
template <size_t kMax = UINT32_MAX>
struct String {
  std::string_view text;
};
/// opaque[kSize] (RFC 4506 §4.9), by value.
template <size_t kSize>
using FixedOpaque = std::array<std::byte, kSize>;

/// opaque<> of any size: written without a copy where its pieces are owned or lie in place, read as one borrowed piece.
struct Content {
  BufferChain chain;
};

/// How T is read and written. *Measured* types (Size() and Put()) know their size before they are written, so a whole
/// message takes one bounds check; the others write piece by piece.
template <typename T>
struct Codec;

template <typename T>
concept Measured = requires(const T& value, std::byte* to) {
  { Codec<T>::Size(value) } -> std::same_as<size_t>;
  { Codec<T>::Put(to, value) } -> std::same_as<std::byte*>;
};

template <typename T>
inline void Decode(Reader& reader, T& value) noexcept {
  Codec<T>::Decode(reader, value);
}
template <typename T>
inline void Encode(Writer& writer, const T& value) {
  if constexpr (Measured<T>) {
    const size_t size_bytes = Codec<T>::Size(value);
    Codec<T>::Put(writer.Peek(size_bytes).data(), value);
    writer.Advance(size_bytes);
  } else {
    Codec<T>::Encode(writer, value);
  }
}
/// Bytes of `value` on the wire.
template <Measured T>
constexpr size_t SizeOf(const T& value) noexcept {
  return Codec<T>::Size(value);
}
/// Writes `value` to `to`, which must hold SizeOf(value) bytes. Answers the end of what was written.
template <Measured T>
inline std::byte* Put(std::byte* to, const T& value) noexcept {
  return Codec<T>::Put(to, value);
}

/// A sequence that is read in place: either items of the caller's (to be written), or wire bytes (as read, or as
/// written ahead). Both are borrowed.
template <typename T, bool kLinked>
class Sequence {
 public:
  Sequence() = default;
  Sequence(std::span<const T> items) noexcept : items_(items), count_(items.size()) {}  // NOLINT: implicit on purpose
  /// `count` items that are wire bytes already, without the sequence's own length or end mark.
  static Sequence Encoded(std::span<const std::byte> bytes, size_t count) noexcept {
    Sequence sequence;
    sequence.encoded_ = bytes;
    sequence.count_ = count;
    return sequence;
  }
  size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }

  /// Calls `visit(const T&)` with every item in order.
  template <typename Visit>
  void ForEach(Visit&& visit) const {
    if (encoded_.data() == nullptr) {
      for (const T& item : items_) visit(item);
      return;
    }
    Reader reader(encoded_);
    for (size_t i = 0; i < count_; ++i) {
      if constexpr (kLinked) reader.Bool();
      T item;
      xdr::Decode(reader, item);
      visit(std::as_const(item));
    }
  }

 private:
  friend struct Codec<Sequence>;
  std::span<const T> items_;
  std::span<const std::byte> encoded_;
  size_t count_ = 0;
};
/// A list spelled in RFCs as a pointer to an entry that ends with the pointer to the next one (RFC 4506 §4.19).
template <typename T>
using List = Sequence<T, true>;
/// A counted array T<> (RFC 4506 §4.13).
template <typename T>
using Array = Sequence<T, false>;

// The lists that message structs are made of.

template <typename... Members>
struct FieldList {
  std::tuple<Members...> members;
};
/// The members of a struct in the order of the wire.
template <typename... Members>
constexpr FieldList<Members...> Fields(Members... members) {
  return {{members...}};
}

/// One arm of a union: `member` follows if the discriminant is one of kValues.
template <typename Member, auto... kValues>
struct UnionArm {
  Member member;
  template <typename D>
  static constexpr bool Matches(D value) noexcept {
    return ((value == kValues) || ...);
  }
};
template <auto... kValues, typename Member>
constexpr UnionArm<Member, kValues...> Case(Member member) {
  return {member};
}
/// Every other value of the discriminant stands alone. Without it, one that has no arm is an error.
struct DefaultVoid {};

template <typename Discriminant, bool kDefaultVoid, typename... Arms>
struct UnionList {
  Discriminant discriminant;
  std::tuple<Arms...> arms;
};
/// A discriminated union (RFC 4506 §4.15) whose arms are ordinary members of the struct.
template <typename Discriminant, typename... Arms>
constexpr UnionList<Discriminant, false, Arms...> Union(Discriminant discriminant, Arms... arms) {
  return {discriminant, {arms...}};
}
template <typename Discriminant, typename... Arms>
constexpr UnionList<Discriminant, true, Arms...> Union(DefaultVoid, Discriminant discriminant, Arms... arms) {
  return {discriminant, {arms...}};
}

/// A message without fields.
struct Void {
  static constexpr auto kFields = Fields();
};

/// `union switch (Status) { case 0: Ok resok; default: Fail resfail; }`: what procedures answer.
template <typename Status, typename Ok, typename Fail>
struct ResultUnion {
  Status status{};
  Ok resok{};
  Fail resfail{};
};

// Codecs of the basic types.

template <>
struct Codec<uint32_t> {
  static void Decode(Reader& reader, uint32_t& value) noexcept { value = reader.Uint32(); }
  static constexpr size_t Size(uint32_t) noexcept { return 4; }
  static std::byte* Put(std::byte* to, uint32_t value) noexcept {
    base::StoreBigEndian(to, value);
    return to + 4;
  }
};
template <>
struct Codec<uint64_t> {
  static void Decode(Reader& reader, uint64_t& value) noexcept { value = reader.Uint64(); }
  static constexpr size_t Size(uint64_t) noexcept { return 8; }
  static std::byte* Put(std::byte* to, uint64_t value) noexcept {
    base::StoreBigEndian(to, value);
    return to + 8;
  }
};
template <>
struct Codec<bool> {
  static void Decode(Reader& reader, bool& value) noexcept { value = reader.Bool(); }
  static constexpr size_t Size(bool) noexcept { return 4; }
  static std::byte* Put(std::byte* to, bool value) noexcept { return Codec<uint32_t>::Put(to, value ? 1 : 0); }
};
template <typename E>
  requires std::is_enum_v<E>
struct Codec<E> {
  static void Decode(Reader& reader, E& value) noexcept {
    value = static_cast<E>(reader.Uint32());
    if constexpr (requires { IsDefined(value); }) {
      if (!IsDefined(value)) reader.Fail();
    }
  }
  static constexpr size_t Size(E) noexcept { return 4; }
  static std::byte* Put(std::byte* to, E value) noexcept {
    return Codec<uint32_t>::Put(to, static_cast<uint32_t>(value));
  }
};

inline std::byte* PutBytes(std::byte* to, std::span<const std::byte> bytes) noexcept {
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  to += bytes.size();
  const size_t padding = Padding(bytes.size());
  std::memset(to, 0, padding);
  return to + padding;
}

template <size_t kSize>
struct Codec<std::array<std::byte, kSize>> {
  static void Decode(Reader& reader, std::array<std::byte, kSize>& value) noexcept {
    const std::span<const std::byte> bytes = reader.FixedOpaque(kSize);
    if (bytes.size() == kSize) std::memcpy(value.data(), bytes.data(), kSize);
  }
  static constexpr size_t Size(const std::array<std::byte, kSize>&) noexcept { return kSize + Padding(kSize); }
  static std::byte* Put(std::byte* to, const std::array<std::byte, kSize>& value) noexcept {
    return PutBytes(to, value);
  }
};
template <size_t kMax>
struct Codec<Opaque<kMax>> {
  static void Decode(Reader& reader, Opaque<kMax>& value) noexcept { value.bytes = reader.Opaque(kMax); }
  static constexpr size_t Size(const Opaque<kMax>& value) noexcept {
    return 4 + value.bytes.size() + Padding(value.bytes.size());
  }
  static std::byte* Put(std::byte* to, const Opaque<kMax>& value) noexcept {
    return PutBytes(Codec<uint32_t>::Put(to, static_cast<uint32_t>(value.bytes.size())), value.bytes);
  }
};
template <size_t kMax>
struct Codec<String<kMax>> {
  static void Decode(Reader& reader, String<kMax>& value) noexcept { value.text = reader.String(kMax); }
  static constexpr size_t Size(const String<kMax>& value) noexcept {
    return 4 + value.text.size() + Padding(value.text.size());
  }
  static std::byte* Put(std::byte* to, const String<kMax>& value) noexcept {
    return PutBytes(Codec<uint32_t>::Put(to, static_cast<uint32_t>(value.text.size())), base::AsBytes(value.text));
  }
};
template <>
struct Codec<Content> {
  static void Decode(Reader& reader, Content& value) noexcept {
    value.chain.Clear();
    value.chain.Append(Buffer::Borrow(reader.Opaque(UINT32_MAX)));
  }
  static void Encode(Writer& writer, const Content& value) { writer.Content(value.chain); }
};

/// `*value` after TRUE, or FALSE: optional data (RFC 4506 §4.19) and unions over a bool with one arm.
template <typename T>
struct Codec<std::optional<T>> {
  static void Decode(Reader& reader, std::optional<T>& value) noexcept {
    if (reader.Bool()) {
      xdr::Decode(reader, value.emplace());
    } else {
      value.reset();
    }
  }
  static constexpr size_t Size(const std::optional<T>& value) noexcept
    requires Measured<T>
  {
    return 4 + (value ? Codec<T>::Size(*value) : 0);
  }
  static std::byte* Put(std::byte* to, const std::optional<T>& value) noexcept
    requires Measured<T>
  {
    to = Codec<bool>::Put(to, value.has_value());
    return value ? Codec<T>::Put(to, *value) : to;
  }
};

template <typename T, bool kLinked>
struct Codec<Sequence<T, kLinked>> {
  using Value = Sequence<T, kLinked>;
  static void Decode(Reader& reader, Value& value) noexcept {
    const uint32_t announced = kLinked ? 0 : reader.Uint32();
    const std::byte* const begin = reader.position();
    const std::byte* end = begin;
    size_t count = 0;
    // A count that the input cannot hold ends at the input's end, so no bound is needed here.
    while (kLinked ? reader.Bool() : count < announced) {
      T item;
      xdr::Decode(reader, item);
      if (!reader.ok()) break;
      end = reader.position();
      ++count;
    }
    value = reader.ok() ? Value::Encoded({begin, end}, count) : Value();
  }
  static void Encode(Writer& writer, const Value& value) {
    if constexpr (!kLinked) writer.Uint32(static_cast<uint32_t>(value.count_));
    if (value.encoded_.data() != nullptr) {
      EncodeBytes(writer, value.encoded_);
    } else {
      for (const T& item : value.items_) {
        if constexpr (kLinked) writer.Bool(true);
        xdr::Encode(writer, item);
      }
    }
    if constexpr (kLinked) writer.Bool(false);
  }

 private:
  static void EncodeBytes(Writer& writer, std::span<const std::byte> bytes) {
    if (bytes.data() != writer.position() || bytes.size() > writer.room()) {
      std::memmove(writer.Peek(bytes.size()).data(), bytes.data(), bytes.size());
    }
    writer.Advance(bytes.size());
  }
};

// Codecs of message structs.

template <typename T, typename Member>
using MemberType = std::remove_cvref_t<decltype(std::declval<T&>().*std::declval<Member>())>;

template <typename T, typename List>
inline constexpr bool kAllMeasured = false;
template <typename T, typename... Members>
inline constexpr bool kAllMeasured<T, FieldList<Members...>> = (Measured<MemberType<T, Members>> && ...);

template <typename T>
  requires requires { T::kFields; }
struct Codec<T> {
  static void Decode(Reader& reader, T& value) noexcept {
    std::apply([&](auto... member) { (xdr::Decode(reader, value.*member), ...); }, T::kFields.members);
  }
  static constexpr size_t Size(const T& value) noexcept
    requires kAllMeasured<T, std::remove_cvref_t<decltype(T::kFields)>>
  {
    return std::apply([&](auto... member) { return (size_t{0} + ... + xdr::SizeOf(value.*member)); },
                      T::kFields.members);
  }
  static std::byte* Put(std::byte* to, const T& value) noexcept
    requires kAllMeasured<T, std::remove_cvref_t<decltype(T::kFields)>>
  {
    std::apply([&](auto... member) { ((to = xdr::Put(to, value.*member)), ...); }, T::kFields.members);
    return to;
  }
  static void Encode(Writer& writer, const T& value) {
    std::apply([&](auto... member) { (xdr::Encode(writer, value.*member), ...); }, T::kFields.members);
  }
};

template <typename List>
struct UnionTraits;
template <typename D, bool kDefault, typename... Arms>
struct UnionTraits<UnionList<D, kDefault, Arms...>> {
  static constexpr bool kDefaultVoid = kDefault;
};

/// Every arm of a union must be Measured, unlike the fields of a struct.
template <typename T>
  requires requires { T::kUnion; }
struct Codec<T> {
  static void Decode(Reader& reader, T& value) noexcept {
    xdr::Decode(reader, value.*T::kUnion.discriminant);
    if (!ForArm(value, [&](auto member) { xdr::Decode(reader, value.*member); }) && !kDefaultVoid) reader.Fail();
  }
  static constexpr size_t Size(const T& value) noexcept {
    size_t size_bytes = 4;
    ForArm(value, [&](auto member) { size_bytes += xdr::SizeOf(value.*member); });
    return size_bytes;
  }
  static std::byte* Put(std::byte* to, const T& value) noexcept {
    to = xdr::Put(to, value.*T::kUnion.discriminant);
    ForArm(value, [&](auto member) { to = xdr::Put(to, value.*member); });
    return to;
  }

 private:
  static constexpr bool kDefaultVoid = UnionTraits<std::remove_cvref_t<decltype(T::kUnion)>>::kDefaultVoid;
  template <typename Visit>
  static constexpr bool ForArm(const T& value, Visit visit) {
    const auto discriminant = value.*T::kUnion.discriminant;
    return std::apply([&](auto... arm) { return ((arm.Matches(discriminant) && (visit(arm.member), true)) || ...); },
                      T::kUnion.arms);
  }
};

template <typename Status, typename Ok, typename Fail>
struct Codec<ResultUnion<Status, Ok, Fail>> {
  using Value = ResultUnion<Status, Ok, Fail>;
  static void Decode(Reader& reader, Value& value) noexcept {
    xdr::Decode(reader, value.status);
    value.status == Status{} ? xdr::Decode(reader, value.resok) : xdr::Decode(reader, value.resfail);
  }
  static void Encode(Writer& writer, const Value& value) {
    xdr::Encode(writer, value.status);
    value.status == Status{} ? xdr::Encode(writer, value.resok) : xdr::Encode(writer, value.resfail);
  }
};

}  // namespace dittofs::xdr
