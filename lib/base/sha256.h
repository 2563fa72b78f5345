// SPDX-License-Identifier: Apache-2.0
// sha256.h — the hash that names the content of a tensor or a file (FIPS 180-4, section 6.2).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace etalon {

// Feed bytes in any number of pieces, then ask for the digest once. No step can fail.
class Sha256 {
 public:
  Sha256& update(std::span<const std::byte> bytes);
  Sha256& update(std::string_view text) { return update(std::as_bytes(std::span(text))); }

  // 64 lower-case hexadecimal digits. Ends the computation.
  std::string hex_digest();

 private:
  void compress(const std::byte* block);

  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> pending_{};
  std::size_t n_pending_ = 0;
  std::uint64_t n_bytes_ = 0;
};

// The digest of all these bytes.
inline std::string sha256(std::span<const std::byte> bytes) { return Sha256().update(bytes).hex_digest(); }
inline std::string sha256(std::string_view text) { return Sha256().update(text).hex_digest(); }

}  // namespace etalon
