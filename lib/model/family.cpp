// SPDX-License-Identifier: Apache-2.0
#include "model/family.h"

#include "base/error.h"

namespace etalon::model {

const Family& family(const std::string& name) {
  std::string known;
  for (const Family& row : kFamilies) {
    if (name == row.name) return row;
    known += (known.empty() ? "" : ", ") + std::string(row.name);
  }
  throw Error("model.family", "one of " + known, "'" + name + "'", "`etalon list` shows the families");
}

}  // namespace etalon::model
