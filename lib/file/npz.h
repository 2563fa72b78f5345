// SPDX-License-Identifier: Apache-2.0
// npz.h — NumPy's .npz files: a zip archive whose members are .npy files.
//
// READS     what numpy.savez and numpy.savez_compressed write: members that are stored or deflated, archives and members beyond 4 GB
//           (zip64), in the order of the archive's directory, each under its name without ".npy".
// REFUSES   anything else, with an Error: encrypted members, other compressions, a member whose bytes do not have the checksum
//           (CRC-32) or the size that the directory gives, a name twice, no array at all, an archive in several files. In a build
//           without zlib, a deflated member.
// BOMBS     A member is inflated as its numbers are read, never to more bytes than the header of its array asks for.
//
// SOURCE    PKWARE, APPNOTE.TXT 6.3.10: 4.3.7 local header, 4.3.12 directory, 4.3.14 to 4.3.16 its end, 4.5.3 zip64; RFC 1951 and zlib.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "file/npy.h"

namespace etalon::file {

class Npz {
 public:
  // Reads the directory. Error: as REFUSES says.
  explicit Npz(ByteReader bytes);

  const std::string& where() const { return where_; }
  std::vector<std::string> names() const;

  // The array of that name, its header read; it may outlive this object. Error: no such array, with names that there are.
  NpyReader open(const std::string& name) const;

 private:
  struct Member {
    std::string name;
    std::uint64_t packed = 0, size = 0, header_at = 0;
    std::uint32_t crc = 0;
    unsigned method = 0, flags = 0;
  };
  std::string where_;
  std::shared_ptr<RandomBytes> bytes_;
  std::vector<Member> members_;

  friend class Directory;
};

// True if the bytes start as a zip archive does.
bool looks_like_zip(std::span<const std::byte> bytes);

}  // namespace etalon::file
