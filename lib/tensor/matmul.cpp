#include "tensor/matmul.h"

namespace etalon {

template <>
void matmul<double>(Matrix<const double> a, Matrix<const double> b, Matrix<double> c) {
  matmul_by_definition<double>(a, b, c);
}

template <>
void matmul<float>(Matrix<const float> a, Matrix<const float> b, Matrix<float> c) {
  matmul_by_definition<float>(a, b, c);
}

}  // namespace etalon
