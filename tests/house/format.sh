#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every C++ file looks as .clang-format says. To mend a file: clang-format -i FILE.
#
# usage: format.sh REPOSITORY    77: another clang-format than Debian 12's, whose taste differs
set -u
cd "$1" || exit 1
command -v clang-format >/dev/null || { echo "clang-format is not installed: apt-get install clang-format"; exit 1; }
clang-format --version | grep -q 'version 14\.' || { echo "not clang-format 14: $(clang-format --version)"; exit 77; }

# A planted line is seen, and a comment with a formula in it is left alone
planted='int  f( );'
[ "$(echo "$planted" | clang-format --assume-filename=lib/x.h)" = 'int f();' ] || { echo "a planted line was not seen"; exit 1; }
long="//   a = b                       $(printf 'c%.0s ' $(seq 80))"
[ "$(echo "$long" | clang-format --assume-filename=lib/x.h)" = "$(echo "$long" | sed 's/ $//')" ] || { echo "a comment was reflowed"; exit 1; }

n_files=$(find lib app tests -name '*.h' -o -name '*.cpp' | wc -l)
places=$(find lib app tests \( -name '*.h' -o -name '*.cpp' \) -exec clang-format --dry-run --Werror {} + 2>&1 | grep 'error:' | cut -d: -f1,2)
[ -z "$places" ] || echo "$places"
echo "$n_files files; clang-format -i would change the lines above, or none if there are none"
[ -z "$places" ] && [ "$n_files" -gt 300 ]
