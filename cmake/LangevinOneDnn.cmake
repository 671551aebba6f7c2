# oneDNN as Maven unpacks it (headers under include/, libdnnl.so.3 and the libgomp.so.1 it was built with, side by side).
# Its own dnnl-config.cmake names a file that is not in the package, so the two libraries are described here.
find_path(LANGEVIN_DNNL_INCLUDE dnnl.hpp PATHS "${DNNL_ROOT}/include" NO_DEFAULT_PATH NO_CACHE)
find_file(LANGEVIN_DNNL_LIBRARY libdnnl.so.3 PATHS "${DNNL_ROOT}" "${DNNL_ROOT}/lib" NO_DEFAULT_PATH NO_CACHE)
find_file(LANGEVIN_GOMP_LIBRARY libgomp.so.1 PATHS "${DNNL_ROOT}" "${DNNL_ROOT}/lib" NO_DEFAULT_PATH NO_CACHE)
if(NOT LANGEVIN_DNNL_INCLUDE OR NOT LANGEVIN_DNNL_LIBRARY OR NOT LANGEVIN_GOMP_LIBRARY)
    message(FATAL_ERROR "oneDNN is not in DNNL_ROOT=${DNNL_ROOT} (dnnl.hpp, libdnnl.so.3 and libgomp.so.1 are wanted).\n"
        "Unpack it with:  mvn -pl native initialize\n"
        "or build without it:  -DLANGEVIN_ONEDNN=OFF")
endif()

add_library(dnnl SHARED IMPORTED GLOBAL)
set_target_properties(dnnl PROPERTIES
    IMPORTED_LOCATION "${LANGEVIN_DNNL_LIBRARY}"
    IMPORTED_SONAME libdnnl.so.3
    INTERFACE_INCLUDE_DIRECTORIES "${LANGEVIN_DNNL_INCLUDE}"
    INTERFACE_COMPILE_DEFINITIONS LANGEVIN_ONEDNN=1)
# Only for omp_set_num_threads: oneDNN runs one thread per call, our own team does the rest. Nothing here is compiled with -fopenmp.
add_library(gomp SHARED IMPORTED GLOBAL)
set_target_properties(gomp PROPERTIES IMPORTED_LOCATION "${LANGEVIN_GOMP_LIBRARY}" IMPORTED_SONAME libgomp.so.1)
target_link_libraries(dnnl INTERFACE gomp)
