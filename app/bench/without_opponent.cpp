// SPDX-License-Identifier: Apache-2.0
// What `etalon bench` answers in a build without OpenBLAS: every time it prints stands beside OpenBLAS's.
#include "base/error.h"
#include "command.h"
#include "commands.h"

namespace etalon::app {

void add_bench(CLI::App& etalon, int&) {
  CLI::App* bench = etalon.add_subcommand("bench", "Time matrix products against OpenBLAS (this build has none)");
  bench->allow_extras();
  bench->callback([] {
    throw Error("etalon bench", "a build with OpenBLAS, the opponent of every product", "one without",
                "install libopenblas-dev and configure again");
  });
}

}  // namespace etalon::app
