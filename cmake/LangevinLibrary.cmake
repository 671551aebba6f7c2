# liblangevin.so: the rooms in one file. Only lgv_* leaves it and libstdc++ is inside it, so it meets no other C++ library of the process.
# lib/ in the build folder is the folder that is shipped.
set(LANGEVIN_LIBRARY_FOLDER "${CMAKE_BINARY_DIR}/lib")
file(MAKE_DIRECTORY "${LANGEVIN_LIBRARY_FOLDER}")

set(map "${CMAKE_BINARY_DIR}/langevin.map")
file(CONFIGURE OUTPUT "${map}" CONTENT "{ global: lgv_*; local: *; };\n" @ONLY)

# langevin_library(name source...): a shared library as the shipped one is linked. --gc-sections is for the glibc floor: without it libstdc++'s unused
# std::random_device asks for glibc 2.36. libgcc stays shared for the same reason (its static unwinder asks for 2.35); every system has it.
function(langevin_library name)
    add_library(${name} SHARED ${ARGN})
    set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX LINK_DEPENDS "${map}")
    if(NOT LANGEVIN_SANITIZE)                  # sanitizers replace what this line would pin
        target_link_options(${name} PRIVATE "-Wl,--version-script=${map}" -Wl,-z,defs -Wl,--as-needed -Wl,--gc-sections -static-libstdc++)
    endif()
endfunction()

langevin_library(langevin $<TARGET_OBJECTS:lgv_abi>)
target_link_libraries(langevin PRIVATE lgv_abi lgv_gpu INTERFACE langevin_header)
set_target_properties(langevin PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${LANGEVIN_LIBRARY_FOLDER}")
