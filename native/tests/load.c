/* lgv_load LIBRARY FUNCTION: loads the library with everything bound at once, calls int32_t FUNCTION(void) and prints what it returns. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>

int main(int count, char** arguments) {
    if (count != 3) return fprintf(stderr, "usage: lgv_load LIBRARY FUNCTION\n"), 2;
    void* library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return printf("%s\n", dlerror()), 1;
    int32_t (*function)(void) = (int32_t(*)(void))(intptr_t)dlsym(library, arguments[2]);
    if (function == NULL) return printf("%s\n", dlerror()), 1;
    printf("%s: %d\n", arguments[2], (int)function());
    return 0;
}
