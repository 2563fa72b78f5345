# SPDX-License-Identifier: Apache-2.0
"""What the compiled objects call, held to the rules of the house. A grep sees what is written; this sees what is called.

    symbols.py OBJECTS.txt COMPILER FLAGS...

OBJECTS.txt lists the objects of the libraries and of the command, one a line. The names of an object are

  - its symbols (nm): what it defines and what it asks of others. A call of libm, of OpenMP or of a hash table always leaves one;
  - the functions that were inlined into it, which leave no symbol: a sum of Eigen or std::reduce melts into the loop around it.
    Their names stand in the debug information, for which the libraries are compiled with -g1. An object without is refused.

Before the objects, each rule is shown to catch a source that was planted for it, compiled by COMPILER with FLAGS.
"""

import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


# ---- The rules. Each takes a mangled name and the source file of its object.

# All that may be asked of libm: exact, or rounded once by IEEE 754, hence the same everywhere; for double and float. Not fmin and
# fmax, which may choose either zero, nor the forms for long double, which is another type on another machine.
EXACT = """fma sqrt  frexp ldexp scalbn scalbln ilogb logb modf nextafter nexttoward  fabs copysign fdim fmod remainder
           floor ceil trunc round roundeven rint nearbyint lrint llrint lround llround
           __fpclassify __isnan __isinf __finite __signbit""".split()
ALLOWED_OF_LIBM = {name + form for name in EXACT for form in ("", "f")}


def exports_of_libm(compiler):
    names = set()
    for library in ("libm.so.6", "libmvec.so.1"):
        path = output_of(compiler, "-print-file-name=" + library).strip()
        if os.path.isabs(path):
            names |= {line.split()[-1].split("@")[0] for line in output_of("nm", "-D", "--defined-only", path).splitlines()}
    assert {"exp", "fma", "erff"} <= names, "this is not libm"
    return names


class Rule:
    def __init__(self, name, pattern, because, planted, room=()):
        self.name, self.because, self.planted = name, because, planted
        self.pattern = re.compile(pattern)
        self.room = tuple(room)  # prefixes of the sources that may, after all

    def broken_by(self, symbol, source):
        return bool(self.pattern.search(symbol)) and not source.startswith(self.room or ("nowhere/",))


class OutsideLibm(Rule):
    def __init__(self, exports, *arguments):
        super().__init__(*arguments)
        self.refused = exports - ALLOWED_OF_LIBM

    def broken_by(self, symbol, source):
        return symbol in self.refused or super().broken_by(symbol, source)


VECTOR = "#include <vector>\nusing V = std::vector<double>;\n"
EIGEN = "#include <Eigen/Core>\nusing V = Eigen::Map<const Eigen::VectorXd>; using M = Eigen::Map<const Eigen::MatrixXd>;\n"


