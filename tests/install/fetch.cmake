# SPDX-License-Identifier: Apache-2.0
# A stranger's project takes Etalon by FetchContent: no tests, no command, no Arb come along, and a warning there is no error.
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
needs(BUILD SOURCE REPOSITORY GENERATOR COMPILER FLAGS)
set(build ${BUILD}/tests/install/fetcher)
file(REMOVE_RECURSE ${build})

# The repository as it lies here stands in for the one on the network
run(${CMAKE_COMMAND} -S ${SOURCE}/fetch -B ${build} -G ${GENERATOR} -DFETCHCONTENT_SOURCE_DIR_ETALON=${REPOSITORY}
  -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=${COMPILER} "-DCMAKE_CXX_FLAGS=${FLAGS}" -DCMAKE_EXPORT_COMPILE_COMMANDS=ON)
file(READ ${build}/CMakeCache.txt cache)
file(READ ${build}/compile_commands.json commands)
foreach(off ETALON_TESTS ETALON_COMMAND ETALON_CERTIFY ETALON_INSTALL ETALON_WERROR)
  if(NOT cache MATCHES "${off}:BOOL=OFF")
    message(FATAL_ERROR "${off} is not off in a project that only uses Etalon")
  endif()
endforeach()
foreach(foreign "-Werror" "/app/" "/tests/op" "ball.cpp" "certify")
  string(FIND "${commands}" "${foreign}" found)
  if(NOT found EQUAL -1)
    message(FATAL_ERROR "a project that only uses Etalon compiles with or compiles ${foreign}")
  endif()
endforeach()

run(${CMAKE_COMMAND} --build ${build} --target fetcher)
run(${build}/fetcher)
expect_softmax("${output}" "the fetcher")
