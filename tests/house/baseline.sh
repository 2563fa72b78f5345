#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One binary for every x86-64: an instruction wider than its CPU ends a program. So only the kernels that are chosen at run time may hold
# AVX, FMA or BMI instructions; in every other object of the libraries and the command there is none.
#
# usage: baseline.sh OBJECTS.txt    one object a line; 77: not an x86-64 build, nothing to look at
set -u
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

# Prints the instructions of an object that came after SSE2: those with the VEX or EVEX prefix.
wide() {
  objdump -d --no-show-raw-insn "$1" |
    grep -E '^ *[0-9a-f]+:[[:space:]]+(v[a-z0-9]+ .*%[xyz]mm|(andn|bextr|blsi|blsr|blsmsk|bzhi|mulx|pdep|pext|rorx|sarx|shlx|shrx) )'
}

objects=$(cat "$1")
[ -n "$objects" ] || { echo "no objects in $1"; exit 1; }
echo "$objects" | head -n 1 | xargs objdump -f | grep -q 'elf64-x86-64' || { echo "not x86-64: nothing to look at"; exit 77; }

seen=0 kernels=0 bad=0
for object in $objects; do
  wide "$object" >"$folder/wide"
  case $object in
    */kernel/avx2.cpp.o | */kernel/avx512.cpp.o)  # the eyes are shown to be open
      kernels=$((kernels + 1))
      [ -s "$folder/wide" ] || { echo "$object: no wide instruction seen where there must be thousands"; bad=$((bad + 1)); } ;;
    *)
      seen=$((seen + 1))
      [ ! -s "$folder/wide" ] || { echo "$object: $(wc -l <"$folder/wide") instructions beyond SSE2, such as $(head -n 1 "$folder/wide")"; bad=$((bad + 1)); } ;;
  esac
done
echo "$seen objects hold x86-64's baseline and nothing wider; $kernels kernels hold more and are chosen at run time"
[ $bad -eq 0 ] && [ $kernels -eq 2 ] && [ $seen -gt 10 ]
