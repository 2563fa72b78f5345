# SPDX-License-Identifier: Apache-2.0
# Installs the build into an empty folder, then configures, builds and runs a stranger's project against it.
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
needs(BUILD SOURCE GENERATOR COMPILER FLAGS)
set(prefix ${BUILD}/tests/install/prefix)
file(REMOVE_RECURSE ${prefix} ${BUILD}/tests/install/consumer)

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
run(${CMAKE_COMMAND} -S ${SOURCE}/consumer -B ${BUILD}/tests/install/consumer -G ${GENERATOR}
  -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_CXX_COMPILER=${COMPILER} "-DCMAKE_CXX_FLAGS=${FLAGS}")  # a sanitized library needs a sanitized program
run(${CMAKE_COMMAND} --build ${BUILD}/tests/install/consumer)
run(${BUILD}/tests/install/consumer/consumer)
expect_softmax("${output}" "the consumer")
foreach(text LICENSE NOTICE CITATION.cff)
  file(GLOB_RECURSE installed ${prefix}/share/doc/${text})
  if(NOT installed)
    message(FATAL_ERROR "${text} was not installed")
  endif()
endforeach()
