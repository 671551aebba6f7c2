# liblangevin.so: the rooms in one file. Only lgv_* leaves it and libstdc++ is inside it, so it meets no other C++ library of the process.
# lib/ in the build folder is the folder that is shipped.
set(LANGEVIN_LIBRARY_FOLDER "${CMAKE_BINARY_DIR}/lib")
file(MAKE_DIRECTORY "${LANGEVIN_LIBRARY_FOLDER}")

set(map "${CMAKE_BINARY_DIR}/langevin.map")
file(CONFIGURE OUTPUT "${map}" CONTENT "{ global: lgv_*; local: *; };\n" @ONLY)

add_library(langevin SHARED $<TARGET_OBJECTS:lgv_abi>)
target_link_libraries(langevin PRIVATE lgv_abi lgv_gpu INTERFACE langevin_header)
set_target_properties(langevin PROPERTIES
    LINKER_LANGUAGE CXX
    LIBRARY_OUTPUT_DIRECTORY "${LANGEVIN_LIBRARY_FOLDER}"
    LINK_DEPENDS "${map}")
if(NOT LANGEVIN_SANITIZE)                      # sanitizers replace what these lines would pin
    # --gc-sections is for the glibc floor: without it libstdc++'s unused std::random_device asks for glibc 2.36. libgcc stays shared for
    # the same reason (its static unwinder asks for 2.35); every system has it.
    target_link_options(langevin PRIVATE "-Wl,--version-script=${map}" -Wl,-z,defs -Wl,--as-needed -Wl,--gc-sections -static-libstdc++)
endif()
