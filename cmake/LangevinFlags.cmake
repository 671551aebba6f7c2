# Flags of everything that is compiled here. What they promise is arithmetic: no contraction, no fast-math, so that the sequence of
# floating-point operations is the one written in the source (-fno-math-errno changes no value: it lets sqrt be one instruction).
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# assert() stays on in Debug alone; -O3 in both the plain and the sanitized release form.
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE "-O3 -DNDEBUG")
# -Wno-missing-field-initializers: designated initialisers leave out what keeps its default.
# nvcc is told the same through LANGEVIN_CUDA_OPTIONS.
set(flags -Wall -Wextra -Werror -Wno-missing-field-initializers -ffp-contract=off -fno-math-errno -ffunction-sections -fdata-sections -pthread)
add_compile_options("$<$<COMPILE_LANGUAGE:C,CXX>:${flags}>")
add_link_options(-pthread)

if(LANGEVIN_SANITIZE)
    add_compile_options(-fsanitize=${LANGEVIN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
    add_compile_options(-Wno-maybe-uninitialized)  # instrumented, std::variant looks uninitialised to g++ 12
    add_link_options(-fsanitize=${LANGEVIN_SANITIZE})
endif()
