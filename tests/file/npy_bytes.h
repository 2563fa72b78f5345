// SPDX-License-Identifier: Apache-2.0
// npy_bytes.h — the bytes of a NumPy file, for tests of whatever reads one.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace etalon::file {

using Bytes = std::vector<std::byte>;

inline Bytes bytes_of(const std::string& text) {
  Bytes bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

// A file as numpy.save writes it, float64 in C order.
inline Bytes npy(long rows, long cols, const std::vector<double>& values) {
  std::string header =
      "{'descr': '<f8', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " + std::to_string(cols) + "), }";
  header.resize(117, ' ');
  header += '\n';
  Bytes bytes = bytes_of(std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header);
  for (const double x : values)
    for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<std::byte>(std::bit_cast<std::uint64_t>(x) >> (8 * i) & 0xff));
  return bytes;
}

}  // namespace etalon::file
