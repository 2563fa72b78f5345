# Installs the build into an empty folder, then configures, builds and runs a stranger's project against it.
foreach(needed BUILD SOURCE GENERATOR COMPILER FLAGS)
  if(NOT DEFINED ${needed})
    message(FATAL_ERROR "consume.cmake: expected -D${needed}=...")
  endif()
endforeach()
set(prefix ${BUILD}/tests/install/prefix)
file(REMOVE_RECURSE ${prefix} ${BUILD}/tests/install/consumer)

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(failed)
    message(FATAL_ERROR "${ARGN}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
run(${CMAKE_COMMAND} -S ${SOURCE}/consumer -B ${BUILD}/tests/install/consumer -G ${GENERATOR}
  -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_CXX_COMPILER=${COMPILER} "-DCMAKE_CXX_FLAGS=${FLAGS}")  # a sanitized library needs a sanitized program
run(${CMAKE_COMMAND} --build ${BUILD}/tests/install/consumer)
run(${BUILD}/tests/install/consumer/consumer)
if(NOT output STREQUAL "0.090030573170380462\n0.24472847105479764\n0.66524095577482178\n")
  message(FATAL_ERROR "the consumer printed\n${output}")
endif()