def rules(libm):
    return [
        OutsideLibm(libm, "libm", r"^_ZGV[a-z][NM]|^__\w+_finite$|^__powi[sdxt]f2$",
                    "libm rounds otherwise on another machine: use scalar/exact.h", [
                        "#include <cmath>\nusing namespace std; double f(double x) { return exp(x); }",
                        "#include <cmath>\ndouble f(double x) { return __builtin_tanh(x); }",
                        "#include <cmath>\nfloat f(float x) { return std::pow(x, 0.3f); }",
                        "#include <cmath>\n#define E erf\nlong double f(long double x) { return std::E(x); }",
                        "#include <cfenv>\nint f() { return std::fesetround(FE_UPWARD); }",
                        'extern "C" double _ZGVbN2v_exp(double); double f(double x) { return _ZGVbN2v_exp(x); }']),
        Rule("SLEEF", r"^Sleef_(?!finz_[a-z0-9]+([df]1_u10purecfma|d4_u10avx2|d8_u10avx512f)$)",
             "only the finz family has the same bits on every machine", [
            'extern "C" double Sleef_exp_u10(double); double f(double x) { return Sleef_exp_u10(x); }',
            'extern "C" double Sleef_expd1_u10(double); double f(double x) { return Sleef_expd1_u10(x); }',
            'extern "C" double Sleef_finz_logd4_u35avx2(double); double f(double x) { return Sleef_finz_logd4_u35avx2(x); }']),
        # Decompositions live in one file of lib/head and in one of lib/information; Eigen adds and multiplies inside them, compiled without
        # vectorisation (CMakeLists.txt).
        Rule("Eigen", r"5Eigen", "Eigen's sums follow the vector unit: use tensor/sum.h and tensor/matmul.h", [
            EIGEN + "double f(V x) { return x.sum(); }",
            EIGEN + "double f(V x, V y) { return x.dot(y); }",
            EIGEN + "void f(M a, M b, Eigen::MatrixXd& c) { c.noalias() = a * b; }"], room=["lib/head/spectrum.cpp", "lib/information/limits/decomposition.cpp"]),
        # bench times OpenBLAS as the opponent; no result comes from it
        Rule("BLAS", r"^(cblas|openblas|LAPACKE)_|^[sdcz][a-z0-9]{2,7}_$", "a BLAS follows the CPU and the threads: use tensor/matmul.h", [
            "#include <cblas.h>\ndouble f(const double* x, int n) { return cblas_ddot(n, x, 1, x, 1); }",
            'extern "C" double ddot_(...); double f(double* x, int* n) { return ddot_(n, x, n, x, n); }'], room=["app/bench/bench.cpp"]),
        Rule("hash tables", r"_Hashtable|\dunordered_|_Prime_rehash_policy", "the order of a hash table is nobody's: use std::map", [
            "#include <unordered_map>\nint f(int k) { std::unordered_map<int, int> m; m[k] = 1; return m.begin()->second; }",
            "#include <unordered_set>\n#include <string>\nbool f(const std::unordered_set<std::string>& s) { return s.count(\"a\"); }"]),
        Rule("sums in no order", r"_ZSt(6reduce|16transform_reduce|13inner_product)I|St8valarrayI.*E3sumEv",
             "their order or their rounding is not ours: use tensor/sum.h", [
                 VECTOR + "#include <numeric>\nusing namespace std; double f(const V& v) { return reduce(v.begin(), v.end()); }",
                 VECTOR + "#include <numeric>\ndouble f(const V& v) { return std::transform_reduce(v.begin(), v.end(), v.begin(), 0.0); }",
                 VECTOR + "#include <numeric>\ndouble f(const V& v) { return std::inner_product(v.begin(), v.end(), v.begin(), 0.0); }",
                 "#include <valarray>\ndouble f(const std::valarray<double>& v) { return v.sum(); }"]),
        Rule("execution policies", r"6__pstl|St9execution|^_ZN3tbb|^(GOMP|omp|__kmpc)_", "the bits may not depend on a schedule", [
            VECTOR + "#include <algorithm>\n#include <execution>\n"
                     "void f(V& v) { std::for_each(std::execution::unseq, v.begin(), v.end(), [](double& x) { x *= 2; }); }",
            'extern "C" int omp_get_max_threads(); int f() { return omp_get_max_threads(); }']),
        Rule("randomness", r"mersenne_twister|linear_congruential|St13random_device|_distributionI|^s?rand$|^s?random$|^[dlm]rand48$",
             "randomness is counter-based: use tensor/random.h", [
                 "#include <random>\nlong f() { std::mt19937 g(1); return std::uniform_int_distribution<long>(0, 6)(g); }",
                 "#include <cstdlib>\nint f() { return rand(); }"]),
    ]


HONEST = VECTOR + """#include <cmath>
#include <map>
#include <numeric>
#include <string>
extern "C" double Sleef_finz_expd1_u10purecfma(double);
double f(const V& v, std::map<std::string, int>& m, double x) {
  int e = m["reduce"];
  return std::accumulate(v.begin(), v.end(), 0.0) + std::fma(x, std::frexp(x, &e), std::sqrt(x)) +
         std::ldexp(std::floor(x), 3) + std::nextafter(x, 1.0) + Sleef_finz_expd1_u10purecfma(std::fmod(x, 2.0));
}"""


