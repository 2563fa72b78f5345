// SPDX-License-Identifier: Apache-2.0
// synthetic.h — a golden case of four tensors, for tests of the comparison itself: no model in it.
#pragma once

#include <cstring>

#include "golden/check.h"
#include "tensor/random.h"

namespace etalon::golden {

// x -> act/a -> act/b (has a structural zero in column 2) -> loss, and grad/w. Tolerances 1e-12 and 1e-4.
inline Golden synthetic_golden(std::uint64_t seed = 5) {
  // Describe the case
  Golden golden;
  golden.manifest.name = "synthetic", golden.manifest.why = "a test", golden.manifest.command = "none",
  golden.manifest.method = "by hand";

  // Say how a tensor is listed and stored
  const AllowedAt allowed = {Allowed{1e-12, 1e-13}, Allowed{1e-4, 1e-5}};
  const auto list = [&](const char* name, const char* file, const char* op, long index, std::vector<std::string> reads,
                        Tensor<double> value) {
    TensorEntry entry;
    entry.name = name, entry.file = file, entry.op = op, entry.index = index, entry.reads = std::move(reads),
    entry.shape = value.shape();
    if (!entry.is_given()) entry.allowed = allowed;
    golden.manifest.tensors.push_back(entry);
    add(golden.files[file], name, value);
  };
  const auto noise = [&](const char* name, Shape shape) { return normal_tensor(Stream(seed, name), shape, 0, 1); };

  // Fill it, from the input to the gradient
  auto b = noise("b", {4, 3});
  for (long i = 0; i < 4; ++i) b[3 * i + 2] = 0;
  list("param/w", "inputs.safetensors", "input", -1, {}, noise("w", {3, 3}));
  list("act/a", "forward.safetensors", "linear", 1, {"param/w"}, noise("a", {4, 3}));
  list("act/b", "forward.safetensors", "softmax", 2, {"act/a"}, b);
  list("loss", "forward.safetensors", "cross_entropy", 3, {"act/b"}, Tensor<double>(Shape{}, {1.25}));
  list("grad/w", "backward.safetensors", "linear.vjp", 0, {"act/b"}, noise("g", {3, 3}));

  // Declare the zero, what vanishes, the engine's distance and the certificate
  golden.manifest.tensors[2].zeros.push_back(
      {Region::in_box({{0, 4}, {2, 3}}), "hidden", {Allowed{1e-14, 0}, Allowed{1e-6, 0}}, -300});
  golden.manifest.tensors[2].vanishing.push_back({Region::of_entries({0, 4}), -1100});
  golden.manifest.tensors[2].engine = EngineDistance{1, 3, 0.25};
  golden.manifest.because = "to test";
  golden.manifest.certificate = Certificate{512, -400, 1.5, {{"rows of b sum to 0", "softmax", -480}}};
  return golden;
}

// What a perfect backend would send: every judged tensor, in one file.
inline Candidate perfect(const Golden& golden) {
  Candidate candidate;
  candidate.files.emplace_back();
  candidate.files[0].where = "candidate.safetensors";
  for (const TensorEntry& entry : golden.manifest.tensors)
    if (!entry.is_given()) candidate.files[0].tensors.push_back(golden.stored(entry.name));
  return candidate;
}

inline file::StoredTensor& tensor_in(file::TensorFile& file, const std::string& name) {
  for (file::StoredTensor& tensor : file.tensors)
    if (tensor.name == name) return tensor;
  throw Error("test", "a tensor '" + name + "'", "none", "correct the test");
}
inline file::StoredTensor& tensor_in(Candidate& candidate, const std::string& name) { return tensor_in(candidate.files[0], name); }

inline const Judgement& judgement(const Verdict& verdict, const std::string& name) {
  for (const Judgement& j : verdict.tensors)
    if (j.name == name) return j;
  throw Error("test", "a judgement of '" + name + "'", "none", "correct the test");
}

}  // namespace etalon::golden
