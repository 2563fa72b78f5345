// SPDX-License-Identifier: Apache-2.0
// store.h — golden cases that were published do not change in silence.
//
//   golden/history.txt     <SHA-256 of the manifest>  <case>  <why it was recorded>
//
// A line for each time that a case was recorded; lines are only added. The last line of a case is the hash of the manifest that
// lies there now, which holds the hashes of all the case's files, and the reason stands in that manifest too.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "golden/file_name.h"
#include "golden/golden.h"

namespace etalon::golden {

inline constexpr const char* kFirstTime = "first recorded";

struct HistoryLine {
  std::string sha256, name, because;
};

// The lines of a history, oldest first. Error: the file cannot be read; a line that is not as above, by its number.
std::vector<HistoryLine> read_history(const std::filesystem::path& file);

enum class Stored { written, unchanged };

// Writes the case to root/<its name>, with `because` as the reason, and adds a line to root/kHistoryFile if that file is there. A
// case that lies there already with the same bits (the seconds of its certificate apart) is left as it is. The caller holds the lock
// of root (FolderLock, base/folder.h): the history is read and written again. Errors: it lies there
// with other bits and `because` is empty; `because` has more than one line; as write_golden.
Stored store_golden(Golden golden, const std::string& because, const std::filesystem::path& root);

}  // namespace etalon::golden