# ---- The objects

def source_of(path):
    """lib/head/spectrum.cpp for build/release/CMakeFiles/etalon_head.dir/lib/head/spectrum.cpp.o"""
    folder, _, inside = os.path.normpath(path).rpartition("CMakeFiles/")
    inside = inside.split(".dir/", 1)[1].removesuffix(".o")
    return inside if inside.startswith("lib/") else os.path.basename(folder.rstrip("/")) + "/" + inside


def names_in(path):
    """The names of an object, and whether those of inlined functions are among them."""
    symbols = [line.split() for line in output_of("nm", path).splitlines()]
    inlined = set(re.findall(r"\b_Z\w+", output_of("readelf", "--wide", "-z", "-p", ".debug_str", path)))
    defined = {parts[2] for parts in symbols if len(parts) == 3 and parts[1] in "TtWV" and parts[2].startswith("_ZN")}
    # "is defined, is a function, and has no name there" is how debug information without names looks; data has none anyway
    return {parts[-1] for parts in symbols} | inlined, bool(inlined & defined) or not any(p[1] in "TtW" for p in symbols if len(p) == 3)


def complaints(path, source, house):
    names, complete = names_in(path)
    found = [] if complete else [f"{source}: has no names of inlined functions; compile it with -g1, and with clang -fdebug-info-for-profiling"]
    for rule in house:
        broken = sorted(name for name in names if rule.broken_by(name, source))
        if broken:
            plain = output_of("c++filt", broken[0]).strip()
            found.append(f"{source}: {rule.name}: {plain[:160]}" + (f" and {len(broken) - 1} more" if broken[1:] else "") + f": {rule.because}")
    return found


def show_that_rules_bite(compiler, flags, house):
    """Compiles every plant and sees it caught by its rule; in the rule's room, and for an honest source, nothing is."""
    plants = [(rule, text) for rule in house for text in rule.planted] + [(None, HONEST)]
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        def compiled(i):
            source = os.path.join(folder, f"{i}.cpp")
            with open(source, "w", encoding="ascii") as file:
                file.write(plants[i][1])
            subprocess.run([compiler, "-std=c++20", *flags, "-c", source, "-o", source + ".o"], check=True)
            return source + ".o"
        for (rule, text), path in zip(plants, pool.map(compiled, range(len(plants)))):
            caught = [r for r in house if any(r.broken_by(name, "lib/op/planted.cpp") for name in names_in(path)[0])]
            if rule is None:
                assert not caught, f"an honest source was refused: {caught[0].name}"
                continue
            assert rule in caught, f"not caught by the rule on {rule.name}:\n{text}"
            for room in rule.room:
                assert not any(rule.broken_by(name, room) for name in names_in(path)[0]), f"{room} may, and was refused"
        # Debug information is what shows an inlined call: without it the object is refused, not passed
        bare = compiled(next(i for i, (rule, _) in enumerate(plants) if rule and rule.name == "sums in no order"))
        output_of("strip", "--strip-debug", bare)
        assert not names_in(bare)[1], "an object without debug information passed"
    return len(plants)


def main():
    listed, compiler, *flags = sys.argv[1:]
    house = rules(exports_of_libm(compiler))
    n_plants = show_that_rules_bite(compiler, flags, house)

    with open(listed, encoding="utf-8") as file:
        objects = [line.strip() for line in file if line.strip()]
    missing = [path for path in objects if not os.path.exists(path)]
    found = [f"{source_of(path)}: not built yet" for path in missing]
    for path in objects:
        if path not in missing:
            found += complaints(path, source_of(path), house)
    print(*found, sep="\n")
    print(f"{len(house)} rules, {n_plants} planted sources, {len(objects)} objects, {len(found)} complaints")
    sys.exit(bool(found) or len(objects) < 50)


if __name__ == "__main__":
    main()
