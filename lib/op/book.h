// book.h — every page, once. Adding an op = one page, one line here, one lesson in docs/op.
#pragma once

#include "op/linear.h"
#include "op/softmax.h"

namespace etalon::op {

// for_each_page([]<Page Op>() { ... Op::kName ... }): the loop that every law, golden case and list walks.
template <class F>
void for_each_page(F&& visit) {
  visit.template operator()<Linear>();
  visit.template operator()<Softmax>();
}

}  // namespace etalon::op
