# CUDA's compiler: where it is, or where to get one.
#
#   LANGEVIN_CUDA=auto     (the default) nvcc is used if it is found: CUDACXX, PATH, /usr/local/cuda, or what an earlier build fetched
#                 fetch    cmake/cuda-requirements.txt is installed into LANGEVIN_CUDA_FOLDER (once), and used
#                 off      none
#   LANGEVIN_CUDA_RELEASE=ON compiles for every GPU that a release serves, not only for those that are measured
#
# Without nvcc the library is built for the CPU alone; the emulator (native/simt) runs the kernels' sources in both cases.
#
# Sets LANGEVIN_NVCC (empty: none), LANGEVIN_CUOBJDUMP (may be empty), LANGEVIN_CUDA_TARGETS and LANGEVIN_CUDA_OPTIONS, and enables the language CUDA.
set(LANGEVIN_CUDA auto CACHE STRING "CUDA's compiler: auto, fetch or off")
set_property(CACHE LANGEVIN_CUDA PROPERTY STRINGS auto fetch off)
option(LANGEVIN_CUDA_RELEASE "compile for every GPU that a release serves" OFF)
set(LANGEVIN_CUDA_FOLDER "${CMAKE_BINARY_DIR}/cuda" CACHE PATH "where LANGEVIN_CUDA=fetch puts CUDA's compiler")

# sm_90a for the H100 and H200, sm_80 for everything from the A100 on that has no code of its own, and PTX for what comes after.
set(LANGEVIN_CUDA_TARGETS 80 90a)
if(LANGEVIN_CUDA_RELEASE)
    set(LANGEVIN_CUDA_TARGETS 80 86 89 90a 100 120)
endif()
list(JOIN LANGEVIN_CUDA_TARGETS ", sm_" targets)
set(codes "")
foreach(target ${LANGEVIN_CUDA_TARGETS})
    list(APPEND codes "SHELL:-gencode arch=compute_${target},code=sm_${target}")
endforeach()
list(APPEND codes "SHELL:-gencode arch=compute_90,code=compute_90")
# --fmad=false: a product and a sum are two roundings unless the source says fused(). Warnings of nvcc, of ptxas (spills, local memory, doubles) and of g++ are
# errors, but for -Wrestrict: g++ 12 sees an overlap in "text" + std::string (GCC bug 105651).
set(LANGEVIN_CUDA_OPTIONS ${codes} --fmad=false "SHELL:-Werror all-warnings" -Xptxas=-warn-spills,-warn-lmem-usage,-warn-double-usage,-Werror
    -Xcompiler=-Wall,-Wextra,-Werror,-Wno-missing-field-initializers,-Wno-restrict,-ffp-contract=off,-fno-math-errno,-ffunction-sections,-fdata-sections)

# ---- finding ----

# nvcc inside a folder that was fetched into: nvcc finds everything else from its own place.
function(langevin_fetched_nvcc out)
    file(GLOB found "${LANGEVIN_CUDA_FOLDER}/lib/python3*/site-packages/nvidia/cu*/bin/nvcc")
    set(${out} "" PARENT_SCOPE)
    file(SHA256 "${CMAKE_SOURCE_DIR}/cmake/cuda-requirements.txt" wanted)
    if(found AND EXISTS "${LANGEVIN_CUDA_FOLDER}/fetched.txt")
        file(READ "${LANGEVIN_CUDA_FOLDER}/fetched.txt" is)
        if(is STREQUAL wanted)
            list(GET found 0 first)
            set(${out} "${first}" PARENT_SCOPE)
        endif()
    endif()
endfunction()

