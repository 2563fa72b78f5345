// SPDX-License-Identifier: Apache-2.0
// verify.h — prove a recorded case again, and say what in it is not what was proved.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "certify/certify.h"

namespace etalon::certify {

struct WrongTensor {
  std::string name;
  long index = 0;          // the first entry that is wrong, flat; -1 where the tensor as a whole is: missing, extra, another shape
  std::string index_text;  // "[2, 0, 17]"
  double published = 0, certified = 0;
  long n_wrong = 0;
};

struct Verification {
  std::string name;
  golden::Certificate certificate;  // of the new proof
  long n_tensors = 0, n_entries = 0;
  std::vector<WrongTensor> tensors;
  std::vector<std::string> others;  // of the measures and the manifest, a sentence each

  bool right() const { return tensors.empty() && others.empty(); }
};

// Reads the case whatever its hashes say, certifies the built-in case of that name, and compares bit by bit: every tensor (inputs and
// tolerances too), the measures, and every field of the manifest but `seconds`. Errors: as read_golden; no built-in case of that name.
Verification verify(const std::filesystem::path& folder, const Progress& progress);

// For people: one line, or one for each thing that is wrong and what to do.
std::string table(const Verification& verification);

}  // namespace etalon::certify
