# SPDX-License-Identifier: Apache-2.0
# run.cmake — what the installation tests share.

function(needs)
  foreach(name IN LISTS ARGN)
    if(NOT DEFINED ${name})
      message(FATAL_ERROR "expected -D${name}=...")
    endif()
  endforeach()
endfunction()

# run(COMMAND ...) — stops with the output of a command that fails; leaves it in `output` otherwise.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(failed)
    message(FATAL_ERROR "${ARGN}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

# The softmax of 1, 2, 3, to the last bit.
function(expect_softmax printed who)
  if(NOT printed STREQUAL "0.090030573170380462\n0.24472847105479764\n0.66524095577482178\n")
    message(FATAL_ERROR "${who} printed\n${printed}")
  endif()
endfunction()
