// SPDX-License-Identifier: Apache-2.0
// file_name.h — how the files of a golden case are called. docs/golden-format.md says what is in them.
#pragma once

#include <string>

namespace etalon::golden {

inline constexpr const char* kManifestFile = "manifest.json";
inline constexpr const char* kSealFile = "manifest.sha256";  // the manifest's SHA-256, as `sha256sum -c` reads it

// Of a model case.
inline constexpr const char* kInputsFile = "inputs.safetensors";
inline constexpr const char* kForwardFile = "forward.safetensors";
inline constexpr const char* kBackwardFile = "backward.safetensors";
inline constexpr const char* kOptimizerFile = "optimizer.safetensors";
inline constexpr const char* kMeasuresFile = "measures.json";

// Of an op case: one file for each of the page's examples, and one for the tolerances of single entries.
inline std::string example_file(const std::string& example) { return example + ".safetensors"; }
inline constexpr const char* kTolerancesFile = "tolerances.safetensors";

// Beside the cases: when and why each was recorded (store.h).
inline constexpr const char* kHistoryFile = "history.txt";

// The name without its ending: "forward" of "forward.safetensors".
inline std::string stem(const std::string& file) { return file.substr(0, file.find('.')); }

}  // namespace etalon::golden
