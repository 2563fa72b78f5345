#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A canary that cannot die is no canary: compiled with contraction on, on a machine with fma, it must die;
# compiled with the house's flag it must live. Both compilers, where they are installed.
#
# usage: contraction_dies.sh FOLDER_FOR_BINARIES
set -u
here=$(dirname "$0")
folder=$(mktemp -d "$1/canary.XXXXXX") || exit 1
trap 'rm -rf "$folder"' EXIT

case $(uname -m) in
  x86_64)
    grep -q ' fma ' /proc/cpuinfo || { echo "no fma on this CPU: nothing to show"; exit 77; }
    fused="-mfma" ;;
  *) fused="" ;;
esac

tried=0
for compiler in g++ clang++; do
  command -v $compiler >/dev/null || { echo "$compiler: not installed"; continue; }
  tried=$((tried + 1))
  $compiler -std=c++20 -O2 $fused -ffp-contract=off  -o "$folder/off"  "$here/canary.cpp" || exit 1
  $compiler -std=c++20 -O2 $fused -ffp-contract=fast -o "$folder/fast" "$here/canary.cpp" || exit 1
  "$folder/off"  || { echo "$compiler -ffp-contract=off: the canary died, and should live"; exit 1; }
  "$folder/fast" && { echo "$compiler -ffp-contract=fast: the canary lives, and should die"; exit 1; }
  echo "$compiler: alive with -ffp-contract=off, dead with -ffp-contract=fast"
done
test $tried -gt 0
