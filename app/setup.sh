# SPDX-License-Identifier: Apache-2.0
# setup.sh — what app/run and tests/run share: packages, the build, and clear words when something fails.
# Sourced, not run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
log="$root/build/setup.log"
mkdir -p "$root/build"

build_packages=(g++ cmake ninja-build pkg-config libeigen3-dev libopenblas-dev libsleef-dev librandom123-dev
  libflint-dev libflint-arb-dev libcli11-dev nlohmann-json3-dev libspdlog-dev zlib1g-dev)

test_packages=(catch2 python3 python3-numpy python3-torch python3-pil chromium clang clang-format clang-tidy qemu-user g++-aarch64-linux-gnu)

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
fail() { printf '%s\n' "$@" >&2; exit 1; }

# need PACKAGE... — installs the Debian packages that are missing, as root or through sudo; else prints the line to run.
need() {
  command -v dpkg-query >/dev/null || fail "This script installs Debian packages, and this is not Debian. Install what these Debian packages hold by your own means:" \
    "  ${build_packages[*]}" "  and, for the tests: ${test_packages[*]}" "Then run: cmake --workflow --preset release"
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  local as_root=()
  if ((EUID != 0)); then
    if command -v sudo >/dev/null && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; then as_root=(sudo)
    else fail "Missing packages. Run this once, then try again:" "  sudo apt-get install -y --no-install-recommends ${missing[*]}"; fi
  fi
  say "installing ${missing[*]}"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update >"$log" 2>&1 &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1 ||
    fail "apt-get failed; the end of $log:" "$(tail -n 15 "$log")" "Is this Debian 12, and can it reach its package mirror?"
}

# fetch_libraries TREE ARCHITECTURE — the compiled libraries of another machine, for tests/cross, into TREE/ARCHITECTURE, with an apt of its
# own: needs no root and changes no package here. What is there already is left as it is.
fetch_libraries() {
  local arch=$2 here=$1/$2
  [[ -e $here/complete ]] && return
  say "fetching libraries for $arch"
  mkdir -p "$here"/{apt/lists/partial,cache/archives/partial,deb}
  : >"$here/apt/status"
  local apt=(apt-get -qq -o "APT::Architecture=$arch" -o "APT::Architectures=$arch" -o "Dir::State=$here/apt"
    -o "Dir::State::lists=$here/apt/lists" -o "Dir::State::status=$here/apt/status" -o "Dir::Cache=$here/cache" -o APT::Sandbox::User=)
  (cd "$here/deb" && "${apt[@]}" update &&
    "${apt[@]}" download libsleef3 libsleef-dev libspdlog1.10 libspdlog-dev libfmt9 libfmt-dev) >"$here/apt.log" 2>&1 ||
    fail "apt-get could not fetch the libraries of $arch; the end of $here/apt.log:" "$(tail -n 5 "$here/apt.log")"
  local package
  for package in "$here"/deb/*.deb; do dpkg -x "$package" "$here/sysroot"; done
  touch "$here/complete"
}

# show_steps — reads a build's log and says how far it is: one line on a terminal, every fortieth step in a file.
show_steps() {
  local line shown=0
  while IFS= read -r line; do
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
    if [[ -t 2 ]]; then printf '\r  step %s of %s ' "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" >&2
    elif ((BASH_REMATCH[1] >= shown + 40)); then shown=${BASH_REMATCH[1]} && printf '  step %s of %s\n' "$shown" "${BASH_REMATCH[2]}" >&2; fi
  done
  [[ -t 2 ]] && printf '\r\033[K' >&2
  return 0
}

# build TARGET ARGS... — configures build/release (ARGS go to cmake) and builds the target, quietly unless it fails.
build() {
  local target=$1
  shift
  say "building $target (build/release)"
  cmake -S "$root" --preset release "$@" >"$log" 2>&1 || fail "cmake could not configure; the end of $log:" "$(tail -n 25 "$log")"
  cmake --build "$root/build/release" --target "$target" 2>&1 | tee "$log" | show_steps ||
    fail "the build failed; its errors, from $log:" "$(grep -E -A 5 'error|FAILED|undefined' "$log" | head -n 40)"
}
