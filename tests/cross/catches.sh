#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The matrix is shown to see what it looks for: held to a command that prints another hash with three threads, flips one bit of one file
# with seven and dies in the plain kernel, it names the rows and the cases, calls the other rows the same, and exits with 1.
#
# usage: catches.sh ETALON
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/liar" <<LIAR
#!/usr/bin/env bash
set -euo pipefail
[[ \${ETALON_ISA:-} != portable ]] || { echo "illegal instruction" >&2; exit 132; }
"$(realpath "$1")" "\$@" | if [[ \${ETALON_THREADS:-} == 3 ]]; then sed 's/^[0-9a-f]\{8\}\(.*llama-nano\)$/00000000\1/'; else cat; fi
if [[ \${ETALON_THREADS:-} == 7 ]]; then
  python3 - "\${!#}/op/softmax" <<'FLIP'
import pathlib, sys
file = next(f for f in sorted(pathlib.Path(sys.argv[1]).glob("*.safetensors")))
data = bytearray(file.read_bytes())
data[-8] ^= 1
file.write_bytes(data)
FLIP
fi
LIAR
chmod +x "$folder/liar"

code=0
"$(dirname "$0")/run" --environment "$folder/liar" >"$folder/matrix" 2>&1 || code=$?
cat "$folder/matrix"
expect() { grep -Eq "$1" "$folder/matrix" || { echo "expected a line like: $1"; exit 1; }; }
((code == 1)) || { echo "expected exit code 1, got $code"; exit 1; }
expect '^ETALON_ISA=portable.* failed: illegal instruction$'
expect '^ETALON_THREADS=1 +same$'
expect '^ETALON_THREADS=2 +same$'
expect '^ETALON_THREADS=3 +DIFFERS: llama-nano$'
expect '^ETALON_THREADS=7 +DIFFERS: op/softmax$'
expect '^3 rows differ'
