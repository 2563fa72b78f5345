# SPDX-License-Identifier: Apache-2.0
# Debian's cross compiler, and the libraries that tests/cross/run fetched for its machine.
#
#   cmake --toolchain tests/cross/foreign.cmake -DFOREIGN_TRIPLE=s390x-linux-gnu -DFOREIGN_SYSROOT=build/cross/s390x/sysroot
#
# Only compiled libraries are fetched (SLEEF, spdlog, fmt); headers without one (Eigen, Random123, nlohmann-json, CLI11) are this machine's.
set(CMAKE_SYSTEM_NAME Linux)
string(REGEX REPLACE "-.*" "" CMAKE_SYSTEM_PROCESSOR "${FOREIGN_TRIPLE}")
set(CMAKE_C_COMPILER ${FOREIGN_TRIPLE}-gcc)
set(CMAKE_CXX_COMPILER ${FOREIGN_TRIPLE}-g++)
set(CMAKE_LIBRARY_ARCHITECTURE ${FOREIGN_TRIPLE})
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES FOREIGN_TRIPLE FOREIGN_SYSROOT)

# find_package looks in what was fetched first, pkg-config nowhere else
set(CMAKE_PREFIX_PATH ${FOREIGN_SYSROOT}/usr)
set(ENV{PKG_CONFIG_LIBDIR} ${FOREIGN_SYSROOT}/usr/lib/${FOREIGN_TRIPLE}/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${FOREIGN_SYSROOT})
set(CMAKE_CXX_FLAGS_INIT "-isystem ${FOREIGN_SYSROOT}/usr/include/${FOREIGN_TRIPLE}")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-L${FOREIGN_SYSROOT}/usr/lib/${FOREIGN_TRIPLE} -Wl,-rpath-link,${FOREIGN_SYSROOT}/usr/lib/${FOREIGN_TRIPLE}")
