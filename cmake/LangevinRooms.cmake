# langevin_room(name SEES room...)
#
# Makes lgv_<name> of native/src/<name>/**/*.cpp; files come and go without a change here. A room finds the headers of itself and of the
# rooms that it sees (and that those see), nobody else's: each room has an include root of its own in the build folder,
# rooms/<name>/<name> -> native/src/<name>, so that #include "ops/conv.h" resolves only where lgv_ops is linked.
# A file's name says its instruction set: x.avx512.cpp, x.avx2.cpp; everything else is plain x86-64.
set(LANGEVIN_AVX2_FLAGS -mavx2 -mfma)
# g++ 12 takes the undefined register inside its own AVX-512 intrinsics for a mistake.
set(LANGEVIN_AVX512_FLAGS -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -Wno-uninitialized -Wno-maybe-uninitialized)

# langevin_include_root(out path name): sets out to a folder in which only <name> -> native/<path> stands.
function(langevin_include_root out path name)
    set(root "${CMAKE_BINARY_DIR}/rooms/${name}")
    file(MAKE_DIRECTORY "${root}")
    if(NOT EXISTS "${root}/${name}")
        file(CREATE_LINK "${CMAKE_SOURCE_DIR}/native/${path}" "${root}/${name}" SYMBOLIC)
    endif()
    set(${out} "${root}" PARENT_SCOPE)
endfunction()

function(langevin_instruction_sets)
    foreach(source ${ARGN})
        if(source MATCHES "\\.avx512\\.cpp$")
            set_source_files_properties("${source}" PROPERTIES COMPILE_OPTIONS "${LANGEVIN_AVX512_FLAGS}")
        elseif(source MATCHES "\\.avx2\\.cpp$")
            set_source_files_properties("${source}" PROPERTIES COMPILE_OPTIONS "${LANGEVIN_AVX2_FLAGS}")
        endif()
    endforeach()
endfunction()

function(langevin_room name)
    cmake_parse_arguments(room "" "" "SEES" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/native/src/${name}/*.cpp")
    list(FILTER sources EXCLUDE REGEX "_absent\\.cpp$")    # what stands in for something that is not built: linked by name
    langevin_instruction_sets(${sources})
    langevin_include_root(root src/${name} ${name})
    if(NOT sources)                            # a room of headers alone is still a library, so that all rooms are linked alike
        set(sources "${root}/headers_only.cpp")
        if(NOT EXISTS "${sources}")
            file(TOUCH "${sources}")
        endif()
    endif()
    add_library(lgv_${name} STATIC ${sources})
    target_include_directories(lgv_${name} PUBLIC "${root}")
    list(TRANSFORM room_SEES PREPEND lgv_)
    target_link_libraries(lgv_${name} PUBLIC ${room_SEES})
endfunction()