function(langevin_fetch_nvcc out)
    file(LOCK "${LANGEVIN_CUDA_FOLDER}.lock" GUARD FUNCTION TIMEOUT 900)     # builds that come together fetch once
    langevin_fetched_nvcc(nvcc)
    if(nvcc)
        set(${out} "${nvcc}" PARENT_SCOPE)
        return()
    endif()
    set(otherwise "Or install CUDA 13 and name its nvcc in CUDACXX, or build without: -DLANGEVIN_CUDA=off.")
    find_program(LANGEVIN_PYTHON python3)
    mark_as_advanced(LANGEVIN_PYTHON)
    if(NOT LANGEVIN_PYTHON)
        message(FATAL_ERROR "Fetching CUDA's compiler needs Python 3:  apt install python3 python3-venv\n${otherwise}")
    endif()
    execute_process(COMMAND "${LANGEVIN_PYTHON}" -c "import venv, ensurepip" RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
    if(failed)
        message(FATAL_ERROR "Fetching CUDA's compiler needs Python's venv, which ${LANGEVIN_PYTHON} lacks:  apt install python3-venv\n${otherwise}")
    endif()
    message(STATUS "CUDA: fetching its compiler into ${LANGEVIN_CUDA_FOLDER} (300 MB, once)")
    set(log "${LANGEVIN_CUDA_FOLDER}.log")
    file(REMOVE_RECURSE "${LANGEVIN_CUDA_FOLDER}")
    execute_process(COMMAND "${LANGEVIN_PYTHON}" -m venv "${LANGEVIN_CUDA_FOLDER}" RESULT_VARIABLE failed OUTPUT_FILE "${log}" ERROR_FILE "${log}")
    if(NOT failed)
        execute_process(
            COMMAND "${LANGEVIN_CUDA_FOLDER}/bin/python" -m pip install --no-deps --require-hashes --disable-pip-version-check --no-cache-dir --progress-bar off
                    -r "${CMAKE_SOURCE_DIR}/cmake/cuda-requirements.txt"
            RESULT_VARIABLE failed OUTPUT_FILE "${log}" ERROR_FILE "${log}")
    endif()
    file(GLOB roots "${LANGEVIN_CUDA_FOLDER}/lib/python3*/site-packages/nvidia/cu*")
    if(failed OR NOT roots)
        file(STRINGS "${log}" lines)
        list(REVERSE lines)
        list(SUBLIST lines 0 3 lines)
        list(REVERSE lines)
        list(JOIN lines "\n  " lines)
        message(FATAL_ERROR "CUDA's compiler could not be fetched; pip said (all of it: ${log}):\n  ${lines}\n"
            "It needs the network, or a mirror of Python's package index that pip knows (PIP_INDEX_URL), and 700 MB in ${LANGEVIN_CUDA_FOLDER}.\n${otherwise}")
    endif()
    foreach(root ${roots})
        if(NOT EXISTS "${root}/lib64")                  # where nvcc looks for its libraries
            file(CREATE_LINK lib "${root}/lib64" SYMBOLIC)
        endif()
    endforeach()
    file(SHA256 "${CMAKE_SOURCE_DIR}/cmake/cuda-requirements.txt" wanted)
    file(WRITE "${LANGEVIN_CUDA_FOLDER}/fetched.txt" "${wanted}")
    langevin_fetched_nvcc(nvcc)
    set(${out} "${nvcc}" PARENT_SCOPE)
endfunction()

set(LANGEVIN_NVCC "")
set(left_out "")
if(LANGEVIN_CUDA STREQUAL "off")
    set(left_out "as LANGEVIN_CUDA=off says")
elseif(LANGEVIN_SANITIZE)
    set(left_out "sanitizers see nothing of a GPU")
elseif(LANGEVIN_CUDA STREQUAL "fetch")
    langevin_fetch_nvcc(LANGEVIN_NVCC)
elseif(LANGEVIN_CUDA STREQUAL "auto")
    set(tried "$ENV{CUDACXX}")
    if(tried)
        find_program(langevin_nvcc_found "${tried}" NO_CACHE)
    else()
        find_program(langevin_nvcc_found nvcc PATHS /usr/local/cuda/bin NO_CACHE)
    endif()
    if(langevin_nvcc_found)
        file(REAL_PATH "${langevin_nvcc_found}" LANGEVIN_NVCC)
    elseif(tried)
        message(FATAL_ERROR "CUDACXX names ${tried}, which is not there")
    else()
        langevin_fetched_nvcc(LANGEVIN_NVCC)
        set(left_out "no nvcc in CUDACXX, PATH or /usr/local/cuda; -DLANGEVIN_CUDA=fetch gets one")
    endif()
else()
    message(FATAL_ERROR "LANGEVIN_CUDA is ${LANGEVIN_CUDA}: it can be auto, fetch or off")
endif()

# ---- trying ----

# An nvcc that cannot compile this project with this g++ is said once and left alone, unless it was asked for.
if(LANGEVIN_NVCC)
    set(trial "${LANGEVIN_NVCC} ${CMAKE_CXX_COMPILER} ${codes}")
    if(NOT trial STREQUAL "$CACHE{LANGEVIN_NVCC_WORKS}")
        set(folder "${CMAKE_BINARY_DIR}/CMakeFiles/nvcc")
        file(WRITE "${folder}/trial.cu" "template <class T> concept Any = true;\n__global__ void trial(Any auto* p) { *p = 1; }\nvoid run() { trial<<<1, 1>>>((int*)0); }\n")
        string(REPLACE "SHELL:" "" options "${codes}")
        string(REPLACE ";" " " options "${options}")
        separate_arguments(options UNIX_COMMAND "${options}")
        execute_process(COMMAND "${LANGEVIN_NVCC}" -ccbin "${CMAKE_CXX_COMPILER}" -std=c++20 ${options} -c trial.cu -o trial.o
            WORKING_DIRECTORY "${folder}" RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
        if(failed)
            string(REGEX MATCH "[^\n]*(error|fatal|unsupported|Unsupported)[^\n]*" why "${said}")
            if(LANGEVIN_CUDA STREQUAL "fetch" OR NOT "$ENV{CUDACXX}" STREQUAL "")
                message(FATAL_ERROR "${LANGEVIN_NVCC} with ${CMAKE_CXX_COMPILER} does not compile for sm_${targets}:\n${said}")
            endif()
            set(left_out "${LANGEVIN_NVCC} does not compile for sm_${targets}: ${why}; CUDA 13 is what is tested, -DLANGEVIN_CUDA=fetch gets it")
            set(LANGEVIN_NVCC "")
        else()
            set(LANGEVIN_NVCC_WORKS "${trial}" CACHE INTERNAL "what nvcc was tried with")
        endif()
    endif()
endif()

if(NOT LANGEVIN_NVCC)
    message(STATUS "CUDA: left out, ${left_out}")
    set(LANGEVIN_CUOBJDUMP "")
    return()
endif()

# ---- using ----

# CMake keeps what it learned of the first nvcc that it met in this folder; another one is met afresh.
if(DEFINED CACHE{LANGEVIN_NVCC_USED} AND NOT "$CACHE{LANGEVIN_NVCC_USED}" STREQUAL LANGEVIN_NVCC)
    file(GLOB learned "${CMAKE_BINARY_DIR}/CMakeFiles/*/CMakeCUDACompiler.cmake")
    file(REMOVE ${learned})
    unset(CMAKE_CUDA_COMPILER CACHE)
endif()
set(LANGEVIN_NVCC_USED "${LANGEVIN_NVCC}" CACHE INTERNAL "the nvcc that CMake knows")
set(CMAKE_CUDA_COMPILER "${LANGEVIN_NVCC}")
set(CMAKE_CUDA_HOST_COMPILER "${CMAKE_CXX_COMPILER}")
set(CMAKE_CUDA_ARCHITECTURES OFF)                      # LANGEVIN_CUDA_OPTIONS names them
set(CMAKE_CUDA_RUNTIME_LIBRARY None)                   # named below
enable_language(CUDA)
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)           # which CMake 3.25 does not know yet
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
endif()
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
set(CMAKE_CUDA_EXTENSIONS OFF)
set(CMAKE_CUDA_VISIBILITY_PRESET hidden)
set(CMAKE_CUDA_FLAGS_RELEASE "-O3 -DNDEBUG")

get_filename_component(toolkit "${LANGEVIN_NVCC}" DIRECTORY)
find_program(LANGEVIN_CUOBJDUMP cuobjdump HINTS "${toolkit}" NO_CACHE)
if(NOT LANGEVIN_CUOBJDUMP)
    set(LANGEVIN_CUOBJDUMP "")
endif()
get_filename_component(toolkit "${toolkit}" DIRECTORY)

# The CUDA runtime, inside whoever links it: it looks for the driver when it is first called, so a library that holds it loads where there is none.
find_library(LANGEVIN_CUDART NAMES cudart_static HINTS "${toolkit}/lib64" "${toolkit}/lib" "${toolkit}/targets/x86_64-linux/lib"
    ${CMAKE_CUDA_IMPLICIT_LINK_DIRECTORIES} NO_CACHE REQUIRED)
find_path(LANGEVIN_CUDA_INCLUDE cuda_runtime_api.h HINTS "${toolkit}/include" "${toolkit}/targets/x86_64-linux/include"
    ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES} NO_CACHE REQUIRED)
