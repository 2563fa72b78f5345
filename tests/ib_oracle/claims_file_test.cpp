// SPDX-License-Identifier: Apache-2.0
// A claims file comes from a stranger: it opens no file that does not lie beside it, quotes none, and says nothing twice.
#include <catch2/catch.hpp>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "file/safetensors.h"
#include "folder.h"
#include "ib_oracle/claims.h"

using namespace etalon;
using namespace etalon::ib_oracle;
namespace fs = std::filesystem;

namespace {

// A folder of the reader's own files, and in it the folder that came from the stranger.
struct Home {
  Home() {
    write_text(home / "secret.csv", "0.25,0.75\n");
    write_text(home / "secret.txt", "the password is swordfish\n");
    write_text(home / "came/p.csv", "0.675,0.075\n0.075,0.175\n");
    write_text(home / "came/sub/p.json", "[[0.5, 0.5]]");
    write_text(home / "came/notes.txt", "the password is swordfish\n");
  }
  Claims claims(const std::string& joint, const std::string& more = "") const {
    const std::string path = home / "came/claims.json";
    write_text(path, "{\"joint\": \"" + joint + "\", " + more + "\"claims\": {\"H(X)\": 0}}");
    return read_claims(path);
  }
  Folder home;
};

void refuses(const Home& home, const std::string& joint) {
  INFO(joint);
  CHECK_THROWS_WITH(home.claims(joint), Catch::Contains("claims.json: joint: expected the name of a file") &&
                                            !Catch::Contains("swordfish") && !Catch::Contains("0.25") && !Catch::Contains("root:"));
  CHECK_THROWS_WITH(home.claims("p.csv", "\"critic\": \"" + joint + "\", "),
                    Catch::Contains("critic: expected the name of a file"));
}

}  // namespace

TEST_CASE("claims: a table beside the file is read, in any format", "[claims]") {
  const Home home;
  CHECK(home.claims("p.csv").joint.n_rows() == 2);
  CHECK(home.claims("./p.csv").joint.n_rows() == 2);
  CHECK(home.claims("sub/p.json").joint.n_cols() == 2);
  file::TensorFile tensors;
  file::add(tensors, "a", Tensor<double>(Shape{1, 3}, {0.5, 0.25, 0.25}));
  file::add(tensors, "b", Tensor<double>(Shape{1, 1}, {1}));
  file::write_safetensors(home.home / "came/t.safetensors", tensors);
  CHECK(home.claims("t.safetensors:a").joint.n_cols() == 3);
  fs::create_symlink("p.csv", home.home / "came/link.csv");  // to a file that lies beside it
  CHECK(home.claims("link.csv").joint.n_rows() == 2);
  fs::create_directory_symlink(home.home / "came", home.home / "arrived");  // the way to the claims may be a link
  CHECK(read_claims(home.home / "arrived/claims.json").joint.n_rows() == 2);
}

TEST_CASE("claims: no other file is opened", "[claims][errors]") {
  const Home home;
  for (const char* joint : {"/etc/passwd", "/proc/self/environ", "../secret.csv", "sub/../../secret.csv", "../came/p.csv", "", "..",
                            ".", "sub", "none.csv", "none:x"})
    refuses(home, joint);
  refuses(home, home.home / "came/p.csv");  // absolute, though it lies there
  fs::create_symlink("../secret.csv", home.home / "came/out.csv");
  fs::create_directory_symlink("..", home.home / "came/up");
  fs::create_symlink("/dev/zero", home.home / "came/zero");
  for (const char* joint : {"out.csv", "up/secret.csv", "up/came/../secret.csv", "out.csv:x", "zero"}) refuses(home, joint);
  CHECK_NOTHROW(home.claims("up/came/p.csv"));  // out and in again
}

TEST_CASE("claims: what stands in a file that is no table is not quoted", "[claims][errors]") {
  const Home home;
  refuses(home, "notes.txt");
  write_text(home.home / "came/negative.csv", "-0.25,1.25\n");
  CHECK_THROWS_WITH(home.claims("negative.csv"), Catch::Contains("another number in row 0") && !Catch::Contains("0.25"));
}

TEST_CASE("claims: many claims with a large table in common do not fill the memory", "[claims][errors]") {
  // 5 MB of text would become 60 GB
  std::string text = "{\"joint\": [[1]], \"encoder\": [[0";
  for (int i = 0; i < 200000; ++i) text += ", 0";
  text += "]], \"claims\": [{\"name\": \"H(X)\", \"value\": 0}";
  for (int i = 0; i < 40000; ++i) text += ", {\"name\": \"H(X)\", \"value\": 0}";
  CHECK_THROWS_WITH(parse_claims(text + "]}", "c.json"), Catch::Contains("fewer claims, or smaller tables, got 40001 claims"));
}

TEST_CASE("claims: what is said twice is judged neither way", "[claims][errors]") {
  const auto refused = [](const std::string& text, const std::string& because) {
    CHECK_THROWS_WITH(parse_claims(text, "c.json"), Catch::StartsWith("c.json: ") && Catch::Contains(because));
  };
  const std::string joint = R"json({"joint": [[0.45, 0.05], [0.05, 0.45]], )json";
  refused(joint + R"json("claims": {"I(X;Y)": 0.1, "I(X;Y)": 0.3680642071684971}})json", "a second \"I(X;Y)\" in claims at line 1");
  refused(joint + R"json("joint": [[0.25, 0.25], [0.25, 0.25]], "claims": {"I(X;Y)": 0}})json", "a second \"joint\"");
  refused(joint + R"json("claims": [{"name": "H(X)", "value": 1, "value": 2}]})json", "a second \"value\" in claims[0]");
  refused(joint + R"json("claims": {"I(X;Y)": 0.368, "I(X;Y)\u0000": 7}})json", "a zero byte");
  refused("{\"joint\": " + std::string(70000, '['), "brackets inside each other");
}
