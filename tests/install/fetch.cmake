# SPDX-License-Identifier: Apache-2.0
# A stranger's project takes Etalon by FetchContent: no tests, no command, no Arb and no warnings come along, and of the floors those
# alone are built that it links.
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
needs(BUILD SOURCE REPOSITORY GENERATOR COMPILER FLAGS)
set(project ${BUILD}/tests/install/fetcher)
file(REMOVE_RECURSE ${project})
file(COPY ${SOURCE}/fetch/CMakeLists.txt ${SOURCE}/consumer/main.cpp DESTINATION ${project})

# The repository as it lies here stands in for the one on the network
run(${CMAKE_COMMAND} -S ${project} -B ${project}/build -G ${GENERATOR} -DFETCHCONTENT_SOURCE_DIR_ETALON=${REPOSITORY}
  -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=${COMPILER} "-DCMAKE_CXX_FLAGS=${FLAGS}" -DCMAKE_EXPORT_COMPILE_COMMANDS=ON)
file(READ ${project}/build/CMakeCache.txt cache)
foreach(off ETALON_TESTS ETALON_COMMAND ETALON_CERTIFY ETALON_INSTALL ETALON_WERROR)
  if(NOT cache MATCHES "${off}:BOOL=OFF")
    message(FATAL_ERROR "${off} is not off in a project that only uses Etalon")
  endif()
endforeach()
file(READ ${project}/build/compile_commands.json commands)
foreach(foreign " -Werror" " -Wall" "${REPOSITORY}/app/" "${REPOSITORY}/tests/" "/scalar/ball.cpp" "/lib/certify/")
  string(FIND "${commands}" "${foreign}" found)
  if(NOT found EQUAL -1)
    message(FATAL_ERROR "a project that only uses Etalon compiles, or compiles with, ${foreign}")
  endif()
endforeach()

run(${CMAKE_COMMAND} --build ${project}/build)
run(${project}/build/fetcher)
expect_softmax("${output}" "the fetcher")
file(GLOB_RECURSE libraries ${project}/build/*etalon_*.a)
foreach(floor tensor model)
  string(FIND "${libraries}" "etalon_${floor}.a" found)
  if((floor STREQUAL tensor AND found EQUAL -1) OR (floor STREQUAL model AND NOT found EQUAL -1))
    message(FATAL_ERROR "a program of etalon::op builds tensor and not model; these were built: ${libraries}")
  endif()
endforeach()