add_library(langevin_cudart INTERFACE)
target_link_libraries(langevin_cudart INTERFACE "${LANGEVIN_CUDART}" dl rt)
target_include_directories(langevin_cudart SYSTEM INTERFACE "${LANGEVIN_CUDA_INCLUDE}")

# langevin_cuda_sources(source...): files without a kernel, and without a header that may hold one, are compiled by g++ alone, in a tenth of the time.
function(langevin_cuda_sources)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${ARGN})
    foreach(source ${ARGN})
        file(STRINGS "${source}" device REGEX "__global__|__device__|LGV_DEVICE|\\.cuh\"")
        if(NOT device)
            set_source_files_properties("${source}" PROPERTIES LANGUAGE CXX COMPILE_OPTIONS "-xc++")
        endif()
    endforeach()
endfunction()

# langevin_cuda_target(name): compiles its .cu files as kernels are compiled.
function(langevin_cuda_target name)
    target_compile_options(${name} PRIVATE "$<$<COMPILE_LANGUAGE:CUDA>:${LANGEVIN_CUDA_OPTIONS}>")
    set_target_properties(${name} PROPERTIES CUDA_COMPILER_LAUNCHER "${CMAKE_SOURCE_DIR}/cmake/nvcc_strict")
    target_link_libraries(${name} PUBLIC langevin_cudart)
endfunction()

message(STATUS "CUDA: ${LANGEVIN_NVCC} ${CMAKE_CUDA_COMPILER_VERSION} for sm_${targets} and PTX")
