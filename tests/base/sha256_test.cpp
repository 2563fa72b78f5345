// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"

#include <catch2/catch.hpp>

using namespace etalon;

// The example messages that NIST publishes with FIPS 180-4.
TEST_CASE("sha256: the vectors of FIPS 180-4", "[base][sha256]") {
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(
      sha256("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu") ==
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
}

TEST_CASE("sha256: a million 'a', in pieces of every odd length", "[base][sha256]") {
  const std::string million(1000000, 'a');
  const std::string expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
  CHECK(sha256(million) == expected);
  for (std::size_t first : {1, 63, 64, 65, 127}) {
    Sha256 hash;
    for (std::size_t at = 0, length = first; at < million.size(); at += length, length += 2)
      hash.update(std::string_view(million).substr(at, length));
    INFO("pieces of " << first << ", " << first + 2 << ", ...");
    CHECK(hash.hex_digest() == expected);
  }
}

// Around the block of 64 bytes and the 8 bytes of the length is where a padding goes wrong.
TEST_CASE("sha256: whole and byte by byte agree at every length to 200", "[base][sha256]") {
  std::string message;
  for (int length = 0; length <= 200; ++length) {
    Sha256 hash;
    for (const char c : message) hash.update(std::string_view(&c, 1));
    INFO(length << " bytes");
    CHECK(hash.hex_digest() == sha256(message));
    message += static_cast<char>(length * 37);
  }
  CHECK(sha256("abd") != sha256("abc"));
}
