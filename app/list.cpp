// etalon list — what there is: families, ops.
#include <cstdio>

#include "command.h"
#include "commands.h"
#include "model/family.h"
#include "op/book.h"

namespace etalon::app {

void add_list(CLI::App& etalon, int&) {
  CLI::App* list = etalon.add_subcommand("list", "Print the families and ops there are");
  list->callback([] {
    std::printf("families\n");
    for (const auto& family : model::kFamilies) std::printf("  %s\n", family.name);
    std::printf("ops\n");
    op::for_each_page([]<op::Page Op>() { std::printf("  %s\n", Op::kName); });
  });
}

}  // namespace etalon::app
