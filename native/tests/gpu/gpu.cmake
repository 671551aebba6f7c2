# What is checked of lgv_cuda.
#
#   gpu.*               native/tests/cuda/*.cpp, the tests that also run on the emulator, on a GPU: label gpu. Skipped where there is none
#   kernels.table       native/src/kernels.txt says what the compiler made of every kernel: label cuda. Rewritten by the target kernel_table

file(GLOB_RECURSE gpu_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/native/tests/cuda/*.cpp")
list(FILTER gpu_sources EXCLUDE REGEX "/cuda/main\\.cpp$")                # the emulator's
add_executable(lgv_gpu_tests ${gpu_sources} "${CMAKE_CURRENT_LIST_DIR}/main.cpp")
target_link_libraries(lgv_gpu_tests PRIVATE lgv_cuda langevin_test_options GTest::gtest)
target_link_options(lgv_gpu_tests PRIVATE -static-libstdc++)
set_target_properties(lgv_gpu_tests PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${LANGEVIN_GPU_FOLDER}")
# One GPU: the tests wait for each other.
gtest_discover_tests(lgv_gpu_tests DISCOVERY_MODE PRE_TEST TEST_PREFIX gpu. PROPERTIES TIMEOUT ${langevin_test_seconds} LABELS gpu RESOURCE_LOCK gpu)

set(table "${CMAKE_SOURCE_DIR}/cmake/kernel_table" --cuobjdump "${LANGEVIN_CUOBJDUMP}" --compiler "${CMAKE_CUDA_COMPILER_VERSION}"
    --sources "${CMAKE_SOURCE_DIR}/native/src" --cache "${CMAKE_BINARY_DIR}/kernel_table" --table "${CMAKE_SOURCE_DIR}/native/src/kernels.txt")
add_test(NAME kernels.table COMMAND ${table} --rewrite-with "cmake --build ${CMAKE_BINARY_DIR} --target kernel_table" $<TARGET_OBJECTS:lgv_cuda> COMMAND_EXPAND_LISTS)
set_tests_properties(kernels.table PROPERTIES LABELS cuda SKIP_RETURN_CODE 77)
add_custom_target(kernel_table COMMAND ${table} --write $<TARGET_OBJECTS:lgv_cuda> COMMAND_EXPAND_LISTS DEPENDS lgv_cuda VERBATIM)
